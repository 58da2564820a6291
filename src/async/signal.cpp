#include "dualwrite/async/signal.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "async/waiter.hpp"

namespace dualwrite {

namespace asio = boost::asio;

struct Signal::State {
  explicit State(Executor e) : executor(std::move(e)) {}

  Executor executor;
  WaiterList waiters;
  bool remembered = false;
};

Signal::Signal(Executor executor) : state_(std::make_unique<State>(std::move(executor))) {}

Signal::~Signal() {
  state_->waiters.clear();
}

void Signal::notify() {
  if (state_->waiters.empty()) state_->remembered = true;
  while (!state_->waiters.empty()) wake_first(state_->waiters);
}

Task<void> Signal::wait(std::chrono::milliseconds limit) {
  if (std::exchange(state_->remembered, false)) co_return;
  Waiter waiter(state_->executor);
  waiter.timer.expires_after(limit);
  state_->waiters.push_back(waiter);
  boost::system::error_code error;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  // Notified and cancelled at once: the notification counts, and the next co_await of the caller throws.
  if (error && !waiter.woken) throw boost::system::system_error(error, "waiting for a signal");
}

Task<void> Signal::wait() {
  if (std::exchange(state_->remembered, false)) co_return;
  Waiter waiter(state_->executor);
  waiter.timer.never_expires();
  state_->waiters.push_back(waiter);
  boost::system::error_code error;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error && !waiter.woken) throw boost::system::system_error(error, "waiting for a signal");
}

}  // namespace dualwrite
