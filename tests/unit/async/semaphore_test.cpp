#include "dualwrite/async/semaphore.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "support/run.hpp"

namespace dualwrite {
namespace {

using namespace std::chrono_literals;

void unexpected(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

TEST(Semaphore, ServesFirstComeFirst) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 1);
    SystemClock clock;
    std::vector<int> order;
    TaskGroup group(executor, unexpected);
    auto first = std::make_unique<Semaphore::Permit>(co_await semaphore.acquire());
    for (int i = 0; i < 5; ++i) {
      group.spawn("worker", [&semaphore, &order, &clock, i]() -> Task<void> {
        const Semaphore::Permit permit = co_await semaphore.acquire();
        order.push_back(i);
        co_await clock.sleep(1ms);
      });
    }
    co_await clock.sleep(1ms);
    EXPECT_TRUE(order.empty());

    first.reset();
    co_await group.drained();

    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(semaphore.free_places(), 1U);
  });
}

TEST(Semaphore, NeverLetsInMoreThanItHasPlaces) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 3);
    SystemClock clock;
    int inside = 0;
    int inside_max = 0;
    int done = 0;
    TaskGroup group(executor, unexpected);
    for (int i = 0; i < 50; ++i) {
      group.spawn("worker", [&]() -> Task<void> {
        const Semaphore::Permit permit = co_await semaphore.acquire();
        inside_max = std::max(inside_max, ++inside);
        co_await clock.sleep(0ms);
        --inside;
        ++done;
      });
    }

    co_await group.drained();

    EXPECT_EQ(done, 50);
    EXPECT_EQ(inside_max, 3);
    EXPECT_EQ(semaphore.free_places(), 3U);
  });
}

TEST(Semaphore, APlaceHandedOverCannotBeTakenByALatecomer) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 1);
    SystemClock clock;
    bool waiter_served = false;
    TaskGroup group(executor, unexpected);
    auto held = std::make_unique<Semaphore::Permit>(co_await semaphore.acquire());
    group.spawn("waiter", [&]() -> Task<void> {
      const Semaphore::Permit permit = co_await semaphore.acquire();
      waiter_served = true;
    });
    co_await clock.sleep(1ms);

    held.reset();  // belongs to the waiter from here on, although it has not run yet
    EXPECT_EQ(semaphore.free_places(), 0U);
    const Semaphore::Permit mine = co_await semaphore.acquire();

    EXPECT_TRUE(waiter_served);
    co_await group.drained();
  });
}

TEST(Semaphore, ACancelledWaiterTakesNoPlace) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 1);
    SystemClock clock;
    bool served = false;
    TaskGroup group(executor, unexpected);
    auto held = std::make_unique<Semaphore::Permit>(co_await semaphore.acquire());
    group.spawn("waiter", [&]() -> Task<void> {
      const Semaphore::Permit permit = co_await semaphore.acquire();
      served = true;
    });
    co_await clock.sleep(1ms);

    co_await group.join();
    held.reset();

    EXPECT_FALSE(served);
    EXPECT_EQ(semaphore.free_places(), 1U);
  });
}

TEST(Semaphore, AWaitWithALimitGivesUpEmptyHanded) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 1);
    auto held = std::make_unique<Semaphore::Permit>(co_await semaphore.acquire());

    const auto missed = co_await semaphore.acquire_within(1ms);
    EXPECT_FALSE(missed.has_value());
    held.reset();
    const auto got = co_await semaphore.acquire_within(1ms);

    EXPECT_TRUE(got.has_value());
    EXPECT_EQ(semaphore.free_places(), 0U);
  });
}

TEST(Semaphore, AMovedPermitReleasesOnce) {
  test::run<void>([](Executor executor) -> Task<void> {
    Semaphore semaphore(executor, 2);
    {
      Semaphore::Permit first = co_await semaphore.acquire();
      Semaphore::Permit second = co_await semaphore.acquire();
      EXPECT_EQ(semaphore.free_places(), 0U);
      second = std::move(first);
      EXPECT_EQ(semaphore.free_places(), 1U);
      const Semaphore::Permit third(std::move(second));
      EXPECT_EQ(semaphore.free_places(), 1U);
    }
    EXPECT_EQ(semaphore.free_places(), 2U);
  });
}

}  // namespace
}  // namespace dualwrite
