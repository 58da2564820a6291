// The sandbox as its users meet it: through sockets.
#include "unit/sandbox/sockets.hpp"

#include "support/run.hpp"

namespace dualwrite::sandbox {
namespace {

Task<void> read_and_write(Executor executor) {
  SystemClock clock;
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto who = co_await caller.dataverse("GET", "/api/data/v9.2/WhoAmI", "");
  EXPECT_EQ(who.status, 200);
  const auto created = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(created.status, 201);
  const std::string location(created.headers.get("Location"));
  EXPECT_TRUE(location.starts_with(sandbox.urls().finops)) << location;
  const std::string path = location.substr(location.find("/data/"));
  const auto read = co_await caller.finops("GET", path, "");
  EXPECT_EQ(read.status, 200);

  co_await sandbox.stop();
}

TEST(SandboxSockets, BothServicesAnswerWithTokensOfTheTokenService) {
  test::run<void>(read_and_write);
}

Task<void> webhooks(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {503};
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const std::string root = "/api/data/v9.2/";

  co_await watch_accounts(caller, "Create", 1, receiver.url());
  const auto account = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
  EXPECT_EQ(account.status, 204);
  co_await receiver.wait_for(2);

  EXPECT_EQ(receiver.requests[0].target, "/hook?code=k");
  EXPECT_EQ(receiver.requests[0].body, receiver.requests[1].body);
  EXPECT_EQ(json::parse(receiver.requests[1].body)["PrimaryEntityId"], id_of(account));

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(SandboxSockets, WebhookIsTriedOnceMoreAfter503) {
  test::run<void>(webhooks);
}

Task<void> change_notices(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {500, 400, 503};
  SandboxSettings settings = any_ports();
  settings.finops.notify_pause = std::chrono::milliseconds(1);
  Sandbox sandbox(executor, clock, settings);
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const std::string subscription = R"({"url":")" + receiver.url() + R"(","headers":{"x-dualwrite-key":"k"}})";
  const auto subscribed = co_await caller.finops("POST", "/_sandbox/finops/notify", subscription);
  EXPECT_EQ(subscribed.status, 204);
  const auto created = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(created.status, 201);
  co_await receiver.wait_for(4);

  EXPECT_EQ(receiver.requests[3].headers.get("x-dualwrite-key"), "k");
  EXPECT_EQ(json::parse(receiver.requests[3].body)["Key"]["CurrencyCode"], "EUR");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(SandboxSockets, ChangeNoticeIsRepeatedThreeTimes) {
  test::run<void>(change_notices);
}

Task<void> no_control(Executor executor) {
  SystemClock clock;
  SandboxSettings settings = any_ports();
  settings.control = false;
  Sandbox sandbox(executor, clock, settings);
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto stats = co_await caller.finops("GET", "/_sandbox/stats", "");
  EXPECT_EQ(stats.status, 404);

  co_await sandbox.stop();
}

TEST(SandboxSockets, ControlIsServedOnlyWhenItIsAllowed) {
  test::run<void>(no_control);
}

}  // namespace
}  // namespace dualwrite::sandbox
