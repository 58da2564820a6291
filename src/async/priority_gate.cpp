#include "dualwrite/async/priority_gate.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <utility>

#include "async/waiter.hpp"

namespace dualwrite {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t fair_turn = 8;

struct GateWaiter : Waiter {
  GateWaiter(const Executor& executor, std::uint64_t n) : Waiter(executor), number(n) {}
  std::uint64_t number;  ///< the lower, the longer it has waited
};

}  // namespace

struct PriorityGate::State {
  State(Executor e, std::size_t p) : executor(std::move(e)), places(std::max<std::size_t>(1, p)) {}

  /// Lets in whom there is room for.
  void admit() {
    while (taken < places) {
      WaiterList* chosen = nullptr;
      const bool fair = (turns + 1) % fair_turn == 0;
      std::uint64_t longest = UINT64_MAX;
      for (WaiterList& list : waiters) {
        if (list.empty()) continue;
        const std::uint64_t number = static_cast<const GateWaiter&>(list.front()).number;
        if (chosen != nullptr && (!fair || number >= longest)) continue;
        chosen = &list;
        longest = number;
      }
      if (chosen == nullptr) return;
      ++turns;
      ++taken;
      wake_first(*chosen);
    }
  }

  Executor executor;
  std::size_t places;
  std::size_t taken = 0;
  std::uint64_t came = 0;
  std::uint64_t turns = 0;
  std::array<WaiterList, urgencies> waiters;
};

PriorityGate::Permit::Permit(Permit&& from) noexcept : owner_(std::exchange(from.owner_, nullptr)) {}

PriorityGate::Permit& PriorityGate::Permit::operator=(Permit&& from) noexcept {
  if (this != &from) {
    if (owner_ != nullptr) owner_->release();
    owner_ = std::exchange(from.owner_, nullptr);
  }
  return *this;
}

PriorityGate::Permit::~Permit() {
  if (owner_ != nullptr) owner_->release();
}

PriorityGate::PriorityGate(Executor executor, std::size_t places)
    : state_(std::make_unique<State>(std::move(executor), places)) {}

PriorityGate::~PriorityGate() {
  for (WaiterList& list : state_->waiters) list.clear();
}

std::size_t PriorityGate::places() const noexcept {
  return state_->places;
}

std::size_t PriorityGate::taken() const noexcept {
  return state_->taken;
}

void PriorityGate::set_places(std::size_t places) {
  state_->places = std::max<std::size_t>(1, places);
  state_->admit();
}

void PriorityGate::release() {
  --state_->taken;
  state_->admit();
}

Task<std::optional<PriorityGate::Permit>> PriorityGate::acquire_within(std::size_t urgency,
                                                                       std::chrono::milliseconds limit) {
  if (state_->taken < state_->places) {
    ++state_->taken;
    co_return Permit(this);
  }
  GateWaiter waiter(state_->executor, ++state_->came);
  waiter.timer.expires_after(limit);
  state_->waiters[std::min(urgency, urgencies - 1)].push_back(waiter);
  boost::system::error_code error;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  // Woken means that the place is ours, even if the time was over or the caller cancelled in the same moment.
  if (waiter.woken) co_return Permit(this);
  if (error) throw boost::system::system_error(error, "waiting for a free place");
  co_return std::nullopt;
}

}  // namespace dualwrite
