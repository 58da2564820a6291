#include "endpoint/clock_offset.hpp"

#include <algorithm>

namespace dualwrite::endpoint {

bool ClockOffsetMeter::sample(Instant sent, Instant received, Instant shown, std::chrono::milliseconds granularity) {
  const std::int64_t low = (shown - received).count();
  const std::int64_t high = (shown - sent + granularity).count() - 1;
  const std::int64_t both_low = std::max(low, offset_.low);
  const std::int64_t both_high = std::min(high, offset_.high);
  const bool agrees = both_low <= both_high;
  const bool set = samples_ > 0 && !agrees;
  if (samples_ > 0 && agrees) {
    offset_ = ClockOffset{both_low, both_high};
  } else {
    offset_ = ClockOffset{low, high};
  }
  ++samples_;
  return set;
}

ClockOffset combine(const ClockOffsetMeter& dates, const ClockOffsetMeter& stamps) {
  if (stamps.samples() == 0) return dates.offset();
  if (dates.samples() == 0) return stamps.offset();
  const ClockOffset both{std::max(dates.offset().low, stamps.offset().low),
                         std::min(dates.offset().high, stamps.offset().high)};
  return both.low <= both.high ? both : stamps.offset();
}

}  // namespace dualwrite::endpoint
