#include "dualwrite/async/semaphore.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "async/waiter.hpp"

namespace dualwrite {

namespace asio = boost::asio;

struct Semaphore::State {
  State(Executor e, std::size_t places) : executor(std::move(e)), free(places) {}

  Executor executor;
  std::size_t free;
  WaiterList waiters;  // first come first served; nobody waits while a place is free
};

Semaphore::Permit::Permit(Permit&& from) noexcept : owner_(std::exchange(from.owner_, nullptr)) {}

Semaphore::Permit& Semaphore::Permit::operator=(Permit&& from) noexcept {
  if (this != &from) {
    if (owner_ != nullptr) owner_->release();
    owner_ = std::exchange(from.owner_, nullptr);
  }
  return *this;
}

Semaphore::Permit::~Permit() {
  if (owner_ != nullptr) owner_->release();
}

Semaphore::Semaphore(Executor executor, std::size_t places)
    : state_(std::make_unique<State>(std::move(executor), places)) {}

Semaphore::~Semaphore() {
  state_->waiters.clear();
}

std::size_t Semaphore::free_places() const noexcept {
  return state_->free;
}

void Semaphore::release() {
  // A place goes straight to the one that has waited longest; nobody who comes meanwhile can take it.
  if (state_->waiters.empty()) {
    ++state_->free;
  } else {
    wake_first(state_->waiters);
  }
}

Task<Semaphore::Permit> Semaphore::acquire() {
  std::optional<Permit> permit;
  while (!permit) permit = co_await acquire_within(std::chrono::milliseconds::max());
  co_return std::move(*permit);
}

Task<std::optional<Semaphore::Permit>> Semaphore::acquire_within(std::chrono::milliseconds limit) {
  if (state_->free > 0) {
    --state_->free;
    co_return Permit(this);
  }
  Waiter waiter(state_->executor);
  waiter.timer.expires_after(limit);
  state_->waiters.push_back(waiter);
  boost::system::error_code error;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  // Woken means that the place is ours, even if the time was over or the caller cancelled in the same moment.
  if (waiter.woken) co_return Permit(this);
  if (error) throw boost::system::system_error(error, "waiting for a free place");
  co_return std::nullopt;
}

}  // namespace dualwrite
