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
