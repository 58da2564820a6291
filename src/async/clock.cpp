#include "dualwrite/async/clock.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/engine_time.hpp"

namespace dualwrite {

namespace asio = boost::asio;

Instant SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::chrono::milliseconds SystemClock::elapsed() const {
  return std::chrono::floor<std::chrono::milliseconds>(engine_now().time_since_epoch());
}

Task<void> SystemClock::sleep(std::chrono::milliseconds duration) {
  const Executor executor = co_await asio::this_coro::executor;
  EngineTimer timer(executor);
  timer.expires_after(duration);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace dualwrite
