#pragma once
// The monotonic clock that this room's timers go by: the machine's, or a SimulatedTime while there is one.
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

namespace dualwrite {

/// Meets TrivialClock; Asio asks it through a static function, which is why the choice is the process's.
struct EngineTime {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
  static bool simulated() noexcept;
  /// A timer waits for that moment: a simulated time stops there.
  static void expect(time_point moment);
};

/// How long the reactor may block for a timer. In a simulation the next poll must look at the timers again.
struct EngineWait {
  static EngineTime::duration to_wait_duration(EngineTime::duration left) {
    return EngineTime::simulated() ? EngineTime::duration::zero() : left;
  }
  static EngineTime::duration to_wait_duration(EngineTime::time_point moment) {
    return to_wait_duration(moment - EngineTime::now());
  }
};

using EngineTimer = boost::asio::basic_waitable_timer<EngineTime, EngineWait>;

/// A limit that can be added to the clock without overflow; a year stands for "however long it takes".
inline EngineTime::duration bounded(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  return limit < longest ? limit : longest;
}

/// Sets the timer to end after `limit`.
inline void start(EngineTimer& timer, std::chrono::milliseconds limit) {
  timer.expires_after(bounded(limit));
  EngineTime::expect(timer.expiry());
}

}  // namespace dualwrite
