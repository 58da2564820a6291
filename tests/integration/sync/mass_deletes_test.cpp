// Many deletions at once wait for a person, and exactly those that were shown are let through.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

std::string account(int number) {
  return "C" + std::to_string(100 + number);
}

Task<void> customers(Stage& stage, int count) {
  for (int number = 0; number < count; ++number) co_await stage.add_customer(account(number), "x");
  co_await stage.add_customer("STAYS", "x");
  const bool synced = co_await stage.synced("customers");
  EXPECT_TRUE(synced);
}

Task<bool> until_held(Stage& stage) {
  return stage.until([&stage]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    co_return map.state == store::MapState::held;
  });
}

Task<bool> until_deleted(Stage& stage, Side side, std::int64_t count) {
  return stage.until([&stage, side, count]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    co_return map.written[side].deleted == count&& map.state == store::MapState::running;
  });
}

TEST(MassDeletes, ThroughADeltaAreHeldBeforeTheFirstIsSentAndApproved) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 30);
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    for (int number = 0; number < 30; ++number) co_await stage.delete_dataverse(account(number));
    const bool marked = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.pending == 30;
    });
    EXPECT_TRUE(marked);
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_NE(map.reason.find("30 records were deleted"), std::string::npos) << map.reason;
    EXPECT_NE(map.reason.find("limit of 20"), std::string::npos) << map.reason;
    EXPECT_EQ(map.written[Side::finops].deleted, 0);
    auto approved = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(approved);
    const bool gone = co_await until_deleted(stage, Side::finops, 30);
    EXPECT_TRUE(gone);
    auto kept = co_await stage.finops_customer("STAYS");
    EXPECT_TRUE(kept);
  });
}

TEST(MassDeletes, AnApprovalDoesNotCoverWhatIsDeletedAfterwards) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 60);
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    for (int number = 0; number < 30; ++number) co_await stage.delete_dataverse(account(number));
    const bool first = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.pending == 30;
    });
    EXPECT_TRUE(first);
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    for (int number = 30; number < 60; ++number) co_await stage.delete_dataverse(account(number));
    const bool marked = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.pending >= 60;
    });
    EXPECT_TRUE(marked);
    auto approved = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(approved);
    const bool again = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.written[Side::finops].deleted <= 30 && map.state == store::MapState::held;
    });
    EXPECT_TRUE(again);
    auto second = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(second);
    const bool gone = co_await until_deleted(stage, Side::finops, 60);
    EXPECT_TRUE(gone);
  });
}

TEST(MassDeletes, FoundByScansAreHeldWithNumbersAndApproved) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 25);
    for (int number = 0; number < 25; ++number) co_await stage.delete_finops(account(number));
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_NE(map.reason.find("limit of 20"), std::string::npos) << map.reason;
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
    auto approved = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(approved);
    const bool gone = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus now = co_await stage.map("customers");
      if (now.state == store::MapState::held) {
        // The scan that held the map may have begun while rows were still being deleted: the rest asks once more.
        auto rest = co_await stage.control().approve("customers", "");
        EXPECT_TRUE(rest);
      }
      co_return now.written[Side::dataverse].deleted == 25;
    });
    EXPECT_TRUE(gone);
  });
}

/// Scans of customers fail.
void fail_lists(const http::Request& request, http::Response& response) {
  const bool list = request.method == "GET" && request.target.find("/data/CustomersV3?") != std::string::npos;
  if (list) response = http::Response(500);
}

/// Deletes customers on F&O; no scan sees only some of that.
Task<void> delete_between_scans(Stage& stage, int count) {
  stage.on_finops_reply = fail_lists;
  for (int number = 0; number < count; ++number) co_await stage.delete_finops(account(number));
  stage.on_finops_reply = nullptr;
}

Task<bool> until_reason_says(Stage& stage, std::string what) {
  return stage.until([&stage, what]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    co_return map.state == store::MapState::held&& map.reason.find(what) != std::string::npos;
  });
}

Task<std::size_t> held_lines(Stage& stage) {
  store::Filter filter;
  filter.kind = store::JournalKind::held;
  auto lines = co_await stage.control().journal(std::move(filter));
  EXPECT_TRUE(lines);
  co_return lines ? lines->size() : 0;
}

/// At least two complete F&O scans have come and gone.
Task<bool> until_scanned_twice(Stage& stage) {
  Instant last{};
  int scans = 0;
  co_return co_await stage.until([&]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("customers");
    if (map.last_scan != last) ++scans;
    last = map.last_scan;
    co_return scans > 3;
  });
}

TEST(MassDeletes, AfterARestartAHeldMapSaysWhatAnApprovalWouldLetThroughNow) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 40);
    co_await delete_between_scans(stage, 25);
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    co_await stage.stop_engine();
    for (int number = 25; number < 40; ++number) co_await stage.delete_finops(account(number));
    co_await stage.start_engine();
    const bool said = co_await until_reason_says(stage, "misses 40 known rows");
    EXPECT_TRUE(said);
    const bool scanned = co_await until_scanned_twice(stage);
    EXPECT_TRUE(scanned);
    const std::size_t lines = co_await held_lines(stage);
    EXPECT_EQ(lines, 2U) << "one for each time it was asked";
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
    auto approved = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(approved);
    const bool gone = co_await until_deleted(stage, Side::dataverse, 40);
    EXPECT_TRUE(gone);
  });
}

TEST(MassDeletes, AHoldThatNobodyCouldSeeYetIsNotApproved) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 30);
    co_await delete_between_scans(stage, 25);
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    co_await stage.stop_engine();
    for (int number = 25; number < 30; ++number) co_await stage.delete_finops(account(number));
    // After the restart nothing is known before the first scan, and that one fails until the map was resumed.
    stage.on_finops_reply = fail_lists;
    co_await stage.start_engine();
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    stage.on_finops_reply = nullptr;
    const bool asked = co_await until_reason_says(stage, "misses 30 known rows");
    EXPECT_TRUE(asked);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
  });
}

TEST(MassDeletes, APausedMapIsNotHeldAndItsJournalDoesNotSaySo) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 25);
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    co_await delete_between_scans(stage, 25);
    const bool scanned = co_await until_scanned_twice(stage);
    EXPECT_TRUE(scanned);
    const std::size_t lines = co_await held_lines(stage);
    EXPECT_EQ(lines, 0U);
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool held = co_await until_reason_says(stage, "misses 25 known rows");
    EXPECT_TRUE(held);
    const std::size_t said = co_await held_lines(stage);
    EXPECT_EQ(said, 1U);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.written[Side::dataverse].deleted, 0);
  });
}

TEST(MassDeletes, AnApprovalDoesNotTakeUpAnInitialSyncThatWasStopped) {
  play([](Stage& stage) -> Task<void> {
    for (int number = 0; number < 25; ++number) co_await stage.add_customer(account(number), "x");
    co_await stage.add_customer("STAYS", "x");
    stage.on_finops_reply = fail_lists;
    auto begun = co_await stage.control().initial_sync("customers", Side::finops);
    EXPECT_TRUE(begun);
    auto stopped = co_await stage.control().stop("customers");
    EXPECT_TRUE(stopped);
    stage.on_finops_reply = nullptr;
    auto started = co_await stage.control().start("customers");
    EXPECT_TRUE(started);
    const bool coupled = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.couplings == 26 && map.pending == 0;
    });
    EXPECT_TRUE(coupled);
    co_await delete_between_scans(stage, 25);
    const bool held = co_await until_held(stage);
    EXPECT_TRUE(held);
    auto approved = co_await stage.control().approve("customers", "");
    EXPECT_TRUE(approved);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_NE(map.state, store::MapState::initial_sync);
    EXPECT_EQ(map.initial_sync.error, "stopped by request");
  });
}

TEST(MassDeletes, AFewGoThroughWithoutAsking) {
  play([](Stage& stage) -> Task<void> {
    co_await customers(stage, 20);
    for (int number = 0; number < 20; ++number) co_await stage.delete_dataverse(account(number));
    const bool gone = co_await until_deleted(stage, Side::finops, 20);
    EXPECT_TRUE(gone);
  });
}

}  // namespace
}  // namespace dualwrite::test
