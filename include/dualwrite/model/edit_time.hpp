#pragma once
// When an edit happened, as far as anybody can tell: an interval, never a bare stamp.
#include <cstdint>
#include <string_view>

#include "dualwrite/base/time.hpp"

namespace dualwrite {

/// Where the interval comes from, best first.
enum class TimeSource : std::uint8_t {
  stamp,   ///< the row's own modified stamp, set by somebody else's write
  event,   ///< the time in a webhook or business event
  window,  ///< between the last observation with the old token and the first with the new, on the daemon's clock
  none,    ///< nothing is known
};

constexpr std::string_view to_string(TimeSource source) noexcept {
  switch (source) {
    case TimeSource::stamp:
      return "stamp";
    case TimeSource::event:
      return "event";
    case TimeSource::window:
      return "window";
    case TimeSource::none:
      return "none";
  }
  return "none";
}

/// Both ends included. With source none the interval overlaps every other.
struct EditTime {
  Instant from{};
  Instant to{};
  TimeSource source = TimeSource::none;
  EditTime() = default;
  EditTime(Instant f, Instant t, TimeSource s) : from(f), to(t), source(s) {}
  friend bool operator==(const EditTime&, const EditTime&) = default;
};

/// True only if a certainly happened before b.
constexpr bool certainly_before(const EditTime& a, const EditTime& b) noexcept {
  return a.source != TimeSource::none && b.source != TimeSource::none && a.to < b.from;
}

}  // namespace dualwrite
