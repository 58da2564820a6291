// A map's filter: what it takes in, and that changing it deletes nothing.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

/// Sets the filter of a side as the map reader does.
void set_filter(maps::TableMap& map, Side side, const std::string& text, std::vector<std::string> columns) {
  if (map.name != "customers") return;
  auto condition = odata::parse_filter(text);
  ASSERT_TRUE(condition);
  map.filter[side].text = text;
  map.filter[side].condition = std::move(*condition);
  map.filter[side].columns = std::move(columns);
}

void leave_out_hidden(maps::TableMap& map) {
  set_filter(map, Side::finops, "not startswith(OrganizationName,'Hidden')", {"OrganizationName"});
  set_filter(map, Side::dataverse, "not startswith(name,'Hidden')", {"name"});
}

Task<void> reopen(Stage& stage, std::function<void(maps::TableMap&)> change) {
  co_await stage.stop_engine();
  stage.change_map = std::move(change);
  co_await stage.start_engine();
}

/// The scope changes that the journal tells of on the F&O side, newest first, once there is one.
Task<std::string> scope_line(Stage& stage) {
  std::string line;
  const bool found = co_await stage.until([&]() -> Task<bool> {
    store::Filter filter;
    filter.kind = store::JournalKind::scope;
    auto lines = co_await stage.control().journal(std::move(filter));
    for (const store::JournalEntry& entry : *lines) {
      if (entry.side == Side::finops) line += entry.rule + "\n";
    }
    co_return !line.empty();
  });
  EXPECT_TRUE(found);
  co_return line;
}

TEST(Filter, TakesInRowsOfBothSidesByScanByDeltaAndByEvent) {
  play([](Stage& stage) -> Task<void> {
    co_await reopen(stage, leave_out_hidden);
    co_await stage.add_customer("C1", "Shown");
    co_await stage.add_customer("C2", "Hidden one");
    co_await stage.add_account("D1", "Hidden too");
    co_await stage.synced("customers");
    co_await stage.notify_finops();
    co_await stage.add_customer("C3", "Hidden by event");
    co_await stage.add_account("D2", "Hidden by delta");
    co_await stage.add_account("D3", "Shown by delta");
    const bool arrived = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.finops_customer("D3");
      co_return row.has_value();
    });
    EXPECT_TRUE(arrived);
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    for (const char* account : {"C2", "C3"}) {
      auto row = co_await stage.dataverse_customer(account);
      EXPECT_FALSE(row) << account;
    }
    for (const char* account : {"D1", "D2"}) {
      auto row = co_await stage.finops_customer(account);
      EXPECT_FALSE(row) << account;
    }
    // A row that comes into the filter is taken in.
    co_await stage.patch_finops("C2", R"({"OrganizationName":"No longer"})");
    co_await stage.patch_dataverse("D1", R"({"name":"No longer"})");
    const bool both = co_await stage.until([&]() -> Task<bool> {
      auto there = co_await stage.dataverse_customer("C2");
      auto here = co_await stage.finops_customer("D1");
      co_return there.has_value() && here.has_value();
    });
    EXPECT_TRUE(both);
  });
}

TEST(Filter, ACoupledRecordThatLeavesItStaysCoupledAndGoesOnBeingSynced) {
  play([](Stage& stage) -> Task<void> {
    co_await reopen(stage, leave_out_hidden);
    co_await stage.add_customer("C1", "Shown");
    co_await stage.add_customer("C2", "Stays");
    co_await stage.synced("customers");
    co_await stage.notify_finops();
    co_await stage.patch_finops("C1", R"({"OrganizationName":"Hidden now"})");
    const bool left = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C1");
      co_return name == "Hidden now";
    });
    EXPECT_TRUE(left);
    co_await stage.patch_dataverse("C1", R"({"name":"Hidden still"})");
    const bool back = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("C1");
      co_return name == "Hidden still";
    });
    EXPECT_TRUE(back);
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.couplings, 2);
    EXPECT_EQ(map.last_error, "");
    // A row outside the filter that is really deleted is found, too, as long as its company is in sight.
    co_await stage.delete_finops("C1");
    const bool gone = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.dataverse_customer("C1");
      co_return !row.has_value();
    });
    EXPECT_TRUE(gone);
  });
}

TEST(Filter, NarrowingItDeletesNothingHoldsNothingAndIsInTheJournal) {
  play([](Stage& stage) -> Task<void> {
    for (int number = 0; number < 40; ++number) {
      co_await stage.add_customer("C" + std::to_string(100 + number), number < 30 ? "Hidden" : "Shown");
    }
    co_await stage.synced("customers");
    co_await reopen(stage, leave_out_hidden);
    const std::string line = co_await scope_line(stage);
    EXPECT_NE(line.find("saw 10 rows; known rows that are outside now: 30"), std::string::npos) << line;
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::running);
    EXPECT_EQ(map.couplings, 40);
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
    EXPECT_EQ(map.last_error, "");
  });
}

TEST(Filter, ACompanyTakenOutOfTheMapDeletesNothing) {
  play([](Stage& stage) -> Task<void> {
    const auto both = [](maps::TableMap& map) {
      if (!map.companies.empty()) map.companies = {"usmf", "ussi"};
    };
    const auto one = [](maps::TableMap& map) {
      if (!map.companies.empty()) map.companies = {"usmf"};
    };
    co_await reopen(stage, both);
    co_await stage.add_customer("A1", "In usmf");
    co_await stage.add_customer("B1", "In ussi", "ussi");
    co_await stage.add_customer("B2", "In ussi", "ussi");
    co_await stage.synced("customers");
    co_await reopen(stage, one);
    const std::string line = co_await scope_line(stage);
    EXPECT_NE(line.find("outside now: 2"), std::string::npos) << line;
    const bool quiet = co_await stage.quiet("customers");
    EXPECT_TRUE(quiet);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.last_error, "");
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
    EXPECT_EQ(map.couplings, 3);
  });
}

TEST(Filter, WideningItTakesInWhatDeltasDoNotTell) {
  play([](Stage& stage) -> Task<void> {
    co_await reopen(stage, leave_out_hidden);
    co_await stage.add_customer("C1", "Shown");
    co_await stage.add_account("D1", "Hidden before");
    co_await stage.synced("customers");
    auto before = co_await stage.finops_customer("D1");
    EXPECT_FALSE(before);
    co_await reopen(stage, nullptr);
    const bool arrived = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.finops_customer("D1");
      co_return row.has_value();
    });
    EXPECT_TRUE(arrived);
  });
}

}  // namespace
}  // namespace dualwrite::test
