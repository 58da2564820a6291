#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

TEST(Restart, EditsMadeWhileTheDaemonWasDownArriveAfterwards) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.add_customer("C2", "Before");
    co_await stage.synced("customers");
    co_await stage.stop_engine();
    co_await stage.patch_finops("C1", R"({"OrganizationName":"Meanwhile"})");
    co_await stage.patch_dataverse("C2", R"({"name":"Meanwhile"})");
    co_await stage.start_engine();
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::running);
    const bool settled = co_await stage.until([&]() -> Task<bool> {
      const std::string one = co_await stage.dataverse_name("C1");
      const std::string two = co_await stage.finops_name("C2");
      co_return one == "Meanwhile" && two == "Meanwhile";
    });
    EXPECT_TRUE(settled);
  });
}

TEST(Restart, ChangesCapturedWhilePausedSurviveAndAreCaughtUp) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    auto paused = co_await stage.control().pause("customers");
    EXPECT_TRUE(paused);
    co_await stage.patch_dataverse("C1", R"({"name":"Queued"})");
    const bool captured = co_await stage.until([&]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.pending == 1;
    });
    EXPECT_TRUE(captured);
    co_await stage.stop_engine();
    co_await stage.start_engine();
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::paused);
    EXPECT_EQ(map.pending, 1);
    const std::string untouched = co_await stage.finops_name("C1");
    EXPECT_EQ(untouched, "Before");
    auto resumed = co_await stage.control().resume("customers");
    EXPECT_TRUE(resumed);
    const bool arrived = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("C1");
      co_return name == "Queued";
    });
    EXPECT_TRUE(arrived);
  });
}

}  // namespace
}  // namespace dualwrite::test
