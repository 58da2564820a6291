#include "endpoint/clock_offset.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

Instant at(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(1700000000000 + milliseconds));
}

/// A reply of a service whose clock is `ahead` of ours, its Date cut to whole seconds.
void reply(ClockOffsetMeter& meter, std::int64_t sent, std::int64_t received, std::int64_t ahead) {
  const Instant theirs = at((sent + received) / 2 + ahead);
  meter.sample(at(sent), at(received), std::chrono::floor<std::chrono::seconds>(theirs));
}

TEST(ClockOffset, BoundsTheTruthFromTheFirstReply) {
  ClockOffsetMeter meter;
  reply(meter, 100, 150, 5000);
  EXPECT_LE(meter.offset().low, 5000);
  EXPECT_GE(meter.offset().high, 5000);
}

TEST(ClockOffset, NarrowsToARoundTripAsRepliesFallIntoDifferentPartsOfTheSecond) {
  ClockOffsetMeter meter;
  for (std::int64_t at_ms = 0; at_ms < 20000; at_ms += 137) reply(meter, at_ms, at_ms + 20, -3000);
  EXPECT_LE(meter.offset().low, -3000);
  EXPECT_GE(meter.offset().high, -3000);
  EXPECT_LE(meter.offset().high - meter.offset().low, 60);
}

TEST(ClockOffset, StartsAgainWhenAClockSteps) {
  ClockOffsetMeter meter;
  for (std::int64_t at_ms = 0; at_ms < 5000; at_ms += 137) reply(meter, at_ms, at_ms + 20, 0);
  for (std::int64_t at_ms = 5000; at_ms < 15000; at_ms += 137) reply(meter, at_ms, at_ms + 20, 60000);
  EXPECT_LE(meter.offset().low, 60000);
  EXPECT_GE(meter.offset().high, 60000);
  EXPECT_GT(meter.offset().low, 59000);
}

}  // namespace
}  // namespace dualwrite::endpoint
