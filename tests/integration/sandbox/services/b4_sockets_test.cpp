// Synchronous steps where the wire matters: the second attempt, the time limit, a restart in the middle.
#include <boost/asio/this_coro.hpp>

#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string root = "/api/data/v9.2/";

/// A webhook that keeps its callers waiting until it is opened.
class Gate {
 public:
  explicit Gate(Executor executor)
      : arrived_(executor),
        opened_(executor),
        server_(
            executor, {}, [this](http::Request request) { return take(std::move(request)); },
            [](const std::string&) {}) {
    server_.start();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/hook"; }
  Task<void> wait_for(std::size_t count) {
    while (arrivals < count) {
      co_await arrived_.wait(limit);
    }
  }
  Task<void> stop() {
    open_ = true;
    opened_.notify();
    co_await server_.stop();
  }
  std::size_t arrivals = 0;

 private:
  Task<http::Response> take(http::Request) {
    ++arrivals;
    arrived_.notify();
    while (!open_) {
      co_await opened_.wait();
    }
    co_return http::Response(200);
  }
  bool open_ = false;
  Signal arrived_;
  Signal opened_;
  http::Server server_;
};

/// Registers a synchronous step on updates of accounts and returns the path of an account.
Task<std::string> watched_account(Caller& caller, std::string url) {
  const auto account = co_await caller.dataverse("POST", root + "accounts", R"({"name":"old"})");
  co_await watch_accounts(caller, "Update", 0, std::move(url));
  co_return root + "accounts(" + id_of(account) + ")";
}

Task<std::string> name_at(Caller& caller, std::string path) {
  const auto row = co_await caller.dataverse("GET", path + "?$select=name", "");
  co_return json::parse(row.body)["name"].get<std::string>();
}

Task<void> second_attempts(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {503, 200, 502, 504, 500};
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string path = co_await watched_account(caller, receiver.url());

  const auto accepted = co_await caller.dataverse("PATCH", path, R"({"name":"one"})");
  EXPECT_EQ(accepted.status, 204);
  EXPECT_EQ(receiver.requests.size(), 2U);
  EXPECT_EQ(receiver.requests[0].body, receiver.requests[1].body);
  const auto refused = co_await caller.dataverse("PATCH", path, R"({"name":"two"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(receiver.requests.size(), 4U);
  const auto once = co_await caller.dataverse("PATCH", path, R"({"name":"three"})");
  EXPECT_EQ(once.status, 400);
  EXPECT_EQ(receiver.requests.size(), 5U);
  const std::string name = co_await name_at(caller, path);
  EXPECT_EQ(name, "one");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(B4Wire, ASynchronousCallIsTriedOnceMoreAfter502And503And504Only) {
  test::run<void>(second_attempts);
}

Task<void> time_limit(Executor executor) {
  SystemClock clock;
  Gate gate(executor);
  SandboxSettings settings = any_ports();
  settings.dataverse.webhook_limit = std::chrono::milliseconds(30);
  Sandbox sandbox(executor, clock, settings);
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string path = co_await watched_account(caller, gate.url());

  const auto late = co_await caller.dataverse("PATCH", path, R"({"name":"new"})");
  EXPECT_EQ(late.status, 400);
  EXPECT_EQ(json::parse(late.body)["error"]["code"], "0x80050202");
  const std::string name = co_await name_at(caller, path);
  EXPECT_EQ(name, "old");

  co_await gate.stop();
  co_await sandbox.stop();
}

TEST(B4Wire, AWebhookThatDoesNotAnswerInItsTimeRollsBack) {
  test::run<void>(time_limit);
}

Task<void> restart_in_the_middle(Executor executor) {
  SystemClock clock;
  Gate gate(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string path = co_await watched_account(caller, gate.url());
  bool is_cut = false;
  Signal ended(executor);
  TaskGroup tasks(executor, [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; });
  tasks.spawn("update", [&]() -> Task<void> {
    const auto answer = co_await caller.try_dataverse("PATCH", path, R"({"name":"new"})");
    is_cut = !answer;
    ended.notify();
  });
  co_await gate.wait_for(1);
  const std::string before = co_await name_at(caller, path);
  EXPECT_EQ(before, "old");

  const auto restart = co_await caller.control("restart", R"({"downMs":0})");
  EXPECT_EQ(restart.status, 202);
  co_await ended.wait(limit);
  EXPECT_TRUE(is_cut);
  Result<http::Response> read = fail(Errc::unavailable, "not asked yet");
  while (!read) {
    read = co_await caller.try_dataverse("GET", path, "");
  }
  EXPECT_EQ(json::parse(read->body)["name"], "old");

  co_await gate.stop();
  co_await tasks.join();
  co_await sandbox.stop();
}

TEST(B4Wire, ARestartRollsBackWhatIsOpen) {
  test::run<void>(restart_in_the_middle);
}

Task<void> slow_commit(Executor executor) {
  GateClock clock(executor);
  Receiver receiver(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string path = co_await watched_account(caller, receiver.url());
  co_await caller.inject(R"({"kind":"slow-commit","method":"PATCH","path":"accounts","delayMs":4321})");
  int status = 0;
  TaskGroup tasks(executor, [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; });
  tasks.spawn("update", [&]() -> Task<void> {
    const auto answer = co_await caller.dataverse("PATCH", path, R"({"name":"new"})");
    status = answer.status;
  });
  co_await clock.wait_for(1);
  EXPECT_EQ(clock.asked.front(), std::chrono::milliseconds(4321));
  EXPECT_EQ(receiver.requests.size(), 1U);
  const std::string before = co_await name_at(caller, path);
  EXPECT_EQ(before, "old");

  clock.open();
  co_await tasks.drained();
  EXPECT_EQ(status, 204);
  EXPECT_EQ(receiver.requests.size(), 1U);
  const std::string after = co_await name_at(caller, path);
  EXPECT_EQ(after, "new");
  co_await tasks.join();
  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(B4Wire, ACommitMayComeLongAfterTheStepsAccepted) {
  test::run<void>(slow_commit);
}

}  // namespace
}  // namespace dualwrite::sandbox
