#include "endpoint/clock_offset.hpp"

#include <algorithm>

namespace dualwrite::endpoint {

void ClockOffsetMeter::sample(Instant sent, Instant received, Instant date) {
  const std::int64_t low = (date - received).count();
  const std::int64_t high = (date - sent).count() + 999;
  const std::int64_t both_low = std::max(low, offset_.low);
  const std::int64_t both_high = std::min(high, offset_.high);
  if (measured_ && both_low <= both_high) {
    offset_ = ClockOffset{both_low, both_high};
  } else {
    offset_ = ClockOffset{low, high};
  }
  measured_ = true;
}

}  // namespace dualwrite::endpoint
