#pragma once
// One coroutine that waits to be woken. It lives in that coroutine's frame and leaves its list by itself.
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>

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

  boost::asio::steady_timer timer;
  bool woken = false;
};

using WaiterList = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;

/// Wakes the one that has waited longest.
inline void wake_first(WaiterList& waiters) {
  waiters.front().wake();
}

/// A limit that can be added to the steady clock without overflow; a year stands for "however long it takes".
inline std::chrono::steady_clock::duration bounded(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  return limit < longest ? limit : longest;
}

}  // namespace dualwrite
