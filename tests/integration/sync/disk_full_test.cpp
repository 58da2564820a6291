// The disk of the state file is full while the engine works.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

constexpr int customers = 60;

Task<void> add_customers(Stage& stage, std::string prefix) {
  for (int number = 0; number < customers; ++number) {
    const std::string account = prefix + std::to_string(number);
    co_await stage.add_customer(account, "Customer " + account);
  }
}

TEST(DiskFull, IsOneFaultOfTheMapAndWorkGoesOnByItselfOnceThereIsRoom) {
  play([](Stage& stage) -> Task<void> {
    const bool synced = co_await stage.synced("customers");
    EXPECT_TRUE(synced);
    co_await stage.fill_disk(true);
    co_await add_customers(stage, "F-");

    const bool faulted = co_await stage.until([&stage]() -> Task<bool> {
      const sync::MapStatus map = co_await stage.map("customers");
      co_return map.last_error.find("full") != std::string::npos;
    });

    EXPECT_TRUE(faulted);
    const sync::MapStatus map = co_await stage.map("customers");
    EXPECT_EQ(map.state, store::MapState::running);
    EXPECT_NE(map.last_error.find("free space on that disk"), std::string::npos) << map.last_error;
    EXPECT_EQ(map.last_error.find("full"), map.last_error.rfind("full")) << map.last_error;

    co_await stage.fill_disk(false);

    const std::string last = "F-" + std::to_string(customers - 1);
    const bool arrived = co_await stage.until([&stage, last]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name(last);
      const sync::MapStatus now = co_await stage.map("customers");
      co_return name == "Customer " + last&& now.last_error.empty();
    });
    EXPECT_TRUE(arrived);
  });
}

}  // namespace
}  // namespace dualwrite::test
