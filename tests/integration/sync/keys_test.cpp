// A record whose key changes on one side stays the same record.
#include <gtest/gtest.h>

#include "dualwrite/http/client.hpp"
#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

Task<std::string> guid(Stage& stage, std::string account) {
  auto row = co_await stage.dataverse_customer(std::move(account));
  co_return row ? row->find("accountid")->text() : std::string();
}

/// C1 is coupled; C2 keeps the company in sight.
Task<void> coupled(Stage& stage) {
  co_await stage.add_customer("C1", "Contoso");
  co_await stage.add_customer("C2", "Stays");
  const bool synced = co_await stage.synced("customers");
  EXPECT_TRUE(synced);
}

Task<void> rename_finops(Stage& stage, std::string from, std::string to) {
  auto transport = http::make_client(stage.executor(), stage.urls().finops);
  http::Request request("POST", "/_sandbox/finops/rename");
  request.headers.add("Content-Type", "application/json");
  request.body = R"({"entity":"CustomersV3","column":"CustomerAccount","from":")" + from + R"(","to":")" + to + R"("})";
  const std::chrono::milliseconds limit(5000);
  auto response = co_await transport->send(std::move(request), limit);
  EXPECT_TRUE(response && response->status == 204);
}

Task<bool> in_state(Stage& stage, std::string key, std::string state) {
  co_return co_await stage.until([&]() -> Task<bool> {
    auto report = co_await stage.control().explain("customers", key);
    co_return report && report->state == state && !report->pending;
  });
}

Task<int> lines_of(Stage& stage, std::string key, store::JournalKind kind) {
  auto report = co_await stage.control().explain("customers", std::move(key));
  int count = 0;
  for (const store::JournalEntry& entry : report ? report->journal : std::vector<store::JournalEntry>()) {
    if (entry.kind == kind) ++count;
  }
  co_return count;
}

TEST(Keys, ARowThatIsRenamedInFinopsRenamesTheSameRowInDataverse) {
  play([](Stage& stage) -> Task<void> {
    co_await coupled(stage);
    const std::string row = co_await guid(stage, "C1");
    co_await rename_finops(stage, "C1", "C9");
    const bool renamed = co_await stage.until([&]() -> Task<bool> {
      const std::string now = co_await guid(stage, "C9");
      co_return !now.empty() && now == row;
    });
    EXPECT_TRUE(renamed);
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    const std::string old = co_await guid(stage, "C1");
    EXPECT_EQ(old, "") << "no duplicate is left";
    const bool settled = co_await in_state(stage, "usmf|c9", "coupled");
    EXPECT_TRUE(settled);
    const int under_new = co_await lines_of(stage, "usmf|c9", store::JournalKind::renamed);
    const int under_old = co_await lines_of(stage, "usmf|c1", store::JournalKind::renamed);
    const int deleted = co_await lines_of(stage, "usmf|c1", store::JournalKind::deleted);
    EXPECT_EQ(under_new, 1);
    EXPECT_EQ(under_old, 1);
    EXPECT_EQ(deleted, 0);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.couplings, 2);
    EXPECT_EQ(map.dead_letters, 0);
    EXPECT_EQ(map.written[Side::dataverse].created, 2);
    // The record goes on under its new key.
    const int status = co_await stage.patch_finops("C9", R"({"OrganizationName":"Later"})");
    EXPECT_EQ(status, 204);
    const bool followed = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C9");
      co_return name == "Later";
    });
    EXPECT_TRUE(followed);
  });
}

TEST(Keys, ARowThatIsRenamedInDataverseIsADeadLetterWithBothKeysAndItsOtherColumnsGoOn) {
  play([](Stage& stage) -> Task<void> {
    co_await coupled(stage);
    const std::string row = co_await guid(stage, "C1");
    const int status = co_await stage.patch_dataverse("C1", R"({"accountnumber":"C9","name":"Renamed"})");
    EXPECT_EQ(status, 204);
    const auto letter = co_await stage.open_letter(store::DeadLetterClass::key_changed);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_EQ(letter->side, Side::finops);
    EXPECT_NE(letter->error.find("usmf|c1"), std::string::npos) << letter->error;
    EXPECT_NE(letter->error.find("usmf|c9"), std::string::npos) << letter->error;
    const bool followed = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("C1");
      co_return name == "Renamed";
    });
    EXPECT_TRUE(followed) << "the other columns go on";
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    auto none = co_await stage.finops_customer("C9");
    EXPECT_FALSE(none) << "no duplicate";
    const std::string same = co_await guid(stage, "C9");
    EXPECT_EQ(same, row) << "nothing was deleted";
    // F&O's own rename ends it.
    co_await rename_finops(stage, "C1", "C9");
    const bool closed = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.dead_letters == 0 && map.pending == 0;
    });
    EXPECT_TRUE(closed);
    const bool settled = co_await in_state(stage, "usmf|c9", "coupled");
    EXPECT_TRUE(settled);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.couplings, 2);
    EXPECT_EQ(map.written[Side::finops].created, 0);
  });
}

TEST(Keys, ARenameThatIsTakenBackLeavesTheRecordAsItWas) {
  play([](Stage& stage) -> Task<void> {
    co_await coupled(stage);
    const int there = co_await stage.patch_dataverse("C1", R"({"accountnumber":"C9"})");
    EXPECT_EQ(there, 204);
    const auto letter = co_await stage.open_letter(store::DeadLetterClass::key_changed);
    EXPECT_TRUE(letter);
    const int back = co_await stage.patch_dataverse("C9", R"({"accountnumber":"C1"})");
    EXPECT_EQ(back, 204);
    const bool closed = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.dead_letters == 0 && map.pending == 0;
    });
    EXPECT_TRUE(closed);
    const bool settled = co_await in_state(stage, "usmf|c1", "coupled");
    EXPECT_TRUE(settled);
  });
}

TEST(Keys, ARowThatTakesTheKeyOfAnotherRecordIsADeadLetterWithBothKeys) {
  play([](Stage& stage) -> Task<void> {
    co_await coupled(stage);
    const int status = co_await stage.patch_dataverse("C1", R"({"accountnumber":"C2"})");
    if (status != 204) co_return;  // an alternate key forbids it: then nothing can happen
    const auto letter = co_await stage.open_letter(store::DeadLetterClass::key_changed);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_NE(letter->error.find("usmf|c1"), std::string::npos) << letter->error;
    EXPECT_NE(letter->error.find("usmf|c2"), std::string::npos) << letter->error;
    auto first = co_await stage.finops_customer("C1");
    auto second = co_await stage.finops_customer("C2");
    EXPECT_TRUE(first && second);
  });
}

}  // namespace
}  // namespace dualwrite::test
