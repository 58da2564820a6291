#pragma once
// A time that stands still until somebody moves it: for running the whole engine in one thread, from one seed.
#include <chrono>

namespace dualwrite {

/// While one exists, every timer of this room and every Clock's elapsed() go by it instead of the machine's clock. One
/// at a time in a process, made before the first timer and destroyed after the last; one thread.
///
/// Run the executor until nothing is ready (io_context::poll), then move the time to the next deadline, and so on. The
/// timers of the http room are not its: a simulation brings its own transport.
class SimulatedTime {
 public:
  SimulatedTime();
  ~SimulatedTime();
  SimulatedTime(const SimulatedTime&) = delete;
  SimulatedTime& operator=(const SimulatedTime&) = delete;

  /// Since construction.
  [[nodiscard]] std::chrono::milliseconds elapsed() const;
  /// Moves to the earliest moment that a timer waits for, or `limit` after construction if that is earlier. False if
  /// `limit` has been reached.
  bool advance(std::chrono::milliseconds limit);
};

}  // namespace dualwrite
