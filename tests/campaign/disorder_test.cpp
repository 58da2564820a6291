// The main job once for each disorder: events off, twice, out of order, late and lost; the daemon down; the services
// restarted in the middle; replies lost after their effect. It must end as it does in order.
#include <gtest/gtest.h>

#include "campaign/campaign.hpp"

namespace dualwrite::campaign {
namespace {

using demo::Stage;
using std::chrono::milliseconds;

constexpr std::uint64_t seed = 11;
constexpr milliseconds look_again{10};

demo::DemoOptions options() {
  demo::DemoOptions of_demo;
  of_demo.seed = seed;
  of_demo.binary = DUALWRITE_BINARY;
  return of_demo;
}

/// Lets that share of the steps be taken, and waits until they are.
Task<void> let_steps(Stage& stage, std::size_t part, std::size_t of) {
  while (stage.steps_total == 0) co_await stage.clock.sleep(look_again);
  stage.steps_allowed = stage.steps_total * part / of;
  while (stage.steps_done < stage.steps_allowed && !stage.stop) co_await stage.clock.sleep(look_again);
}

using Disturbance = std::function<Task<Result<void>>(Stage&)>;

Task<Result<bool>> play(Stage& stage, Disturbance disturbance) {
  auto begun = co_await begin(stage, demo::built_in_data(seed));
  if (!begun) co_return std::unexpected(std::move(begun).error());
  Meanwhile meanwhile = [&stage, &disturbance]() { return disturbance(stage); };
  auto verdict = co_await play_round(stage, seed, std::move(meanwhile));
  if (!verdict) co_return std::unexpected(std::move(verdict).error());
  auto anew = co_await restart_finds_nothing(stage);
  if (!anew) co_return std::unexpected(std::move(anew).error());
  verdict->findings.insert(verdict->findings.end(), anew->begin(), anew->end());
  for (const std::string& finding : verdict->findings) ADD_FAILURE() << finding;
  EXPECT_GT(verdict->edits, 100U);
  co_return verdict->fine();
}

bool survives(const demo::DemoOptions& of_demo, Disturbance disturbance) {
  Acts acts = [&disturbance](Stage& stage) { return play(stage, disturbance); };
  return run_acts(of_demo, std::move(acts));
}

Task<Result<void>> nothing(Stage&) {
  co_return Result<void>();
}

/// A rule of /_sandbox/inject that holds during the edits, and must have been applied.
Task<Result<void>> injected(Stage& stage, std::string rule) {
  auto begun = co_await control(stage, "POST", "inject", std::move(rule));
  if (!begun) co_return std::unexpected(std::move(begun).error());
  co_await let_steps(stage, 19, 20);
  // What the last edits led to must be over before the rule is taken away.
  const milliseconds aftermath(2000);
  co_await stage.clock.sleep(aftermath);
  auto rules = co_await control(stage, "GET", "inject", "");
  if (!rules) co_return std::unexpected(std::move(rules).error());
  EXPECT_EQ(rules->find("\"hits\":0"), std::string::npos) << *rules;
  EXPECT_NE(rules->find("\"hits\":"), std::string::npos) << *rules;
  auto ended = co_await control(stage, "DELETE", "inject", "");
  stage.steps_allowed = SIZE_MAX;
  if (!ended) co_return std::unexpected(std::move(ended).error());
  co_return Result<void>();
}

Disturbance under(std::string rule) {
  return [rule](Stage& stage) { return injected(stage, rule); };
}

TEST(Disorder, WithoutWebhooksAndPostedChanges) {
  demo::DemoOptions of_demo = options();
  of_demo.delta_only = true;
  EXPECT_TRUE(survives(of_demo, nothing));
}

TEST(Disorder, EventsTwice) {
  EXPECT_TRUE(
      survives(options(), under(R"({"kind":"duplicate-event","probability":0.7,"count":10000,"delayMs":700})")));
}

TEST(Disorder, EventsOutOfOrder) {
  EXPECT_TRUE(survives(options(), under(R"({"kind":"reorder-event","probability":0.5,"count":10000,"delayMs":1500})")));
}

TEST(Disorder, EventsLate) {
  EXPECT_TRUE(survives(options(), under(R"({"kind":"delay-event","count":10000,"delayMs":2500})")));
}

TEST(Disorder, EventsLost) {
  EXPECT_TRUE(survives(options(), under(R"({"kind":"drop-event","probability":0.5,"count":10000})")));
}

TEST(Disorder, RepliesLostAfterTheEffect) {
  EXPECT_TRUE(survives(options(), under(R"({"kind":"lost-reply","path":"$batch","writesOnly":true,)"
                                        R"("probability":0.4,"count":100})")));
}

TEST(Disorder, WritesThatLandLate) {
  EXPECT_TRUE(survives(options(), under(R"({"kind":"late","path":"$batch","writesOnly":true,)"
                                        R"("probability":0.4,"count":100,"delayMs":900})")));
}

Task<Result<void>> daemon_down(Stage& stage) {
  stage.children_may_end = true;
  stage.daemon->stop();
  co_await let_steps(stage, 19, 20);
  auto started = co_await demo::start_daemon(stage);
  stage.children_may_end = false;
  stage.steps_allowed = SIZE_MAX;
  co_return started;
}

TEST(Disorder, DaemonDownDuringTheEdits) {
  EXPECT_TRUE(survives(options(), daemon_down));
}

Task<Result<void>> services_restarted(Stage& stage) {
  for (std::size_t part = 1; part <= 3; ++part) {
    co_await let_steps(stage, part, 4);
    auto restarted = co_await control(stage, "POST", "restart", R"({"downMs":700})");
    if (!restarted) co_return std::unexpected(std::move(restarted).error());
  }
  stage.steps_allowed = SIZE_MAX;
  co_return Result<void>();
}

TEST(Disorder, ServicesRestartUnderLoad) {
  EXPECT_TRUE(survives(options(), services_restarted));
}

Task<Result<void>> sandbox_stopped_and_started(Stage& stage) {
  stage.children_may_end = true;
  for (std::size_t part = 1; part <= 2; ++part) {
    co_await let_steps(stage, part, 3);
    stage.sandbox->stop();
    auto started = co_await demo::start_sandbox(stage);
    if (!started) co_return started;
  }
  stage.children_may_end = false;
  stage.steps_allowed = SIZE_MAX;
  co_return Result<void>();
}

Task<Result<bool>> play_with_saved_sandbox(Stage& stage) {
  stage.sandbox_arguments = {"--data", stage.directory + "/sandbox.data"};
  Disturbance disturbance = sandbox_stopped_and_started;
  co_return co_await play(stage, std::move(disturbance));
}

TEST(Disorder, SandboxStoppedAndStarted) {
  Acts acts = play_with_saved_sandbox;
  EXPECT_TRUE(run_acts(options(), std::move(acts)));
}

}  // namespace
}  // namespace dualwrite::campaign
