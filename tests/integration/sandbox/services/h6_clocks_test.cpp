// H6, clock skew; and the faster clock.
#include <gmock/gmock.h>

#include "integration/sandbox/services/stage.hpp"
#include "sandbox/clocks.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(H6Clocks, AScaledClockRunsFasterFromItsStart) {
  ManualClock real;
  const Instant start = real.now();
  const ScaledClock clock(real, 60);
  EXPECT_EQ(clock.now(), start);
  real.advance(seconds(10));
  EXPECT_EQ(clock.now(), start + seconds(600));
  EXPECT_EQ(clock.elapsed() - real.elapsed(), seconds(590));
}

TEST(H6Clocks, DelaysPassFasterOnAScaledClock) {
  SandboxSettings settings = any_ports();
  settings.time_scale = 100;
  on_stage(
      [](Caller& caller, GateClock& clock) -> Task<void> {
        clock.open();
        co_await caller.inject(R"({"kind":"delay","path":"WhoAmI","delayMs":5050})");
        const auto answered = co_await caller.dataverse("GET", api + "WhoAmI", "");
        EXPECT_EQ(answered.status, 200);
        EXPECT_EQ(clock.asked, (std::vector<milliseconds>{milliseconds(51)})) << "rounded up";
      },
      settings);
}

TEST(H6Clocks, TokensExpireFasterOnAScaledClock) {
  ManualClock real;
  ScaledClock clock(real, 60);
  const SandboxSettings settings;
  TokenService tokens(clock, settings);
  http::Headers headers;
  headers.add("Content-Type", "application/x-www-form-urlencoded");
  const http::Response granted =
      tokens.handle(http::Request("POST", "/sandbox/oauth2/v2.0/token", headers,
                                  "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret"
                                  "&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default"));
  http::Headers bearer;
  bearer.add("Authorization", "Bearer " + json::parse(granted.body)["access_token"].get<std::string>());
  EXPECT_NE(tokens.check(bearer, Audience::dataverse), nullptr);
  real.advance(seconds(59));
  EXPECT_NE(tokens.check(bearer, Audience::dataverse), nullptr);
  real.advance(seconds(2));
  EXPECT_EQ(tokens.check(bearer, Audience::dataverse), nullptr) << "an hour has passed there";
}

TEST(H6Clocks, OneServicesClockCanBeWrongAndTheOthersRight) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto set = co_await caller.control("clock", R"({"side":"dataverse","offsetMs":-7200000})");
    EXPECT_EQ(set.status, 200) << set.body;
    const std::string id = co_await made_account(caller, "A");
    const auto row = co_await caller.dataverse("GET", api + "accounts(" + id + ")?$select=createdon", "");
    const Instant created = parse_instant(json::parse(row.body)["createdon"].get<std::string>()).value();
    const json clocks = co_await observed(caller, "clock");
    const Instant finops = parse_instant(clocks["finops"]["now"].get<std::string>()).value();
    EXPECT_GE(finops - created, hours(2));
    EXPECT_LT(finops - created, hours(2) + seconds(60));
    EXPECT_EQ(clocks["dataverse"]["offsetMs"], -7200000);
    EXPECT_EQ(clocks["finops"]["offsetMs"], 0);
  });
}

TEST(H6Clocks, StepsAddUp) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto forth = co_await caller.control("clock", R"({"side":"finops","stepMs":5000})");
    EXPECT_EQ(forth.status, 200);
    const auto back = co_await caller.control("clock", R"({"side":"finops","stepMs":-7000})");
    EXPECT_EQ(json::parse(back.body)["finops"]["offsetMs"], -2000);
  });
}

TEST(H6Clocks, WhatCannotBeIsRefused) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    for (const char* body : {"", "{}", R"({"side":"dataverse"})", R"({"side":"moon","offsetMs":1})",
                             R"({"side":"dataverse","offsetMs":1,"stepMs":1})", R"({"side":"finops","offset":1})",
                             R"({"side":"finops","offsetMs":315360000001})"}) {
      const auto refused = co_await caller.control("clock", body);
      EXPECT_EQ(refused.status, 400) << body;
    }
  });
}

TEST(H6Clocks, ADeltaLinkAgesOnTheSkewedClock) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto page = co_await caller.dataverse("GET", api + "accounts?$select=name", "", "odata.track-changes");
    const std::string link = json::parse(page.body)["@odata.deltaLink"].get<std::string>();
    const std::string target = link.substr(link.find("/api/"));
    const auto young = co_await caller.dataverse("GET", target, "");
    EXPECT_EQ(young.status, 200);
    const auto step = co_await caller.control("clock", R"({"side":"dataverse","stepMs":691200000})");
    EXPECT_EQ(step.status, 200);
    const auto old = co_await caller.dataverse("GET", target, "");
    EXPECT_EQ(json::parse(old.body)["error"]["code"], "0x80044352") << "eight days later";
  });
}

}  // namespace
}  // namespace dualwrite::sandbox
