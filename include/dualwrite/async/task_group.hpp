#pragma once
// Owns coroutines: every co_spawn in the project goes through a TaskGroup, which hears their exceptions and is joined.
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

/// Runs named coroutines on one executor and joins them. All calls come from that executor's (one) thread.
/// Declare it as the last member: what its coroutines use must outlive it. The destructor asserts that it was joined.
class TaskGroup {
 public:
  /// `on_failure` hears of a coroutine that ended with an exception other than cancellation.
  using OnFailure = std::function<void(const std::string& name, const std::string& what)>;

  TaskGroup(Executor executor, OnFailure on_failure);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `body()`; the callable is kept until its coroutine has ended. After stop() it is dropped unstarted.
  void spawn(std::string name, std::function<Task<void>()> body);

  /// Asks every coroutine to stop (cancellation_type::total first; after `patience` cancellation_type::terminal) and
  /// returns when the last has ended. A cancellation that reaches the caller meanwhile is felt after the return; a
  /// caller that has been cancelled already must say `co_await this_coro::throw_if_cancelled(false)` before it calls.
  Task<void> join(std::chrono::milliseconds patience = std::chrono::seconds(10));

  /// Returns when no coroutine is left, without asking any to stop.
  Task<void> drained();

  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dualwrite
