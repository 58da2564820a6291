#pragma once
// Time as the engine sees it: a seam, so that the whole engine runs on a simulated clock.
#include <chrono>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/time.hpp"

namespace dualwrite {

class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall clock, UTC. May step.
  [[nodiscard]] virtual Instant now() const = 0;
  /// Never goes back; only differences mean something.
  [[nodiscard]] virtual std::chrono::milliseconds elapsed() const = 0;
  /// Returns after `duration`, or at once when the calling coroutine is cancelled (then it throws system_error
  /// operation_aborted, as Asio does).
  virtual Task<void> sleep(std::chrono::milliseconds duration) = 0;
};

/// The real clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
  [[nodiscard]] std::chrono::milliseconds elapsed() const override;
  Task<void> sleep(std::chrono::milliseconds duration) override;
};

}  // namespace dualwrite
