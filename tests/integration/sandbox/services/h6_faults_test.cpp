// H6, fault injection: storms, stale delta links, revoked tokens, restarts in a batch, business logic that alters.
#include <gmock/gmock.h>

#include "integration/sandbox/services/stage.hpp"

namespace dualwrite::sandbox {
namespace {

using testing::HasSubstr;

std::string target_of(const std::string& link) {
  return link.substr(link.find("/api/"));
}

TEST(H6Faults, AStormWithRetryAfterEndsWithItsTime) {
  on_stage([](Caller& caller, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"refuse","status":429,"retryAfter":2,"side":"dataverse","forMs":60000})");
    for (int i = 0; i < 20; ++i) {
      const auto refused = co_await caller.dataverse("GET", api + "accounts", "");
      EXPECT_EQ(refused.status, 429);
      EXPECT_EQ(refused.headers.get("Retry-After"), "2");
      EXPECT_EQ(json::parse(refused.body)["error"]["code"], "0x80072322");
    }
    clock.skip(std::chrono::minutes(1));
    const auto answered = co_await caller.dataverse("GET", api + "accounts", "");
    EXPECT_EQ(answered.status, 200);
  });
}

TEST(H6Faults, AStormWithoutRetryAfterSaysNothingOfWhen) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"refuse","status":429,"side":"finops","count":2})");
    const auto first = co_await caller.finops("GET", "/data/Currencies", "");
    const auto second = co_await caller.finops("GET", "/data/Currencies", "");
    const auto third = co_await caller.finops("GET", "/data/Currencies", "");
    EXPECT_EQ(first.status, 429);
    EXPECT_FALSE(first.headers.has("Retry-After"));
    EXPECT_EQ(second.status, 429);
    EXPECT_EQ(third.status, 200);
  });
}

TEST(H6Faults, AStaleDeltaLinkIsAnsweredOnceAsExpired) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto page = co_await caller.dataverse("GET", api + "accounts?$select=name", "", "odata.track-changes");
    const std::string link = target_of(json::parse(page.body)["@odata.deltaLink"].get<std::string>());
    co_await caller.inject(R"({"kind":"expired-delta"})");
    const auto plain = co_await caller.dataverse("GET", api + "accounts", "");
    const auto expired = co_await caller.dataverse("GET", link, "");
    const auto again = co_await caller.dataverse("GET", link, "");
    EXPECT_EQ(plain.status, 200) << "no delta link, no rule";
    EXPECT_EQ(expired.status, 400);
    EXPECT_EQ(json::parse(expired.body)["error"]["code"], "0x80044352");
    EXPECT_EQ(again.status, 200) << "the link itself is good";
  });
}

TEST(H6Faults, TheStatusOfAnExpiredDeltaLinkCanBeChosen) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto page = co_await caller.dataverse("GET", api + "accounts?$select=name", "", "odata.track-changes");
    const std::string link = target_of(json::parse(page.body)["@odata.deltaLink"].get<std::string>());
    co_await caller.inject(R"({"kind":"expired-delta","status":410})");
    const auto expired = co_await caller.dataverse("GET", link, "");
    EXPECT_EQ(expired.status, 410);
  });
}

TEST(H6Faults, ARevokedTokenIsWorthlessFromTheRequestThatMeetsTheRule) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"revoke-token","side":"dataverse","skip":1})");
    const auto fine = co_await caller.dataverse("GET", api + "WhoAmI", "");
    const auto refused = co_await caller.dataverse("GET", api + "WhoAmI", "");
    const auto still = co_await caller.dataverse("GET", api + "WhoAmI", "");
    const auto other = co_await caller.finops("GET", "/data/Currencies", "");
    EXPECT_EQ(fine.status, 200);
    EXPECT_EQ(refused.status, 401);
    EXPECT_TRUE(refused.headers.has("WWW-Authenticate"));
    EXPECT_EQ(still.status, 401) << "the rule is spent, the token stays revoked";
    EXPECT_EQ(other.status, 200) << "it was the token of one request";
  });
}

/// Three creates, each a part of its own.
std::string three_creates() {
  std::string body;
  for (const char* name : {"A", "B", "C"}) {
    body += "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nPOST " + api +
            "accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{\"name\":\"" + name + "\"}\r\n";
  }
  return body + "--b--\r\n";
}

TEST(H6Faults, ARestartInABatchKeepsThePartsBeforeIt) {
  on_stage([](Caller& caller, GateClock& clock) -> Task<void> {
    co_await caller.inject(R"({"kind":"restart-in-batch","path":"accounts","skip":2,"delayMs":40})");
    const auto lost = co_await caller.try_batch(three_creates());
    EXPECT_FALSE(lost);
    co_await clock.wait_for(1);
    EXPECT_EQ(clock.asked.back(), std::chrono::milliseconds(40)) << "it is down for so long";
    clock.open();
    std::size_t found = 0;
    for (int i = 0; i < 100000 && found == 0; ++i) {  // until the port is open again
      const auto all = co_await caller.try_dataverse("GET", api + "accounts?$select=name", "");
      if (all) found = json::parse(all->body)["value"].size();
    }
    EXPECT_EQ(found, 2U);
  });
}

TEST(H6Faults, APlugInTrimsWhatIsWritten) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"alter-column","table":"account","column":"name","how":"trim","count":9})");
    const std::string id = co_await made_account(caller, "  A b  ");
    const auto row = co_await caller.dataverse("GET", api + "accounts(" + id + ")?$select=name", "");
    EXPECT_EQ(json::parse(row.body)["name"], "A b");
  });
}

TEST(H6Faults, APlugInPutsUpperCaseOnUpdatesTooAndIsSpentByItsCount) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const std::string id = co_await made_account(caller, "a");
    co_await caller.inject(R"({"kind":"alter-column","table":"accounts","column":"name","how":"upper-case"})");
    std::vector<std::string> names;
    for (const char* name : {"b", "c"}) {
      const std::string target = api + "accounts(" + id + ")";
      std::string body = R"({"name":")" + std::string(name) + "\"}";
      const auto changed = co_await caller.dataverse("PATCH", target, std::move(body));
      EXPECT_EQ(changed.status, 204);
      const auto row = co_await caller.dataverse("GET", target, "");
      names.push_back(json::parse(row.body)["name"]);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"B", "c"}));
  });
}

TEST(H6Faults, APlugInFillsInADefault) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(
        R"({"kind":"alter-column","side":"finops","table":"Currencies","column":"Symbol","how":"default",)"
        R"("text":"?","count":9})");
    const auto without = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"EUR"})");
    const auto with = co_await caller.finops("POST", "/data/Currencies", R"({"CurrencyCode":"USD","Symbol":"$"})");
    EXPECT_EQ(json::parse(without.body)["Symbol"], "?");
    EXPECT_EQ(json::parse(with.body)["Symbol"], "$");
  });
}

TEST(H6Faults, APlugInRoundsAndAppends) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"alter-column","table":"Currency","column":"GeneralRoundingRule",)"
                           R"("how":"round","digits":1,"count":9})");
    co_await caller.inject(R"({"kind":"alter-column","table":"Currency","column":"Name","how":"append",)"
                           R"("text":", checked","count":9})");
    const auto made = co_await caller.finops("POST", "/data/Currencies",
                                             R"({"CurrencyCode":"EUR","Name":"Euro","GeneralRoundingRule":0.251})");
    const json row = json::parse(made.body);
    EXPECT_THAT(made.body, HasSubstr("\"GeneralRoundingRule\":0.3"));
    EXPECT_EQ(row["Name"], "Euro, checked");
  });
}

TEST(H6Faults, StatsTellKindsAnswersAndThoseThatGotNone) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(R"({"kind":"lost-reply","method":"POST","path":"accounts"})");
    const auto lost = co_await caller.try_dataverse("POST", api + "accounts", R"({"name":"A"})");
    EXPECT_FALSE(lost);
    const auto read = co_await caller.dataverse("GET", api + "accounts", "");
    const auto missing = co_await caller.dataverse("GET", api + "nothing", "");
    const json stats = co_await observed(caller, "stats");
    const json wire = stats["wire"]["dataverse"];
    EXPECT_EQ(wire["kinds"], (json{{"read", 2}, {"write", 1}}));
    EXPECT_EQ(wire["answers"], (json{{"200", 1}, {"404", 1}, {"none", 1}}));
    EXPECT_EQ(wire["bytesIn"], 12);
    EXPECT_EQ(wire["bytesOut"], read.body.size() + missing.body.size());
  });
}

TEST(H6Faults, AResetPutsEverythingBackAndExpiresDeltaLinks) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    const auto page = co_await caller.dataverse("GET", api + "accounts?$select=name", "", "odata.track-changes");
    const std::string link = target_of(json::parse(page.body)["@odata.deltaLink"].get<std::string>());
    const std::string id = co_await made_account(caller, "A");
    co_await currency(caller, "EUR");
    co_await caller.inject(R"({"kind":"reset","path":"msdyn_vendors"})");
    const auto done = co_await caller.control("reset", "");
    EXPECT_EQ(done.status, 204) << done.body;
    const std::size_t accounts = co_await account_count(caller);
    const auto currencies = co_await caller.finops("GET", "/data/Currencies", "");
    const auto delta = co_await caller.dataverse("GET", link, "");
    const auto vendors = co_await caller.dataverse("GET", api + "msdyn_vendors", "");
    const auto user = co_await caller.dataverse("GET", api + "systemusers", "");
    EXPECT_EQ(accounts, 0U);
    EXPECT_TRUE(json::parse(currencies.body)["value"].empty());
    EXPECT_EQ(json::parse(delta.body)["error"]["code"], "0x80044352");
    EXPECT_EQ(vendors.status, 200) << "rules are gone too";
    EXPECT_FALSE(json::parse(user.body)["value"].empty()) << "what was there at the start is there again";
  });
}

Task<void> take_and_restore(Caller& caller) {
  const std::string id = co_await made_account(caller, "A");
  const auto before = co_await caller.dataverse("GET", api + "accounts(" + id + ")", "");
  const auto taken = co_await caller.control("snapshots/one", "");
  EXPECT_EQ(taken.status, 204) << taken.body;
  const auto changed = co_await caller.dataverse("PATCH", api + "accounts(" + id + ")", R"({"name":"B"})");
  const std::string other = co_await made_account(caller, "C");
  const json listed = co_await observed(caller, "snapshots");
  EXPECT_EQ(listed["snapshots"], (json{"one"}));
  const auto restored = co_await caller.control("snapshots/one/restore", "");
  EXPECT_EQ(restored.status, 204) << restored.body;
  const auto after = co_await caller.dataverse("GET", api + "accounts(" + id + ")", "");
  EXPECT_EQ(after.body, before.body);
  const std::size_t count = co_await account_count(caller);
  EXPECT_EQ(count, 1U);
  const auto later = co_await caller.dataverse("PATCH", api + "accounts(" + id + ")", R"({"name":"D"})");
  const auto newest = co_await caller.dataverse("GET", api + "accounts(" + id + ")", "");
  const auto version = [](const http::Response& row) { return json::parse(row.body)["versionnumber"].get<int>(); };
  EXPECT_GT(version(newest), version(before) + 2) << "versions go on; none is given out twice";
  const auto missing = co_await caller.control("snapshots/two/restore", "");
  EXPECT_EQ(missing.status, 404);
  const auto outside = co_await caller.control("snapshots/..%2Fx", "");
  EXPECT_EQ(outside.status, 400);
  const auto removed = co_await caller.dataverse("DELETE", "/_sandbox/snapshots/one", "");
  EXPECT_EQ(removed.status, 204);
  const json none = co_await observed(caller, "snapshots");
  EXPECT_TRUE(none["snapshots"].empty());
}

TEST(H6Faults, ASnapshotInMemoryIsRestoredByName) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> { co_await take_and_restore(caller); });
}

TEST(H6Faults, ASnapshotInADirectoryIsAFile) {
  SandboxSettings settings = any_ports();
  settings.snapshot_dir = testing::TempDir();
  on_stage([](Caller& caller, GateClock&) -> Task<void> { co_await take_and_restore(caller); }, settings);
}

TEST(H6Faults, SnapshotsInMemoryAreBounded) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    for (int i = 0; i < 17; ++i) {
      const auto taken = co_await caller.control("snapshots/s" + std::to_string(i), "");
      EXPECT_EQ(taken.status, i < 16 ? 204 : 409) << i;
    }
  });
}

TEST(H6Faults, ARefusalMayHaveAnyCodeAndText) {
  on_stage([](Caller& caller, GateClock&) -> Task<void> {
    co_await caller.inject(
        R"({"kind":"refuse","side":"dataverse","status":400,"code":"0x80040224","text":"ISV code."})");
    const auto refused = co_await caller.dataverse("POST", api + "accounts", R"({"name":"x"})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body, R"({"error":{"code":"0x80040224","message":"ISV code."}})");
    co_await caller.inject(R"({"kind":"refuse","side":"finops","status":500,"text":"Error: no."})");
    const auto other = co_await caller.finops("GET", "/data/Currencies", "");
    EXPECT_EQ(other.status, 500);
    EXPECT_NE(other.body.find("Error: no."), std::string::npos) << other.body;
  });
}

Task<http::Response> asked_for_token(Executor executor, std::string token_url) {
  const std::size_t path = token_url.find('/', 8);
  const auto client = http::make_client(executor, token_url.substr(0, path));
  http::Request request("POST", token_url.substr(path), {},
                        "grant_type=client_credentials&client_id=dualwrite&client_secret=no&scope=x%2F.default");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  auto answer = co_await client->send(std::move(request), limit);
  co_return answer ? std::move(*answer) : http::Response(0);
}

Task<void> troubled_tokens(Executor executor) {
  SystemClock clock;
  Sandbox sandbox(executor, clock, any_ports());
  sandbox.start();
  Caller caller(executor, clock, sandbox.urls());
  co_await caller.inject(R"({"kind":"refuse","status":503,"skip":1})");
  co_await caller.inject(R"({"kind":"refuse","side":"token","status":429,"retryAfter":7})");
  const std::string url = sandbox.urls().token;
  const auto busy = co_await asked_for_token(executor, url);
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.get("Retry-After"), "7");
  EXPECT_EQ(json::parse(busy.body)["error"], "temporarily_unavailable");
  const auto normal = co_await asked_for_token(executor, url);
  EXPECT_EQ(normal.status, 401) << "the rule is spent, and rules that name no side leave tokens alone";
  const auto wrong = co_await caller.control("inject", R"({"kind":"short-page","side":"token"})");
  EXPECT_EQ(wrong.status, 400);
  co_await sandbox.stop();
}

TEST(A2Wire, TheTokenServiceItselfMayBeBusy) {
  test::run<void>(troubled_tokens);
}

}  // namespace
}  // namespace dualwrite::sandbox
