// What befalls events: change notices, as the simpler of the two; webhooks go the same way.
#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

/// Runs `body` with a sandbox whose change notices arrive at `receiver`.
using Scene = std::function<Task<void>(Caller&, Receiver&, GateClock&)>;

Task<void> play(Executor executor, Scene scene) {
  GateClock clock(executor);
  Receiver receiver(executor);
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  std::string url = receiver.url();
  co_await subscribe(caller, std::move(url));
  co_await scene(caller, receiver, clock);
  co_await sandbox.stop();
  co_await receiver.stop();
}

void on_stage(Scene scene) {
  test::run<void>([&](Executor executor) { return play(executor, scene); });
}

std::vector<std::string> heard(const Receiver& receiver) {
  std::vector<std::string> codes;
  for (const http::Request& notice : receiver.requests) codes.push_back(currency_of(notice));
  return codes;
}

using Codes = std::vector<std::string>;

TEST(SandboxFaultEvents, ADroppedEventIsNeverSent) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"drop-event","side":"finops","path":"Currencies/Created"})");
    co_await currency(caller, "EUR");
    co_await currency(caller, "USD");
    co_await receiver.wait_for(1);
    EXPECT_EQ(heard(receiver), Codes{"USD"});
    const auto stats = co_await caller.dataverse("GET", "/_sandbox/stats", "");
    EXPECT_EQ(json::parse(stats.body)["notices"]["queued"], 1);
  });
}

TEST(SandboxFaultEvents, ARuleForTheOtherSideDoesNothing) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"drop-event","side":"dataverse"})");
    co_await currency(caller, "EUR");
    co_await receiver.wait_for(1);
    EXPECT_EQ(heard(receiver), Codes{"EUR"});
  });
}

TEST(SandboxFaultEvents, ADuplicateComesAgainLater) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"duplicate-event","delayMs":300})");
    co_await currency(caller, "EUR");
    co_await receiver.wait_for(1);
    co_await clock.wait_for(1);
    EXPECT_EQ(clock.asked.front(), std::chrono::milliseconds(300));
    clock.open();
    co_await receiver.wait_for(2);
    EXPECT_EQ(receiver.requests[0].body, receiver.requests[1].body);
  });
}

TEST(SandboxFaultEvents, ADelayedEventIsOvertaken) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"delay-event","delayMs":300})");
    co_await currency(caller, "EUR");
    co_await currency(caller, "USD");
    co_await receiver.wait_for(1);
    const auto stats = co_await caller.dataverse("GET", "/_sandbox/stats", "");
    EXPECT_EQ(json::parse(stats.body)["notices"]["held"], 1);
    clock.open();
    co_await receiver.wait_for(2);
    EXPECT_EQ(heard(receiver), (Codes{"USD", "EUR"}));
  });
}

TEST(SandboxFaultEvents, AReorderedEventFollowsTheNext) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"reorder-event"})");
    co_await currency(caller, "EUR");
    co_await currency(caller, "USD");
    co_await receiver.wait_for(2);
    EXPECT_EQ(heard(receiver), (Codes{"USD", "EUR"}));
    EXPECT_EQ(clock.asked, std::vector{std::chrono::milliseconds(1000)}) << "and the time was not up";
  });
}

TEST(SandboxFaultEvents, AReorderedEventGoesAloneWhenNoneFollows) {
  on_stage([](Caller& caller, Receiver& receiver, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"reorder-event","delayMs":20})");
    co_await currency(caller, "EUR");
    clock.open();
    co_await receiver.wait_for(1);
    EXPECT_EQ(heard(receiver), Codes{"EUR"});
  });
}

}  // namespace
}  // namespace dualwrite::sandbox
