#pragma once
// One coroutine that waits to be woken. It lives in that coroutine's frame and leaves its list by itself.
#include <boost/intrusive/list.hpp>

#include "async/engine_time.hpp"
#include "dualwrite/async/task.hpp"

namespace dualwrite {

/// Auto-unlink, so that a frame destroyed while it waits (the executor is torn down) leaves no dangling link behind.
struct Waiter : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  explicit Waiter(const Executor& executor) : timer(executor) {}

  /// The timer's end wakes the coroutine; so does wake(), by cancelling the timer.
  void wake() {
    unlink();
    woken = true;
    timer.cancel();
  }

  EngineTimer timer;
  bool woken = false;
};

using WaiterList = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

/// Wakes the one that has waited longest.
inline void wake_first(WaiterList& waiters) {
  waiters.front().wake();
}

}  // namespace dualwrite
