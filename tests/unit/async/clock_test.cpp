#include "dualwrite/async/clock.hpp"

#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "support/run.hpp"

namespace dualwrite {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, SleepsAtLeastTheDuration) {
  const auto slept = test::run<std::chrono::milliseconds>([](Executor) -> Task<std::chrono::milliseconds> {
    SystemClock clock;
    const auto before = std::chrono::steady_clock::now();
    co_await clock.sleep(5ms);
    co_return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
  });

  EXPECT_GE(slept, 5ms);
}

TEST(SystemClock, CancellationEndsASleepAtOnce) {
  test::run<void>([](Executor executor) -> Task<void> {
    SystemClock clock;
    bool aborted = false;
    TaskGroup group(executor, [](const std::string&, const std::string& what) { ADD_FAILURE() << what; });
    group.spawn("sleeper", [&]() -> Task<void> {
      try {
        co_await clock.sleep(1h);
      } catch (const boost::system::system_error& error) {
        aborted = error.code() == boost::asio::error::operation_aborted;
      }
    });

    co_await clock.sleep(1ms);
    co_await group.join();

    EXPECT_TRUE(aborted);
  });
}

TEST(SystemClock, KnowsTheDateAndNeverGoesBack) {
  const SystemClock clock;

  const auto first = clock.elapsed();
  const auto second = clock.elapsed();

  EXPECT_GE(second, first);
  EXPECT_GT(clock.now(), Instant{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}});
}

}  // namespace
}  // namespace dualwrite
