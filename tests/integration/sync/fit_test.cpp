// Maps that name what a service does not have.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

void misname_a_column(maps::TableMap& map) {
  if (map.name == "currencies") map.columns.back().dataverse = "curencyname";
}

/// Restarts the engine with a currencies map that no longer fits; true once it is held.
Task<bool> held_after_restart(Stage& stage) {
  const bool synced = co_await stage.synced("currencies");
  EXPECT_TRUE(synced);
  co_await stage.stop_engine();
  stage.change_map = misname_a_column;
  co_await stage.start_engine();
  co_return co_await stage.until([&stage]() -> Task<bool> {
    const sync::MapStatus map = co_await stage.map("currencies");
    co_return map.state == store::MapState::held;
  });
}

TEST(MapFit, AMapThatNoLongerFitsIsHeldAndTheOthersGoOn) {
  play([](Stage& stage) -> Task<void> {
    const bool customers = co_await stage.synced("customers");
    EXPECT_TRUE(customers);

    const bool held = co_await held_after_restart(stage);

    EXPECT_TRUE(held);
    const sync::MapStatus map = co_await stage.map("currencies");
    EXPECT_NE(map.reason.find("the table transactioncurrency has no column \"curencyname\" (did you mean "),
              std::string::npos)
        << map.reason;
    EXPECT_NE(map.reason.find("`dualwrite maps resume currencies`"), std::string::npos) << map.reason;
    co_await stage.add_customer("C-1", "One");
    const bool arrived = co_await stage.until([&stage]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C-1");
      co_return name == "One";
    });
    EXPECT_TRUE(arrived);
  });
}

TEST(MapFit, AMapThatDoesNotFitIsNotStartedResumedOrSynced) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.stop_engine();
    stage.change_map = misname_a_column;
    co_await stage.start_engine();

    const auto started = co_await stage.control().start("currencies");
    const auto synced = co_await stage.control().initial_sync("currencies", Side::finops);

    for (const auto& refused : {started, synced}) {
      EXPECT_FALSE(refused);
      if (refused) continue;
      EXPECT_EQ(refused.error().code(), Errc::invalid);
      EXPECT_NE(refused.error().message().find("curencyname"), std::string::npos) << refused.error().text();
      EXPECT_NE(refused.error().hint().find("maps start currencies"), std::string::npos) << refused.error().text();
    }
    const sync::MapStatus map = co_await stage.map("currencies");
    EXPECT_EQ(map.state, store::MapState::stopped);
  });
}

TEST(MapFit, AHeldMapGoesOnOnceItFitsAndIsResumed) {
  play([](Stage& stage) -> Task<void> {
    const bool held = co_await held_after_restart(stage);
    EXPECT_TRUE(held);
    const auto too_early = co_await stage.control().resume("currencies");
    EXPECT_FALSE(too_early);
    co_await stage.stop_engine();
    stage.change_map = nullptr;
    co_await stage.start_engine();

    const auto resumed = co_await stage.control().resume("currencies");

    EXPECT_TRUE(resumed);
    const bool running = co_await stage.until([&stage]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("currencies");
      co_return map.state == store::MapState::running&& map.last_error.empty();
    });
    EXPECT_TRUE(running);
  });
}

}  // namespace
}  // namespace dualwrite::test
