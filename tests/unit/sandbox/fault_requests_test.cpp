// Each kind of fault as the client of a service meets it.
#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>

#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

using testing::HasSubstr;
const std::string root = "/api/data/v9.2/";

/// Runs `body` with a sandbox, a caller and the clock on which delays wait.
using Scene = std::function<Task<void>(Caller&, GateClock&)>;

Task<void> play(Executor executor, SandboxSettings settings, Scene scene) {
  GateClock clock(executor);
  Sandbox sandbox(executor, clock, std::move(settings));
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  co_await scene(caller, clock);
  co_await sandbox.stop();
}

void on_stage(Scene scene, SandboxSettings settings = any_ports()) {
  test::run<void>([&](Executor executor) { return play(executor, settings, scene); });
}

Task<std::size_t> rows(Caller& caller, std::string set) {
  const auto all = co_await caller.dataverse("GET", root + set, "");
  co_return json::parse(all.body)["value"].size();
}

Task<void> accounts(Caller& caller, int count) {
  for (int i = 0; i < count; ++i) {
    const auto created = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_EQ(created.status, 204) << created.body;
  }
}

TEST(SandboxFaultRequests, ALostReplyWasCarriedOut) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"lost-reply","method":"POST","path":"accounts"})");
    const auto lost = co_await caller.try_dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_FALSE(lost);
    EXPECT_EQ(lost.error().code(), Errc::in_doubt);
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 1U);
  });
}

TEST(SandboxFaultRequests, AResetWasNotCarriedOut) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"reset","side":"dataverse","writesOnly":true})");
    const auto lost = co_await caller.try_dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_FALSE(lost);
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 0U);
  });
}

TEST(SandboxFaultRequests, ARefusalHasTheBodyOfItsService) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"refuse","status":429,"retryAfter":7,"count":2})");
    const auto dataverse = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_EQ(dataverse.status, 429);
    EXPECT_EQ(dataverse.headers.get("Retry-After"), "7");
    EXPECT_EQ(json::parse(dataverse.body)["error"]["code"], "0x80072322");
    const auto finops = co_await caller.finops("GET", "/data/Currencies", "");
    EXPECT_EQ(finops.status, 429);
    const json inner = json::parse(finops.body)["error"]["innererror"];
    EXPECT_THAT(inner["message"].get<std::string>(), HasSubstr("high resource utilization"));
    co_await caller.inject(R"({"kind":"refuse","side":"dataverse"})");
    const auto busy = co_await caller.dataverse("GET", root + "WhoAmI", "");
    EXPECT_EQ(busy.status, 503);
    EXPECT_FALSE(busy.headers.has("Retry-After"));
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 0U);
  });
}

TEST(SandboxFaultRequests, ADelayedAnswerWasCarriedOutFirst) {
  on_stage([](Caller& caller, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"delay","method":"POST","path":"accounts","delayMs":1234})");
    const Executor executor = co_await boost::asio::this_coro::executor;
    TaskGroup tasks(executor, [](const std::string& name, const std::string& what) { ADD_FAILURE() << name << what; });
    int status = 0;
    tasks.spawn("slow", [&caller, &status]() -> Task<void> {
      const auto slow = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
      status = slow.status;
    });
    co_await clock.wait_for(1);
    EXPECT_EQ(clock.asked.front(), std::chrono::milliseconds(1234));
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 1U);
    EXPECT_EQ(status, 0);
    clock.open();
    co_await tasks.drained();
    EXPECT_EQ(status, 204);
    co_await tasks.join();
  });
}

TEST(SandboxFaultRequests, ALateRequestLandsAfterItsConnectionIsClosed) {
  on_stage([](Caller& caller, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"late","method":"POST","path":"accounts","delayMs":50})");
    const auto lost = co_await caller.try_dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_FALSE(lost);
    std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 0U);
    clock.open();
    // The write waits in the same loop, so it lands while these are answered.
    for (int i = 0; i < 1000 && found == 0; ++i) {
      found = co_await rows(caller, "accounts");
    }
    EXPECT_EQ(found, 1U);
  });
}

TEST(SandboxFaultRequests, ATruncatedAnswerEndsBeforeItsLength) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"truncate","method":"GET","count":1})");
    const auto cut = co_await caller.try_dataverse("GET", root + "WhoAmI", "");
    EXPECT_FALSE(cut);
    co_await caller.inject(R"({"kind":"truncate","method":"POST","path":"accounts"})");
    const auto lost = co_await caller.try_dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_FALSE(lost) << "204 has no body that could be cut, so all of it is lost";
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 1U);
  });
}

TEST(SandboxFaultRequests, AProxyAnswersWithALoginPage) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"html","path":"accounts","writesOnly":true})");
    const auto page = co_await caller.dataverse("POST", root + "accounts", R"({"name":"A"})");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.headers.get("Content-Type"), "text/html; charset=utf-8");
    EXPECT_TRUE(page.body.starts_with("<!DOCTYPE html>"));
    const std::size_t found = co_await rows(caller, "accounts");
    EXPECT_EQ(found, 0U);
  });
}

SandboxSettings small_pages() {
  SandboxSettings settings = any_ports();
  settings.dataverse_page_size = 4;
  return settings;
}

TEST(SandboxFaultRequests, AShortPageHidesTheRestOfTheScan) {
  on_stage(
      [](Caller& caller, GateClock&) -> Task<void> {
        co_await accounts(caller, 6);
        co_await caller.inject(R"({"kind":"short-page","path":"accounts"})");
        const auto single = co_await caller.dataverse("GET", root + "accounts/$count", "");
        EXPECT_EQ(single.body, "6") << "no page, so nothing to shorten";
        const auto page = co_await caller.dataverse("GET", root + "accounts", "");
        EXPECT_EQ(json::parse(page.body)["value"].size(), 2U);
        EXPECT_FALSE(json::parse(page.body).contains("@odata.nextLink"));
        const auto whole = co_await caller.dataverse("GET", root + "accounts", "");
        EXPECT_TRUE(json::parse(whole.body).contains("@odata.nextLink"));
      },
      small_pages());
}

TEST(SandboxFaultRequests, APageAfterTheFirstFails) {
  on_stage(
      [](Caller& caller, GateClock&) -> Task<void> {
        co_await accounts(caller, 6);
        co_await caller.inject(R"({"kind":"page-fails","path":"accounts"})");
        const auto first = co_await caller.dataverse("GET", root + "accounts", "");
        const std::string next = json::parse(first.body)["@odata.nextLink"].get<std::string>();
        const std::string target = next.substr(next.find("/api/"));
        const auto failed = co_await caller.dataverse("GET", target, "");
        EXPECT_EQ(failed.status, 500);
        const auto again = co_await caller.dataverse("GET", target, "");
        EXPECT_EQ(json::parse(again.body)["value"].size(), 2U);
      },
      small_pages());
}

TEST(SandboxFaultRequests, ControlMeetsNoFault) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"reset","count":1000})");
    const auto list = co_await caller.dataverse("GET", "/_sandbox/inject", "");
    EXPECT_EQ(json::parse(list.body)["rules"][0]["hits"], 0);
    const auto unknown = co_await caller.dataverse("DELETE", "/_sandbox/inject/77", "");
    EXPECT_EQ(unknown.status, 404);
    const auto one = co_await caller.dataverse("DELETE", "/_sandbox/inject/1", "");
    EXPECT_EQ(one.status, 204);
    const auto wrong = co_await caller.control("inject", R"({"kind":"rest"})");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_THAT(wrong.body, HasSubstr("Did you mean"));
    const auto all = co_await caller.dataverse("DELETE", "/_sandbox/inject", "");
    EXPECT_EQ(all.status, 204);
    const auto answer = co_await caller.dataverse("GET", root + "WhoAmI", "");
    EXPECT_EQ(answer.status, 200);
  });
}

}  // namespace
}  // namespace dualwrite::sandbox
