#include "dualwrite/async/simulated_time.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"

namespace dualwrite {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

struct Stage {
  SimulatedTime time;
  boost::asio::io_context context{1};
  SystemClock clock;
  std::string log;

  void run(milliseconds limit) {
    do {
      context.restart();
      while (context.poll() > 0) context.restart();
    } while (time.advance(limit));
  }
  void note(const std::string& what) { log += what + "@" + std::to_string(time.elapsed().count() / 1000) + " "; }
};

Task<void> sleeper(Stage& stage, std::string name, milliseconds duration) {
  co_await stage.clock.sleep(duration);
  stage.note(name);
}

Task<void> waiter(Stage& stage, Signal& signal, milliseconds limit) {
  co_await signal.wait(limit);
  stage.note("woken");
}

Task<void> ringer(Stage& stage, Signal& signal, milliseconds after) {
  co_await stage.clock.sleep(after);
  signal.notify();
}

void fail_test(const std::string& name, const std::string& what) {
  ADD_FAILURE() << name << ": " << what;
}

TEST(SimulatedTime, TimersEndInTheirOrderWithoutWaiting) {
  Stage stage;
  TaskGroup tasks(stage.context.get_executor(), fail_test);
  tasks.spawn("late", [&] { return sleeper(stage, "late", hours(2)); });
  tasks.spawn("early", [&] { return sleeper(stage, "early", minutes(1)); });
  tasks.spawn("middle", [&] { return sleeper(stage, "middle", hours(1)); });
  stage.run(hours(3));
  EXPECT_EQ(stage.log, "early@60 middle@3600 late@7200 ");
  EXPECT_EQ(stage.time.elapsed(), hours(3));
}

TEST(SimulatedTime, StopsAtItsLimit) {
  Stage stage;
  TaskGroup tasks(stage.context.get_executor(), fail_test);
  tasks.spawn("sleeper", [&] { return sleeper(stage, "slept", hours(2)); });
  stage.run(hours(1));
  EXPECT_EQ(stage.log, "");
  EXPECT_EQ(stage.time.elapsed(), hours(1));
  stage.run(hours(2) + minutes(1));
  EXPECT_EQ(stage.log, "slept@7200 ");
}

TEST(SimulatedTime, SignalsAreHeardBeforeTheirLimit) {
  Stage stage;
  Signal signal(stage.context.get_executor());
  TaskGroup tasks(stage.context.get_executor(), fail_test);
  tasks.spawn("waiter", [&] { return waiter(stage, signal, hours(5)); });
  tasks.spawn("ringer", [&] { return ringer(stage, signal, minutes(2)); });
  stage.run(hours(6));
  EXPECT_EQ(stage.log, "woken@120 ");
}

TEST(SimulatedTime, TheMachinesClockIsBackAfterwards) {
  const SystemClock clock;
  const milliseconds before = clock.elapsed();
  {
    Stage stage;
    EXPECT_LT(stage.clock.elapsed(), hours(2));
  }
  EXPECT_GE(clock.elapsed(), before);
}

}  // namespace
}  // namespace dualwrite
