#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

TEST(InitialSync, BringsEveryFinopsRowToDataverseOnce) {
  play([](Stage& stage) -> Task<void> {
    for (int number = 0; number < 30; ++number) {
      const std::string account = "C" + std::to_string(100 + number);
      co_await stage.add_customer(account, "Name " + account);
    }
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    const std::string first = co_await stage.dataverse_name("C100");
    const std::string last = co_await stage.dataverse_name("C129");
    EXPECT_EQ(first, "Name C100");
    EXPECT_EQ(last, "Name C129");
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.initial_sync.created, 30);
    EXPECT_EQ(map.couplings, 30);
    EXPECT_EQ(map.dead_letters, 0);
    EXPECT_EQ(map.state, store::MapState::running);
  });
}

TEST(InitialSync, WritesNothingTheSecondTime) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "One");
    const bool first = co_await stage.synced("customers");
    const bool second = co_await stage.synced("customers");
    EXPECT_TRUE(first && second);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.initial_sync.created, 0);
    EXPECT_EQ(map.initial_sync.updated, 0);
    EXPECT_EQ(map.written[Side::dataverse].created, 1);
  });
}

TEST(InitialSync, CouplesRowsThatExistOnBothSidesAndRecordsWhatTheMasterOverwrote) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "From finops");
    auto created =
        co_await stage.dataverse().send("POST", "accounts",
                                        R"j({"name":"From dataverse","accountnumber":"C1",)j"
                                        R"j("msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})j");
    EXPECT_EQ(created.status, 204) << created.body;
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    const std::string name = co_await stage.dataverse_name("C1");
    EXPECT_EQ(name, "From finops");
    store::Filter filter;
    filter.kind = store::JournalKind::lost;
    auto lost = co_await stage.control().journal(filter);
    EXPECT_TRUE(lost);
    if (!lost) co_return;
    bool recorded = false;
    for (const store::JournalEntry& entry : *lost) {
      recorded =
          recorded || (entry.column == "OrganizationName" && entry.detail.find("From dataverse") != std::string::npos);
    }
    EXPECT_TRUE(recorded);
  });
}

}  // namespace
}  // namespace dualwrite::test
