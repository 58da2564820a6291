#pragma once
// The monotonic clock and the timers of this room: the machine's, or a SimulatedTime's while there is one.
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

using EngineMoment = std::chrono::steady_clock::time_point;

EngineMoment engine_now() noexcept;

/// A wait on the simulated clock; it ends once.
struct SimulatedWait {
  std::move_only_function<void(boost::system::error_code)> finish;  ///< empty: it has ended
  void end(boost::system::error_code error) {
    if (auto run = std::exchange(finish, nullptr)) run(error);
  }
};

bool time_is_simulated() noexcept;
void wait_simulated(EngineMoment until, std::shared_ptr<SimulatedWait> wait);

/// As asio::steady_timer, which it is unless the time is simulated. Asio's own timers cannot stand still: they ask the
/// kernel to wake the reactor.
class EngineTimer {
 public:
  explicit EngineTimer(const Executor& executor) : timer_(executor) {}
  ~EngineTimer() { cancel(); }
  EngineTimer(const EngineTimer&) = delete;
  EngineTimer& operator=(const EngineTimer&) = delete;

  void expires_after(std::chrono::milliseconds limit);
  void never_expires() { timer_.expires_at(EngineMoment::max()); }
  void cancel() {
    if (waiting_) std::exchange(waiting_, nullptr)->end(boost::asio::error::operation_aborted);
    timer_.cancel();
  }

  template <class Token>
  auto async_wait(Token&& token) {
    using Signature = void(boost::system::error_code);
    return boost::asio::async_initiate<Token, Signature>(
        [this](auto handler) {
          if (time_is_simulated()) {
            begin_simulated(std::move(handler));
          } else {
            timer_.async_wait(std::move(handler));
          }
        },
        token);
  }

 private:
  template <class Handler>
  void begin_simulated(Handler handler) {
    auto wait = std::make_shared<SimulatedWait>();
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr(wait)](boost::asio::cancellation_type) {
        if (const auto still = weak.lock()) still->end(boost::asio::error::operation_aborted);
      });
    }
    const auto executor = boost::asio::get_associated_executor(handler, timer_.get_executor());
    wait->finish = [handler = std::move(handler), slot, executor](boost::system::error_code error) mutable {
      if (slot.is_connected()) slot.clear();
      boost::asio::post(executor, [handler = std::move(handler), error]() mutable { std::move(handler)(error); });
    };
    waiting_ = wait;
    wait_simulated(timer_.expiry(), std::move(wait));
  }

  boost::asio::steady_timer timer_;
  std::shared_ptr<SimulatedWait> waiting_;
};

}  // namespace dualwrite
