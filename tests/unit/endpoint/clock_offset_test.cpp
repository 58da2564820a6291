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
  meter.sample(at(sent), at(received), std::chrono::floor<std::chrono::seconds>(theirs),
               std::chrono::milliseconds(1000));
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

/// A write of ours that is stamped in whole seconds by a clock that is `ahead`.
void stamped(ClockOffsetMeter& meter, std::int64_t sent, std::int64_t received, std::int64_t ahead) {
  reply(meter, sent, received, ahead);
}

TEST(ClockOffset, IsNarrowedByTheStampsOfOurOwnWrites) {
  ClockOffsetMeter dates;
  ClockOffsetMeter stamps;
  reply(dates, 0, 400, 700);
  const std::int64_t wide = dates.offset().high - dates.offset().low;
  stamped(stamps, 620, 640, 700);
  stamped(stamps, 1270, 1290, 700);
  const ClockOffset both = combine(dates, stamps);
  EXPECT_LE(both.low, 700);
  EXPECT_GE(both.high, 700);
  EXPECT_LT(both.high - both.low, wide);
}

TEST(ClockOffset, BelievesTheStampsWhereTheHeadersAreOfAnotherClock) {
  ClockOffsetMeter dates;
  ClockOffsetMeter stamps;
  for (std::int64_t at_ms = 0; at_ms < 9000; at_ms += 137) reply(dates, at_ms, at_ms + 20, 0);
  stamped(stamps, 9000, 9020, 45000);
  const ClockOffset both = combine(dates, stamps);
  EXPECT_GT(both.low, 44000);
  EXPECT_GE(both.high, 45000);
}

TEST(ClockOffset, IsTheHeadersUntilAWriteWasStamped) {
  ClockOffsetMeter dates;
  const ClockOffsetMeter stamps;
  reply(dates, 0, 100, -2000);
  EXPECT_EQ(combine(dates, stamps).low, dates.offset().low);
  EXPECT_EQ(combine(dates, stamps).high, dates.offset().high);
  EXPECT_EQ(combine(ClockOffsetMeter(), stamps).high, 1000) << "nothing measured: a second either way";
}

}  // namespace
}  // namespace dualwrite::endpoint
