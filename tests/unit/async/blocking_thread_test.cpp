#include "dualwrite/async/blocking_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "support/run.hpp"

namespace dualwrite {
namespace {

using namespace std::chrono_literals;

void unexpected(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

TEST(BlockingThread, RunsTheWorkElsewhereAndResumesTheCallerOnItsOwnThread) {
  BlockingThread blocking("test");
  test::run<void>([&](Executor) -> Task<void> {
    std::thread::id worked_on;

    const std::function<void()> work = [&] { worked_on = std::this_thread::get_id(); };
    co_await blocking.run(work);
    const std::thread::id resumed_on = std::this_thread::get_id();

    EXPECT_NE(worked_on, resumed_on);
    EXPECT_NE(worked_on, std::thread::id());
  });
}

TEST(BlockingThread, KeepsTheExecutorAliveWhileTheWorkIsUnderWay) {
  // run() would report a coroutine that never finished if the io_context ran out of work meanwhile.
  BlockingThread blocking("test");
  const int rounds = test::run<int>([&](Executor) -> Task<int> {
    int done = 0;
    for (int i = 0; i < 200; ++i) {
      const std::function<void()> work = [&] { ++done; };
      co_await blocking.run(work);
    }
    co_return done;
  });

  EXPECT_EQ(rounds, 200);
}

TEST(BlockingThread, RethrowsWhatTheWorkThrew) {
  BlockingThread blocking("test");
  test::run<void>([&](Executor) -> Task<void> {
    const std::function<void()> work = [] { throw std::runtime_error("disk full"); };
    std::string what;
    try {
      co_await blocking.run(work);
    } catch (const std::runtime_error& error) {
      what = error.what();
    }

    EXPECT_EQ(what, "disk full");
  });
}

TEST(BlockingThread, KeepsTheOrderInWhichWorkWasHandedOver) {
  std::vector<int> order;
  {
    BlockingThread blocking("test");
    for (int i = 0; i < 100; ++i) blocking.post([&order, i] { order.push_back(i); });
  }  // finishes what was queued

  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(BlockingThread, WorkThatWasHandedOverHappensAlthoughTheCallerIsCancelled) {
  std::atomic<bool> worked = false;
  std::atomic<bool> release = false;
  BlockingThread blocking("test");
  test::run<void>([&](Executor executor) -> Task<void> {
    SystemClock clock;
    bool returned = false;
    TaskGroup group(executor, unexpected);
    group.spawn("caller", [&]() -> Task<void> {
      const std::function<void()> work = [&] {
        while (!release) std::this_thread::yield();
        worked = true;
      };
      co_await blocking.run(work);
      returned = true;
    });
    group.spawn("releaser", [&]() -> Task<void> {
      try {
        co_await clock.sleep(1h);
      } catch (...) {  // the cancellation has reached the caller, too: it was spawned before
        release = true;
      }
    });
    co_await clock.sleep(1ms);

    co_await group.join();

    EXPECT_TRUE(worked);
    EXPECT_TRUE(returned);
  });
}

TEST(BlockingThread, ServesManyCallersAtOnce) {
  BlockingThread blocking("test");
  test::run<void>([&](Executor executor) -> Task<void> {
    int sum = 0;
    TaskGroup group(executor, unexpected);
    for (int i = 1; i <= 100; ++i) {
      group.spawn("caller", [&blocking, &sum, i]() -> Task<void> {
        int result = 0;
        const std::function<void()> work = [&result, i] { result = i; };
        co_await blocking.run(work);
        sum += result;
      });
    }

    co_await group.drained();

    EXPECT_EQ(sum, 5050);
  });
}

}  // namespace
}  // namespace dualwrite
