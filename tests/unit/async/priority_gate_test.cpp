#include "dualwrite/async/priority_gate.hpp"

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

/// The order in which those get in who wait for one place, by the urgency of each.
std::vector<std::size_t> order_of(const std::vector<std::size_t>& waiting) {
  std::vector<std::size_t> order;
  test::run<void>([&](Executor executor) -> Task<void> {
    PriorityGate gate(executor, 1);
    TaskGroup group(executor, unexpected);
    SystemClock clock;
    const std::size_t first = 0;
    auto held = co_await gate.acquire_within(first, 1s);
    for (const std::size_t urgency : waiting) {
      group.spawn("waiter", [&gate, &order, urgency]() -> Task<void> {
        const auto permit = co_await gate.acquire_within(urgency, 10s);
        if (permit) order.push_back(urgency);
      });
    }
    co_await clock.sleep(1ms);
    EXPECT_TRUE(order.empty());
    held.reset();
    co_await group.drained();
    EXPECT_EQ(gate.taken(), 0U);
  });
  return order;
}

TEST(PriorityGate, LetsTheMostUrgentInFirst) {
  EXPECT_EQ(order_of({3, 2, 1, 0, 2, 0}), (std::vector<std::size_t>{0, 0, 1, 2, 2, 3}));
}

TEST(PriorityGate, GivesEveryEighthPlaceToWhoeverHasWaitedLongest) {
  std::vector<std::size_t> waiting(1, 3);
  waiting.resize(12, 0);
  const std::vector<std::size_t> order = order_of(waiting);
  ASSERT_EQ(order.size(), 12U);
  EXPECT_EQ(order[7], 3U);
}

TEST(PriorityGate, FewerPlacesCountFromTheNextOneOn) {
  test::run<void>([](Executor executor) -> Task<void> {
    PriorityGate gate(executor, 2);
    const std::size_t urgency = 0;
    auto one = co_await gate.acquire_within(urgency, 1s);
    auto two = co_await gate.acquire_within(urgency, 1s);
    gate.set_places(1);
    EXPECT_EQ(gate.taken(), 2U) << "nobody is thrown out";
    one.reset();
    const auto refused = co_await gate.acquire_within(urgency, 1ms);
    EXPECT_FALSE(refused.has_value());
    gate.set_places(2);
    const auto let_in = co_await gate.acquire_within(urgency, 1ms);
    EXPECT_TRUE(let_in.has_value());
  });
}

}  // namespace
}  // namespace dualwrite
