// The same record was created on both sides before they knew of each other, under keys of their own.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

void match_by_name(maps::TableMap& map) {
  if (map.name != "customers") return;
  for (std::size_t column = 0; column < map.columns.size(); ++column) {
    if (map.columns[column].finops == "OrganizationName") map.match = {{column}};
  }
}

Task<std::string> guid(Stage& stage, std::string account) {
  auto row = co_await stage.dataverse_customer(std::move(account));
  co_return row ? row->find("accountid")->text() : std::string();
}

TEST(Match, CouplesARowThatTheOtherSideKnowsUnderAnotherKeyAndRenamesIt) {
  play_with(match_by_name, [](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Contoso");
    co_await stage.add_account("A7", "Contoso");
    const std::string row = co_await guid(stage, "A7");
    const int described = co_await stage.patch_dataverse("A7", R"({"description":"Of Dataverse"})");
    EXPECT_EQ(described, 204);
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    const bool renamed = co_await stage.until([&]() -> Task<bool> {
      const std::string now = co_await guid(stage, "C1");
      co_return now == row;
    });
    EXPECT_TRUE(renamed);
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    auto duplicate = co_await stage.finops_customer("A7");
    EXPECT_FALSE(duplicate);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.couplings, 1);
    EXPECT_EQ(map.dead_letters, 0);
    EXPECT_EQ(map.written[Side::finops].created + map.written[Side::dataverse].created, 0);
    EXPECT_EQ(map.written[Side::finops].deleted + map.written[Side::dataverse].deleted, 0);
    auto report = co_await stage.control().explain("customers", "usmf|c1");
    EXPECT_TRUE(report);
    if (!report) co_return;
    EXPECT_EQ(report->state, "coupled");
    bool recorded = false;
    for (const store::JournalEntry& entry : report->journal) {
      const bool lost =
          entry.kind == store::JournalKind::lost && entry.detail.find("insert_exists") != std::string::npos;
      recorded = recorded || (lost && entry.column == "SalesMemo");
    }
    EXPECT_TRUE(recorded) << "the two differed, and one gave way";
  });
}

TEST(Match, AsksAPersonWhenSeveralRowsMayBeTheRecord) {
  play_with(match_by_name, [](Stage& stage) -> Task<void> {
    co_await stage.add_account("A7", "Contoso");
    co_await stage.add_account("A8", "Contoso");
    co_await stage.add_customer("C2", "Another");
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    // Both were created in F&O: neither had a counterpart. Now F&O gets a third of the name.
    auto started = co_await stage.control().pause("customers");
    EXPECT_TRUE(started);
    co_await stage.add_account("A9", "Fabrikam");
    co_await stage.add_account("B1", "Fabrikam");
    co_await stage.add_customer("C3", "Fabrikam");
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const auto letter = co_await stage.open_letter(store::DeadLetterClass::duplicate);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_EQ(letter->record.key.text(), "usmf|c3");
    EXPECT_NE(letter->error.find("usmf|a9"), std::string::npos) << letter->error;
    EXPECT_NE(letter->error.find("usmf|b1"), std::string::npos) << letter->error;
    auto none = co_await stage.dataverse_customer("C3");
    EXPECT_FALSE(none) << "nothing is created while nobody has said which it is";
  });
}

TEST(Match, CreatesARecordThatNobodyKnows) {
  play_with(match_by_name, [](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Contoso");
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    co_await stage.add_account("A9", "Alone");
    const bool created = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("A9");
      co_return name == "Alone";
    });
    EXPECT_TRUE(created);
  });
}

}  // namespace
}  // namespace dualwrite::test
