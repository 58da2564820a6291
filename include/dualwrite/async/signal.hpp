#pragma once
// A wake-up between coroutines of one thread.
#include <chrono>
#include <memory>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

/// Coroutines wait until notified or until the time is over. One thread only.
class Signal {
 public:
  explicit Signal(Executor executor);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  /// Wakes everybody who waits now. A notification with nobody waiting is remembered for the next wait.
  void notify();
  /// Returns after notify(), or after `limit`. Cancellation throws operation_aborted.
  Task<void> wait(std::chrono::milliseconds limit);
  /// Returns after notify(), however long it takes.
  Task<void> wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite
