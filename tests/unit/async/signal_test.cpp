#include "dualwrite/async/signal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "support/run.hpp"

namespace dualwrite {
namespace {

using namespace std::chrono_literals;

void unexpected(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

TEST(Signal, RemembersANotificationThatCameBeforeTheWait) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);
    signal.notify();

    co_await signal.wait();
  });
}

TEST(Signal, RemembersOneNotificationOnly) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);
    signal.notify();
    signal.notify();
    co_await signal.wait();

    const auto before = std::chrono::steady_clock::now();
    co_await signal.wait(5ms);

    EXPECT_GE(std::chrono::steady_clock::now() - before, 5ms);  // the second wait had nothing to return for
  });
}

TEST(Signal, WakesEverybodyWhoWaitsAndIsThenForgotten) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);
    SystemClock clock;
    int woken = 0;
    TaskGroup group(executor, unexpected);
    const auto wait = [&]() -> Task<void> {
      co_await signal.wait();
      ++woken;
    };
    for (int i = 0; i < 3; ++i) group.spawn("waiter", wait);
    co_await clock.sleep(1ms);
    EXPECT_EQ(woken, 0);

    signal.notify();
    co_await group.drained();
    EXPECT_EQ(woken, 3);

    group.spawn("late", wait);
    co_await clock.sleep(1ms);
    EXPECT_EQ(woken, 3);
    co_await group.join();
  });
}

TEST(Signal, ReturnsWhenTheTimeIsOver) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);

    co_await signal.wait(1ms);
    co_await signal.wait(0ms);
    co_await signal.wait(-5ms);
  });
}

TEST(Signal, AWaiterThatGaveUpIsNotCountedAsWaiting) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);
    co_await signal.wait(1ms);

    signal.notify();

    co_await signal.wait();
  });
}

TEST(Signal, CancellationThrowsAndLeavesTheSignalUsable) {
  test::run<void>([](Executor executor) -> Task<void> {
    Signal signal(executor);
    SystemClock clock;
    int aborted = 0;
    const auto wait = [&]() -> Task<void> {
      try {
        co_await signal.wait(std::chrono::milliseconds::max());
      } catch (const boost::system::system_error& error) {
        aborted += error.code() == boost::asio::error::operation_aborted ? 1 : 0;
      }
    };
    TaskGroup group(executor, unexpected);
    group.spawn("waiter", wait);
    co_await clock.sleep(1ms);

    co_await group.join();

    EXPECT_EQ(aborted, 1);
    signal.notify();
    co_await signal.wait();
  });
}

TEST(Signal, OutlivesTheFramesOfCoroutinesThatNobodyEnded) {
  // The executor goes away while a coroutine waits; its frame is destroyed after the signal.
  std::unique_ptr<Signal> signal;
  const auto wait_for_ever = [&](Executor executor) -> Task<void> {
    signal = std::make_unique<Signal>(executor);
    boost::asio::post(executor, [] { throw std::runtime_error("stop"); });
    co_await signal->wait();
  };

  EXPECT_THROW(
      {
        boost::asio::io_context context;
        const Executor executor = context.get_executor();
        boost::asio::co_spawn(executor, [&] { return wait_for_ever(executor); }, [](std::exception_ptr) {});
        try {
          context.run();
        } catch (...) {
          signal.reset();
          throw;
        }
      },
      std::runtime_error);
}

}  // namespace
}  // namespace dualwrite
