#pragma once
// When a task last moved, by its own word. Whoever watches over the tasks asks.
#include <chrono>

#include "dualwrite/async/clock.hpp"

namespace dualwrite {

/// Born moving. The clock must outlive it; one thread only.
class Beat {
 public:
  explicit Beat(const Clock& clock) : clock_(clock), last_(clock.elapsed()) {}

  /// A step of the task begins or gets on.
  void moved() { last_ = clock_.elapsed(); }
  /// How long ago that was.
  [[nodiscard]] std::chrono::milliseconds age() const { return clock_.elapsed() - last_; }

 private:
  const Clock& clock_;
  std::chrono::milliseconds last_;
};

}  // namespace dualwrite
