// The queue of events: its bound, and what is left of it when the process ends.
#include "sandbox/dispatcher.hpp"

#include "sandbox/clocks.hpp"
#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

DispatcherSettings small() {
  DispatcherSettings settings;
  settings.name = "test";
  settings.queue_max = 3;
  settings.concurrency = 1;
  return settings;
}

Task<void> bounded(Executor executor) {
  GateClock clock(executor);
  Dispatcher dispatcher(executor, clock, small());
  const std::optional<Fault> delayed = Fault{FaultKind::delay_event, std::chrono::milliseconds(5), 0, {}};
  const std::optional<Fault> twice = Fault{FaultKind::duplicate_event, std::chrono::milliseconds(5), 0, {}};
  const Post post{"http://127.0.0.1:9/x", {}, "", ""};
  for (int i = 0; i < 2; ++i) dispatcher.post(post, delayed);
  dispatcher.post(post, twice);
  EXPECT_EQ(dispatcher.held(), 2U);
  EXPECT_EQ(dispatcher.waiting(), 1U);
  EXPECT_EQ(dispatcher.counts().dropped, 1);
  co_await dispatcher.stop();
}

TEST(SandboxDispatcher, HeldEventsCountForTheBound) {
  test::run<void>(bounded);
}

Task<void> undelivered(Executor executor) {
  GateClock clock(executor);
  Signal arrived(executor);
  Signal never(executor);
  http::Server silent(
      executor, {},
      [&arrived, &never](http::Request) -> Task<http::Response> {
        arrived.notify();
        co_await never.wait();
        co_return http::Response(200);
      },
      [](const std::string&) {});
  silent.start();
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/x";
  Dispatcher first(executor, clock, small());
  first.start();
  first.post({url, {{"k", "v"}}, "in delivery", "s", "the job's bytes"});
  co_await arrived.wait(limit);
  first.post({url, {}, "waiting", ""});
  const Fault delayed{FaultKind::delay_event, std::chrono::milliseconds(5), 0, {}};
  first.post({url, {}, "held", ""}, delayed);
  EXPECT_EQ(first.sending(), 1U);
  co_await first.stop();
  const std::chrono::milliseconds no_patience{0};
  co_await silent.stop(no_patience);
  Writer saved;
  first.save(saved);

  Dispatcher second(executor, clock, small());
  Reader from(saved.bytes());
  second.load(from);
  EXPECT_TRUE(from.at_end());
  EXPECT_EQ(second.waiting(), 3U);
  Writer again;
  second.save(again);
  EXPECT_EQ(again.bytes(), saved.bytes()) << "in the same order, nothing lost";
  co_await second.stop();
}

TEST(SandboxDispatcher, SavesWhatIsInDeliveryWaitingAndHeld) {
  test::run<void>(undelivered);
}

Task<void> paused(Executor executor) {
  GateClock clock(executor);
  Receiver receiver(executor);
  Dispatcher dispatcher(executor, clock, small());
  dispatcher.start();
  dispatcher.pause();
  dispatcher.post({receiver.url(), {}, "1", ""});
  dispatcher.post({receiver.url(), {}, "2", ""});
  EXPECT_EQ(dispatcher.waiting(), 2U);
  dispatcher.resume();
  co_await receiver.wait_for(2);
  EXPECT_EQ(receiver.requests[1].body, "2");
  co_await dispatcher.stop();
  co_await receiver.stop();
}

TEST(SandboxDispatcher, APauseKeepsWhatIsPosted) {
  test::run<void>(paused);
}

/// A call to a port where nobody listens, by a clock of which the limit is over at once.
Task<void> refused_fast(Executor executor) {
  SystemClock system;
  ScaledClock clock(system, 10'000'000);
  Dispatcher dispatcher(executor, clock, small());
  http::Server closed(
      executor, {}, [](http::Request) -> Task<http::Response> { co_return http::Response(200); },
      [](const std::string&) {});
  Post post{"http://127.0.0.1:" + std::to_string(closed.port()) + "/x", {}, "", ""};
  closed.start();
  co_await closed.stop();
  const CallAnswer answer = co_await dispatcher.call(std::move(post));
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.timed_out);
  co_await dispatcher.stop();
}

TEST(SandboxDispatcher, ACallThatIsRefusedIsNotOneThatTookTooLongHoweverFastTheClockRuns) {
  test::run<void>(refused_fast);
}

}  // namespace
}  // namespace dualwrite::sandbox
