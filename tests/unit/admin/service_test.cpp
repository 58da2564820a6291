#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::HasSubstr;

TEST_F(ApiTest, StatusShowsLinkEndpointsAndMaps) {
  const nlohmann::json status = parsed(get("/api/v1/status"));

  EXPECT_EQ(status.at("name"), "contoso");
  EXPECT_EQ(status.at("version"), "1.2.3");
  EXPECT_EQ(status.at("now"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(status.at("lastProgressAt"), "2026-01-02T03:04:00Z");
  EXPECT_EQ(status.at("endpoints").at(1).at("pausedUntil"), "2026-01-02T03:05:00Z");
  EXPECT_EQ(status.at("endpoints").at(0).at("pausedUntil"), nullptr);
  EXPECT_EQ(status.at("maps").at(0).at("written").at("dataverse").at("created"), 1200);
}

TEST_F(ApiTest, StatusSaysWhatAnUnreadyDaemonWaitsFor) {
  readiness = admin::Readiness(false, "no token yet");

  const nlohmann::json status = parsed(get("/api/v1/status"));

  EXPECT_EQ(status.at("ready"), false);
  EXPECT_EQ(status.at("whyNotReady"), "no token yet");
}

TEST_F(ApiTest, MetricsShowTheStatusAsOfNow) {
  metrics.cell(MetricKind::counter, "dualwrite_other_total", "From another room").add(5);
  (void)get("/metrics");
  control.link.maps[0].pending = 99;

  const http::Response response = get("/metrics");

  EXPECT_THAT(std::string(response.headers.get("Content-Type")), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(response.body, HasSubstr("dualwrite_pending_records{map=\"customers\"} 99\n"));
  EXPECT_THAT(response.body, HasSubstr("dualwrite_map_state{map=\"customers\",state=\"running\"} 1\n"));
  EXPECT_THAT(response.body, HasSubstr("dualwrite_endpoint_throttled_total{side=\"dataverse\"} 3\n"));
  EXPECT_THAT(response.body, HasSubstr("dualwrite_other_total 5\n"));
}

TEST_F(ApiTest, HealthIsLostWhenATaskStandsStill) {
  EXPECT_EQ(parsed(get("/healthz")), nlohmann::json({{"status", "ok"}}));

  clock.advance(std::chrono::hours(6));  // an outage is no ill health
  EXPECT_EQ(get("/healthz").status, 200);
  control.link.stuck = "the task scan/customers has not moved for 1900 s, and may take 1800 s";
  const http::Response stalled = get("/healthz");

  EXPECT_EQ(stalled.status, 503);
  EXPECT_EQ(parsed(stalled).at("status"), "stalled");
  EXPECT_THAT(parsed(stalled).at("why").get<std::string>(), HasSubstr("scan/customers has not moved"));
}

TEST_F(ApiTest, ReadinessIsWhatTheDaemonSays) {
  EXPECT_EQ(get("/readyz").status, 200);

  readiness = admin::Readiness(false, "the state file is being opened");
  const http::Response response = get("/readyz");

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(parsed(response).at("why"), "the state file is being opened");
}

TEST_F(ApiTest, AServiceThatIsDownMakesTheDaemonUnreadyAndIsNamed) {
  control.link.endpoints[1].down_since = at("2026-01-02T03:00:00Z");
  control.link.endpoints[1].last_error = "connecting to example.com: Connection refused";
  const char* why = "dataverse is down since 2026-01-02T03:00:00Z: connecting to example.com: Connection refused";

  const http::Response response = get("/readyz");
  const nlohmann::json status = parsed(get("/api/v1/status"));

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(parsed(response).at("why"), why);
  EXPECT_EQ(status.at("ready"), false);
  EXPECT_EQ(status.at("whyNotReady"), why);
  EXPECT_EQ(status.at("endpoints").at(1).at("downSince"), "2026-01-02T03:00:00Z");
  EXPECT_EQ(status.at("endpoints").at(0).at("downSince"), nullptr);
  EXPECT_EQ(status.at("endpoints").at(1).at("clock").at("offsetMs"), -1250);
  EXPECT_EQ(status.at("endpoints").at(1).at("clock").at("doubtMs"), 40);
  EXPECT_THAT(get("/metrics").body, HasSubstr("dualwrite_endpoint_up{side=\"dataverse\"} 0\n"));
}

TEST_F(ApiTest, ProbesAskForNoKeyAndEverythingElseDoes) {
  settings.key = Secret("s3cret");
  admin::Api locked(control, metrics, clock, "1.2.3", settings, [] { return admin::Readiness(true, ""); });
  const auto status = [&locked](const char* target) {
    return run<http::Response>([&](Executor) { return locked.handle(http::Request("GET", target)); }).status;
  };

  EXPECT_EQ(status("/healthz"), 200);
  EXPECT_EQ(status("/readyz"), 200);
  EXPECT_EQ(status("/metrics"), 401);
  EXPECT_EQ(status("/api/v1/status"), 401);
  EXPECT_EQ(status("/api/v1/openapi.json"), 401);
  EXPECT_EQ(status("/no/such/path"), 401);
}

}  // namespace
}  // namespace dualwrite::test
