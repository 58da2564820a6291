#include "endpoint/budget.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

using namespace std::chrono_literals;

TEST(Budget, HalvesWhenThrottledAndGrowsByOneAfterARoundThatWentWell) {
  Budget budget(8);
  const Instant now(1000s);
  budget.was_throttled(now);
  EXPECT_EQ(budget.at_once(), 4U);
  budget.was_throttled(now + 999ms);
  EXPECT_EQ(budget.at_once(), 4U) << "those were under way already";
  budget.was_throttled(now + 1s);
  EXPECT_EQ(budget.at_once(), 2U);
  budget.went_well();
  EXPECT_EQ(budget.at_once(), 2U);
  budget.went_well();
  EXPECT_EQ(budget.at_once(), 3U);
  for (int i = 0; i < 100; ++i) budget.went_well();
  EXPECT_EQ(budget.at_once(), 8U) << "never more than the configuration allows";
  for (int i = 0; i < 10; ++i) budget.was_throttled(now + std::chrono::minutes(i));
  EXPECT_EQ(budget.at_once(), 1U) << "and never none";
}

TEST(Budget, CountsWhatTheLastFiveMinutesCost) {
  Budget budget(8);
  const Instant start(1000s);
  for (int i = 0; i < 10; ++i) budget.spend("a", start + std::chrono::minutes(i), 20ms);
  budget.spend("b", start + 9min, 5ms);
  const WindowUsage usage = budget.window(start + 9min);
  EXPECT_EQ(usage.requests, 6);
  EXPECT_EQ(usage.took, 105ms);
  EXPECT_EQ(budget.window(start + 15min).requests, 0);
  EXPECT_EQ(budget.by_map().at("a"), 10);
  EXPECT_EQ(budget.by_map().at("b"), 1);
}

}  // namespace
}  // namespace dualwrite::endpoint
