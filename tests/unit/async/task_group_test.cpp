#include "dualwrite/async/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "support/run.hpp"

namespace dualwrite {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

void unexpected(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

TEST(TaskGroup, HearsOfAnExceptionWithTheTasksName) {
  test::run<void>([](Executor executor) -> Task<void> {
    std::vector<std::string> heard;
    TaskGroup group(executor,
                    [&](const std::string& name, const std::string& what) { heard.push_back(name + ": " + what); });
    group.spawn("lane 7", []() -> Task<void> {
      throw std::runtime_error("broken");
      co_return;
    });
    group.spawn("odd", []() -> Task<void> {
      throw 42;
      co_return;
    });
    group.spawn("fine", []() -> Task<void> { co_return; });

    co_await group.drained();

    EXPECT_EQ(heard, (std::vector<std::string>{"lane 7: broken", "odd: an exception that is not a std::exception"}));
    EXPECT_EQ(group.size(), 0U);
  });
}

TEST(TaskGroup, ACallableThatThrowsBeforeItsCoroutineIsHeardOf) {
  test::run<void>([](Executor executor) -> Task<void> {
    int heard = 0;
    TaskGroup group(executor, [&](const std::string&, const std::string&) { ++heard; });
    group.spawn("early", []() -> Task<void> { throw std::runtime_error("no coroutine at all"); });

    co_await group.drained();

    EXPECT_EQ(heard, 1);
  });
}

TEST(TaskGroup, StartsABodyOnlyAfterSpawnHasReturned) {
  test::run<void>([](Executor executor) -> Task<void> {
    bool started = false;
    TaskGroup group(executor, unexpected);

    group.spawn("body", [&]() -> Task<void> {
      started = true;
      co_return;
    });
    EXPECT_FALSE(started);
    EXPECT_EQ(group.size(), 1U);

    co_await group.drained();
    EXPECT_TRUE(started);
  });
}

TEST(TaskGroup, KeepsTheCallableUntilItsCoroutineHasEnded) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    auto token = std::make_shared<int>(5);
    const std::weak_ptr<int> watch = token;
    int seen = 0;
    TaskGroup group(executor, unexpected);
    group.spawn("capturing", [token = std::move(token), &clock, &seen]() -> Task<void> {
      co_await clock.sleep(1ms);
      seen = *token;
    });
    EXPECT_FALSE(watch.expired());

    co_await group.drained();

    EXPECT_EQ(seen, 5);
    EXPECT_TRUE(watch.expired());
  });
}

TEST(TaskGroup, JoinCancelsEveryTaskAndSwallowsTheCancellation) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    int ended = 0;
    TaskGroup group(executor, unexpected);
    for (int i = 0; i < 3; ++i) {
      group.spawn("sleeper", [&]() -> Task<void> {
        try {
          co_await clock.sleep(1h);
        } catch (const boost::system::system_error&) {
          ++ended;
          throw;
        }
      });
    }
    co_await clock.sleep(1ms);

    co_await group.join();

    EXPECT_EQ(ended, 3);
    EXPECT_EQ(group.size(), 0U);
  });
}

TEST(TaskGroup, JoinTurnsToTerminalWhenPatienceIsOver) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    asio::cancellation_type heard = asio::cancellation_type::none;
    TaskGroup group(executor, unexpected);
    group.spawn("stubborn", [&]() -> Task<void> {
      // Asio's own default: hears of nothing but terminal.
      co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      try {
        co_await clock.sleep(1h);
      } catch (const boost::system::system_error&) {  // its kind is read below
      }
      const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
      heard = state.cancelled();
    });
    co_await clock.sleep(1ms);

    co_await group.join(5ms);

    EXPECT_EQ(heard, asio::cancellation_type::terminal);
  });
}

TEST(TaskGroup, JoinWaitsForWorkThatFinishesInItsOwnTime) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    bool finished = false;
    TaskGroup group(executor, unexpected);
    group.spawn("careful", [&]() -> Task<void> {
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      co_await clock.sleep(10ms);
      finished = true;
    });
    co_await clock.sleep(1ms);

    co_await group.join(1ms);

    EXPECT_TRUE(finished);
  });
}

TEST(TaskGroup, ATaskThatHadNotBegunNeverBegins) {
  test::run<void>([](Executor executor) -> Task<void> {
    bool ran = false;
    const auto body = [&]() -> Task<void> {
      ran = true;
      co_return;
    };
    TaskGroup group(executor, unexpected);
    group.spawn("before", body);

    co_await group.join();
    group.spawn("after", body);

    EXPECT_EQ(group.size(), 0U);
    EXPECT_FALSE(ran);
  });
}

TEST(TaskGroup, ACancelledJoinStillSeesTheEndAndFeelsTheCancellationAfterwards) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    bool inner_ended = false;
    bool joined = false;
    bool felt = false;
    TaskGroup outer(executor, unexpected);
    outer.spawn("joiner", [&]() -> Task<void> {
      TaskGroup inner(executor, unexpected);
      inner.spawn("careful", [&]() -> Task<void> {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await clock.sleep(10ms);
        inner_ended = true;
      });
      co_await clock.sleep(1ms);
      co_await inner.join(1ms);
      joined = inner_ended;
      try {
        co_await clock.sleep(1h);
      } catch (const boost::system::system_error&) {
        felt = true;
      }
    });
    co_await clock.sleep(3ms);

    co_await outer.join();

    EXPECT_TRUE(joined);
    EXPECT_TRUE(felt);
  });
}

TEST(TaskGroup, TasksMaySpawnTasks) {
  test::run<void>([](Executor executor) -> Task<void> {
    int count = 0;
    TaskGroup group(executor, unexpected);
    std::function<Task<void>()> body = [&]() -> Task<void> {
      if (++count < 100) group.spawn("next", body);
      co_return;
    };
    group.spawn("first", body);

    co_await group.drained();

    EXPECT_EQ(count, 100);
  });
}

TEST(TaskGroupDeath, DestroyedUnjoinedEndsTheProcessWithTheTasksName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        boost::asio::io_context context;
        SystemClock clock;
        TaskGroup group(context.get_executor(), unexpected);
        group.spawn("forgotten", [&]() -> Task<void> { co_await clock.sleep(1h); });
      },
      "1 tasks running, the first is \"forgotten\"");
}

}  // namespace
}  // namespace dualwrite
