// Who stands still, by the tasks' own beats, and a whole link whose endpoints never answer.
#include "sync/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/io_context.hpp>

#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/store/sqlite.hpp"
#include "dualwrite/sync/make.hpp"
#include "support/fixed_clock.hpp"
#include "support/golden.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::HasSubstr;

TEST(Watch, NamesTheTaskThatHasNotMovedWithinItsLimit) {
  test::FixedClock clock{Instant{}};
  Watch watch;
  Beat& quick = watch.add("work/customers", clock, minutes(10), {});
  watch.add("scan/customers", clock, minutes(30), {});

  clock.advance(minutes(10));
  EXPECT_EQ(watch.why_stuck(), "") << "the limit itself is legal";
  clock.advance(milliseconds(1));
  EXPECT_EQ(watch.why_stuck(), "the task work/customers has not moved for 600 s, and may take 600 s");
  quick.moved();
  EXPECT_EQ(watch.why_stuck(), "");
  clock.advance(minutes(21));
  quick.moved();
  EXPECT_THAT(watch.why_stuck(), HasSubstr("scan/customers"));
}

TEST(Watch, AStepThatGoesThroughPagesMovesWithEachPage) {
  test::FixedClock clock{Instant{}};
  Watch watch;
  Beat pages(clock);
  watch.add("scan/customers", clock, minutes(30), {&pages});

  clock.advance(minutes(29));
  pages.moved();
  clock.advance(minutes(29));
  EXPECT_EQ(watch.why_stuck(), "");
  clock.advance(minutes(2));
  EXPECT_THAT(watch.why_stuck(), HasSubstr("has not moved for 1860 s"));
}

class SilentTransport final : public http::Transport {
 public:
  SilentTransport(Executor executor, int& asked) : silence_(std::move(executor)), asked_(asked) {}
  Task<Result<http::Response>> send(http::Request, milliseconds) override {
    ++asked_;
    co_await silence_.wait();
    co_return fail(Errc::unavailable, "nobody answered");
  }

 private:
  Signal silence_;
  int& asked_;
};

class AnyToken final : public http::TokenSource {
 public:
  Task<Result<std::string>> token() override { co_return std::string("token"); }
  void refused(const std::string&) override {}
};

maps::TableMap customers() {
  const std::string file = std::string(DUALWRITE_SOURCE_DIR) + "/config/maps/customers.json";
  auto map = maps::read_map(file, test::read_text(file));
  if (!map) throw std::runtime_error(maps::to_string(map.error().front()));
  return std::move(*map);
}

struct SilentLink {
  SilentLink() {
    store::SqliteSettings sqlite;
    sqlite.file = directory.file();
    store = store::open_sqlite(context.get_executor(), std::move(sqlite)).value();
    const Executor executor = context.get_executor();
    endpoint::ServiceSettings service;
    service.url = "http://127.0.0.1:1";
    const auto transport = [&] { return std::make_unique<SilentTransport>(executor, asked); };
    LinkOptions options;
    options.name = "silent";
    options.step_limit = minutes(30);
    auto log = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    engine = make_engine(executor, clock, *store,
                         endpoint::make_finops(executor, clock, service, transport(), std::make_unique<AnyToken>()),
                         endpoint::make_dataverse(executor, clock, service, transport(), std::make_unique<AnyToken>()),
                         metrics, std::move(options), std::move(log));
  }

  Task<void> begin() {
    store::Transaction as_it_was;
    as_it_was.setting("state/customers", "running");
    auto committed = co_await store->commit(std::move(as_it_was));
    if (!committed) throw std::runtime_error(committed.error().text());
    std::vector<maps::TableMap> maps;
    maps.push_back(customers());
    auto opened = co_await engine->open(std::move(maps));
    if (!opened) throw std::runtime_error(opened.error().text());
    engine->run();
  }

  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      if (context.run_one_for(minutes(1)) == 0) throw std::runtime_error("it never came");
    }
  }

  store::test::TempDir directory;
  boost::asio::io_context context{1};
  test::FixedClock clock{Instant(std::chrono::hours(500000))};
  Metrics metrics;
  int asked = 0;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Engine> engine;
  TaskGroup tasks{context.get_executor(), [](const std::string&, const std::string& what) { ADD_FAILURE() << what; }};
};

TEST(Watch, ALinkWhoseRequestsNeverEndIsStuckAfterTheLongestLegalStep) {
  SilentLink link;
  link.tasks.spawn("begin", [&link] { return link.begin(); });
  link.run_until([&link] { return link.asked >= 2; });

  link.clock.advance(minutes(30));
  EXPECT_EQ(link.engine->why_stuck(), "");
  link.clock.advance(milliseconds(1));
  EXPECT_EQ(link.engine->why_stuck(), "the task work/customers has not moved for 1800 s, and may take 1800 s");

  link.tasks.spawn("stop", [&link] { return link.engine->stop(); });
  link.run_until([&link] { return link.tasks.size() == 0; });
}

}  // namespace
}  // namespace dualwrite::sync
