#include "app/lifeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/io_context.hpp>
#include <future>

#include "dualwrite/async/signal.hpp"
#include "store/sqlite/threaded_store.hpp"
#include "support/fake_control.hpp"
#include "support/notify_socket.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::app {
namespace {

using store::sqlite::ThreadedStore;
using store::test::TempDir;
using test::NotifySocket;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Whoever sleeps sleeps until the test says so.
class TurnClock final : public Clock {
 public:
  explicit TurnClock(Executor executor) : signal_(std::move(executor)) {}
  [[nodiscard]] Instant now() const override { return {}; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return {}; }
  Task<void> sleep(std::chrono::milliseconds duration) override {
    slept_for = duration;
    co_await signal_.wait();
  }
  void turn() { signal_.notify(); }
  std::chrono::milliseconds slept_for{};

 private:
  Signal signal_;
};

class FakeEngine final : public sync::Engine {
 public:
  FakeEngine() { fill(fake); }
  Task<Result<void>> open(std::vector<maps::TableMap>) override { co_return Result<void>(); }
  void run() override {}
  Task<void> stop() override { co_return; }
  [[nodiscard]] std::string why_stuck() const override { return stuck; }
  sync::Control& control() override { return fake; }
  capture::ChangeSink& sink() override { throw std::logic_error("nothing is captured here"); }

  test::FakeControl fake;
  std::string stuck;
};

/// Holds a thread of the store until it is pulled out, or destroyed.
class Plug {
 public:
  explicit Plug(BlockingThread& thread) {
    auto gate = std::make_shared<std::shared_future<void>>(open_.get_future().share());
    auto held = std::make_shared<std::promise<void>>();
    auto is_held = held->get_future();
    thread.post([gate, held] {
      held->set_value();
      gate->wait();
    });
    is_held.wait();
  }
  ~Plug() { pull(); }
  void pull() {
    if (!pulled_) open_.set_value();
    pulled_ = true;
  }

 private:
  std::promise<void> open_;
  bool pulled_ = false;
};

class LifelineTest : public testing::Test {
 protected:
  LifelineTest() : store_(open()) { lifeline_.start(); }
  ~LifelineTest() override {
    bool stopped = false;
    tasks_.spawn("stop", [this, &stopped] { return stop(stopped); });
    run_until([&stopped] { return stopped; });
    while (tasks_.size() > 0) context_.run_one();
  }

  std::unique_ptr<ThreadedStore> open() {
    auto opened = ThreadedStore::open(store::test::settings_for(directory_.file()));
    if (!opened) throw std::runtime_error(opened.error().text());
    return std::move(*opened);
  }
  Task<void> stop(bool& stopped) {
    co_await lifeline_.stop();
    stopped = true;
  }

  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      if (context_.run_one_for(std::chrono::minutes(1)) == 0) throw std::runtime_error("it never came");
    }
  }
  /// Everything that was said up to a message that begins like this.
  std::vector<std::string> said_until(const std::string& beginning) {
    std::vector<std::string> all;
    run_until([&] {
      while (auto message = manager_.poll()) all.push_back(*std::move(message));
      return !all.empty() && all.back().starts_with(beginning);
    });
    return all;
  }
  /// Runs all that can run while nobody else has anything to do.
  void settle() {
    while (context_.poll() > 0) {
    }
  }
  /// Returns when the reading thread has answered everybody who asked before.
  void pass_the_reader() {
    bool passed = false;
    tasks_.spawn("barrier", [this, &passed] { return barrier(passed); });
    run_until([&passed] { return passed; });
  }
  Task<void> barrier(bool& passed) {
    std::function<void()> nothing = [] {};
    co_await store_->reader().run(std::move(nothing));
    passed = true;
  }

  TempDir directory_;
  boost::asio::io_context context_{1};
  NotifySocket manager_{directory_.file("notify")};
  TurnClock clock_{context_.get_executor()};
  std::unique_ptr<ThreadedStore> store_;
  FakeEngine engine_;
  Notifier notifier_{NotifyEnvironment{manager_.name(), "6000000", ""}, 1};
  Lifeline lifeline_{context_.get_executor(),
                     clock_,
                     *store_,
                     engine_,
                     notifier_,
                     std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>())};
  TaskGroup tasks_{context_.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
};

TEST_F(LifelineTest, SaysReadyOnceAndFeedsAtHalfOfTheTime) {
  const auto first = said_until("WATCHDOG=1");
  ASSERT_EQ(first.size(), 3U);
  EXPECT_THAT(first[0], HasSubstr("READY=1\nSTATUS=running: customers; paused: vendors; 1 open dead letter; "));
  settle();
  EXPECT_EQ(clock_.slept_for, std::chrono::seconds(3));

  clock_.turn();
  const auto second = said_until("WATCHDOG=1");
  EXPECT_EQ(second.size(), 2U);
  EXPECT_THAT(second, Not(Contains(HasSubstr("READY=1"))));
}

TEST_F(LifelineTest, FeedsNoMoreWhileTheReadingThreadIsStuck) {
  said_until("WATCHDOG=1");
  settle();
  Plug plug(store_->reader());

  clock_.turn();
  settle();
  EXPECT_THAT(manager_.drain(), IsEmpty());

  plug.pull();
  EXPECT_THAT(said_until("WATCHDOG=1"), Contains("WATCHDOG=1"));
}

TEST_F(LifelineTest, FeedsNoMoreWhileTheWritingThreadIsStuck) {
  said_until("WATCHDOG=1");
  settle();
  Plug plug(store_->writer());

  clock_.turn();
  settle();
  pass_the_reader();
  settle();
  EXPECT_THAT(manager_.drain(), IsEmpty());

  plug.pull();
  EXPECT_THAT(said_until("WATCHDOG=1"), Contains("WATCHDOG=1"));
}

TEST_F(LifelineTest, FeedsNoMoreWhileATaskStandsStillAndSaysWhich) {
  said_until("WATCHDOG=1");
  engine_.stuck = "the task work/customers has not moved for 3000 s";

  clock_.turn();
  const auto said = said_until("STATUS=stuck");
  settle();

  EXPECT_THAT(said, ElementsAre("STATUS=stuck: the task work/customers has not moved for 3000 s"));
  EXPECT_THAT(manager_.drain(), IsEmpty());

  engine_.stuck.clear();
  clock_.turn();
  EXPECT_THAT(said_until("WATCHDOG=1"), Contains("WATCHDOG=1"));
}

TEST(StatusLine, NamesMapsByStateAndWhatIsWrong) {
  test::FakeControl control;
  fill(control);
  control.link.maps[1].state = store::MapState::held;
  control.link.maps[1].reason = "500 rows are missing";

  EXPECT_EQ(status_line(control.link),
            "running: customers; held: vendors; 1 open dead letter; dataverse: GET accounts: status 429; "
            "vendors: 500 rows are missing");
}

}  // namespace
}  // namespace dualwrite::app
