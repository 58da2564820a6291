// Endpoints of business events over the wire: the test event, the retries, the error log (D1).
#include "support/run.hpp"
#include "unit/sandbox/sockets.hpp"

namespace dualwrite::sandbox {
namespace {

SandboxSettings quick() {
  SandboxSettings settings = any_ports();
  settings.finops.notify_pause = std::chrono::milliseconds(1);
  return settings;
}

std::string endpoint_body(const Receiver& receiver) {
  return R"({"name":"hook","url":")" + receiver.url() + R"(","headers":{"x-key":"secret"}})";
}

Task<http::Response> activate(Caller& caller) {
  co_return co_await caller.control("finops/activations", R"({"event":"DualwriteRecordChanged","endpoint":"hook"})");
}

/// The error log's bodies; the log is filled after the receiver has been answered.
Task<json> logged(Caller& caller, std::size_t count) {
  json errors = json::array();
  for (int asked = 0; errors.size() < count && asked < 10000; ++asked) {
    const auto answer = co_await caller.finops("GET", "/_sandbox/finops/event-errors", "");
    errors = json::parse(answer.body)["errors"];
  }
  EXPECT_EQ(errors.size(), count);
  co_return errors;
}

Task<void> saves_after_a_test_event(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  Sandbox sandbox(executor, clock, quick());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto saved = co_await caller.control("finops/endpoints", endpoint_body(receiver));
  EXPECT_EQ(saved.status, 201) << saved.body;
  EXPECT_EQ(receiver.requests.size(), 1U);
  const json event = json::parse(receiver.requests.at(0).body);
  EXPECT_EQ(event["BusinessEventId"], "BusinessEventsTestEndpointContract");
  EXPECT_EQ(receiver.requests[0].headers.get("x-key"), "secret");
  const auto activated = co_await activate(caller);
  EXPECT_EQ(activated.status, 204) << activated.body;
  co_await currency(caller, "EUR");
  co_await receiver.wait_for(2);
  EXPECT_EQ(json::parse(receiver.requests.at(1).body)["BusinessEventId"], "DualwriteRecordChanged");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(D1Wire, AnEndpointIsSentATestEventWhenItIsSaved) {
  test::run<void>(saves_after_a_test_event);
}

Task<void> refuses_to_save(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {401};
  Sandbox sandbox(executor, clock, quick());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());

  const auto refused = co_await caller.control("finops/endpoints", endpoint_body(receiver));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.body.find("401"), std::string::npos) << refused.body;
  const auto activated = co_await activate(caller);
  EXPECT_EQ(activated.status, 400);
  const auto unreachable = co_await caller.control("finops/endpoints", R"({"name":"x","url":"http://127.0.0.1:1/"})");
  EXPECT_EQ(unreachable.status, 400);
  const auto endpoints = co_await caller.finops("GET", "/_sandbox/finops/endpoints", "");
  EXPECT_EQ(endpoints.body, R"({"endpoints":[]})");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(D1Wire, AnEndpointThatDoesNotAnswer2xxCannotBeSaved) {
  test::run<void>(refuses_to_save);
}

Task<void> gives_up_and_resends(Executor executor) {
  SystemClock clock;
  Receiver receiver(executor);
  receiver.script = {200, 500, 400, 503, 404};
  Sandbox sandbox(executor, clock, quick());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  const auto saved = co_await caller.control("finops/endpoints", endpoint_body(receiver));
  EXPECT_EQ(saved.status, 201) << saved.body;
  const auto activated = co_await activate(caller);
  EXPECT_EQ(activated.status, 204) << activated.body;

  co_await currency(caller, "EUR");
  const json errors = co_await logged(caller, 1);
  EXPECT_EQ(receiver.requests.size(), 5U);
  EXPECT_EQ(receiver.requests.at(1).body, receiver.requests.at(4).body);
  EXPECT_EQ(errors[0]["body"], receiver.requests.at(1).body);
  EXPECT_EQ(errors[0]["subject"], "Currencies/Created");
  const auto resent = co_await caller.control("finops/event-errors/resend", "");
  EXPECT_EQ(resent.body, R"({"resent":1})");
  co_await receiver.wait_for(6);
  EXPECT_EQ(receiver.requests.at(5).body, receiver.requests.at(1).body);
  const auto empty = co_await caller.finops("GET", "/_sandbox/finops/event-errors", "");
  EXPECT_EQ(empty.body, R"({"errors":[]})");

  co_await sandbox.stop();
  co_await receiver.stop();
}

TEST(D1Wire, AfterThreeRetriesTheEventIsInTheErrorLogAndCanBeSentAgain) {
  test::run<void>(gives_up_and_resends);
}

}  // namespace
}  // namespace dualwrite::sandbox
