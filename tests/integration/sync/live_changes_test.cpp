#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

TEST(LiveChanges, AnEditOnEitherSideReachesTheOther) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.patch_dataverse("C1", R"({"name":"From dataverse"})");
    const bool there = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("C1");
      co_return name == "From dataverse";
    });
    EXPECT_TRUE(there);
    co_await stage.patch_finops("C1", R"({"OrganizationName":"From finops"})");
    const bool back = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C1");
      co_return name == "From finops";
    });
    EXPECT_TRUE(back);
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.written[Side::finops].updated, 1);
    EXPECT_EQ(map.written[Side::dataverse].updated, 1);
    EXPECT_EQ(map.conflicts, 0);
  });
}

TEST(LiveChanges, APostedChangeIsEnoughForAnEditOnFinops) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.notify_finops();
    co_await stage.patch_finops("C1", R"({"OrganizationName":"After"})");
    const bool there = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C1");
      co_return name == "After";
    });
    EXPECT_TRUE(there);
  });
}

TEST(LiveChanges, ACreatedRowArrivesOnTheOtherSide) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.synced("customers");
    const std::string body = R"j({"name":"New","accountnumber":"N1","customertypecode":3,"creditlimit":12.50,)j"
                             R"j("msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})j";
    auto created = co_await stage.dataverse().send("POST", "accounts", body);
    EXPECT_EQ(created.status, 204) << created.body;
    const bool there = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.finops_customer("N1");
      co_return row.has_value();
    });
    EXPECT_TRUE(there);
    auto row = co_await stage.finops_customer("N1");
    if (row) {
      EXPECT_EQ(canonical_number(row->find("CreditLimit")->text()), "12.5");
      EXPECT_EQ(row->find("PartyType")->text(), "Organization");
    }
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
  });
}

TEST(LiveChanges, ADeletionOnDataverseDeletesTheFinopsRow) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Doomed");
    co_await stage.synced("customers");
    auto row = co_await stage.dataverse_customer("C1");
    EXPECT_TRUE(row);
    if (!row) co_return;
    auto gone = co_await stage.dataverse().send("DELETE", "accounts(" + row->find("accountid")->text() + ")");
    EXPECT_EQ(gone.status, 204);
    const bool followed = co_await stage.until([&]() -> Task<bool> {
      auto there = co_await stage.finops_customer("C1");
      co_return !there.has_value();
    });
    EXPECT_TRUE(followed);
  });
}

TEST(LiveChanges, ADeletionOnFinopsIsFoundByTwoScans) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Doomed");
    co_await stage.add_customer("C2", "Stays");
    co_await stage.synced("customers");
    auto gone = co_await stage.finops().send("DELETE",
                                             "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true");
    EXPECT_EQ(gone.status, 204);
    const bool followed = co_await stage.until([&]() -> Task<bool> {
      auto there = co_await stage.dataverse_customer("C1");
      co_return !there.has_value();
    });
    EXPECT_TRUE(followed);
    const std::string other = co_await stage.dataverse_name("C2");
    EXPECT_EQ(other, "Stays");
  });
}

TEST(LiveChanges, OfTwoEditsTheCertainlyLaterOneWinsAndTheOtherIsOnRecord) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.notify_finops();
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    co_await stage.patch_dataverse("C1", R"({"name":"Earlier"})");
    const std::chrono::milliseconds apart(3500);
    co_await stage.clock().sleep(apart);
    co_await stage.patch_finops("C1", R"({"OrganizationName":"Later"})");
    const std::chrono::milliseconds arrive(300);
    co_await stage.clock().sleep(arrive);
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool settled = co_await stage.quiet("customers");
    EXPECT_TRUE(settled);
    const std::string finops = co_await stage.finops_name("C1");
    const std::string dataverse = co_await stage.dataverse_name("C1");
    EXPECT_EQ(finops, "Later");
    EXPECT_EQ(dataverse, "Later");
    auto report = co_await stage.control().explain("customers", "usmf|C1");
    EXPECT_TRUE(report);
    if (!report) co_return;
    bool recorded = false;
    for (const store::JournalEntry& entry : report->journal) {
      recorded =
          recorded || (entry.kind == store::JournalKind::lost && entry.detail.find("Earlier") != std::string::npos);
    }
    EXPECT_TRUE(recorded);
  });
}

TEST(LiveChanges, ManyMissingRowsHoldTheMapInsteadOfDeleting) {
  play([](Stage& stage) -> Task<void> {
    for (int number = 0; number < 25; ++number) co_await stage.add_customer("C" + std::to_string(100 + number), "x");
    co_await stage.add_customer("STAYS", "x");
    co_await stage.synced("customers");
    for (int number = 0; number < 25; ++number) {
      co_await stage.finops().send("DELETE", "CustomersV3(dataAreaId='usmf',CustomerAccount='C" +
                                                 std::to_string(100 + number) + "')?cross-company=true");
    }
    const bool held = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.state == store::MapState::held;
    });
    EXPECT_TRUE(held);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_NE(map.reason.find("limit"), std::string::npos) << map.reason;
    auto still = co_await stage.dataverse_customer("C100");
    EXPECT_TRUE(still);
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool gone = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.dataverse_customer("C124");
      const sync::MapStatus now = co_await stage.map("customers");
      co_return !row && now.written[Side::dataverse].deleted == 25;
    });
    EXPECT_TRUE(gone);
  });
}

TEST(LiveChanges, ALookupFindsTheRelatedRowOfTheRecordsOwnCompany) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Member");
    co_await stage.synced("customers");
    for (const char* company : {"ussi", "usmf"}) {
      const std::string body = R"j({"msdyn_groupid":"10","msdyn_description":"in )j" + std::string(company) +
                               R"j(","msdyn_company@odata.bind":"/cdm_companies(cdm_companycode=')j" + company +
                               R"j(')"})j";
      auto created = co_await stage.dataverse().send("POST", "msdyn_customergroups", body);
      EXPECT_EQ(created.status, 204) << created.body;
    }
    const int status = co_await stage.patch_finops("C1", R"({"CustomerGroupId":"10"})");
    EXPECT_EQ(status, 204);
    const bool bound = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.dataverse_customer("C1");
      const Value* group = row ? row->find("_msdyn_customergroupid_value") : nullptr;
      if (group == nullptr || group->is_null()) co_return false;
      auto related = co_await stage.dataverse().row("msdyn_customergroups(" + group->text() + ")");
      co_return related && related->find("msdyn_description")->text() == "in usmf";
    });
    EXPECT_TRUE(bound);
  });
}

TEST(LiveChanges, AParentThatNoMapBringsBecomesADeadLetterSoon) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Member");
    co_await stage.synced("customers");
    const int status = co_await stage.patch_finops("C1", R"({"CustomerGroupId":"no-such"})");
    EXPECT_EQ(status, 204);
    const bool dead = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.dead_letters == 1;
    });
    EXPECT_TRUE(dead);
  });
}

TEST(LiveChanges, AnAccountNumberTakenAwayIsADeadLetterAndNotForgotten) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Member");
    co_await stage.synced("customers");
    const int status = co_await stage.patch_dataverse("C1", R"({"accountnumber":null,"name":"Nameless"})");
    EXPECT_EQ(status, 204);
    const bool dead = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.dead_letters == 1;
    });
    EXPECT_TRUE(dead);
    const std::string name = co_await stage.finops_name("C1");
    EXPECT_EQ(name, "Member");
  });
}

TEST(LiveChanges, ADeletionInAGapOfTheDeltasIsFoundByScans) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Doomed");
    co_await stage.add_customer("C2", "Stays");
    co_await stage.synced("customers");
    co_await stage.stop_engine();
    auto row = co_await stage.dataverse_customer("C1");
    EXPECT_TRUE(row);
    if (!row) co_return;
    co_await stage.dataverse().send("DELETE", "accounts(" + row->find("accountid")->text() + ")");
    auto expired = co_await stage.dataverse_control("expire-delta-tokens");
    EXPECT_LT(expired.status, 300) << expired.body;
    co_await stage.start_engine();
    const bool followed = co_await stage.until([&]() -> Task<bool> {
      auto there = co_await stage.finops_customer("C1");
      co_return !there.has_value();
    });
    EXPECT_TRUE(followed);
    const std::string other = co_await stage.finops_name("C2");
    EXPECT_EQ(other, "Stays");
  });
}

}  // namespace
}  // namespace dualwrite::test
