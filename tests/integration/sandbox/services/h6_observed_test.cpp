// What open transactions show, what requests cost, and rules that meet a transaction which runs in several attempts.
#include "sandbox/fault_rule.hpp"
#include "services/steps.hpp"

namespace dualwrite::sandbox {
namespace {

class Observed : public StepTest {
 protected:
  explicit Observed(SandboxSettings given = {}) : StepTest(std::move(given)) { dataverse.state().faults = &faults; }
  ~Observed() override {
    cancel_all();
    dataverse.state().faults = nullptr;
  }
  void rule(const std::string& text) {
    auto parsed = parse_fault_rule(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error();
    faults.add(std::move(*parsed));
  }
  json stats() {
    Controlled on;
    on.dataverse = &dataverse;
    on.finops = &finops;
    on.tokens = &tokens;
    return json::parse(control(on, http::Request("GET", "/_sandbox/stats", {}, {})).body);
  }
  std::string delta_link() {
    const json page = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes"}});
    return below_root(page.at("@odata.deltaLink").get<std::string>());
  }
  static std::vector<std::string> names(const json& page) {
    std::vector<std::string> all;
    for (const json& row : page.at("value")) all.push_back(row.at("name").get<std::string>());
    return all;
  }
  using Names = std::vector<std::string>;
  Faults faults;
};

SandboxSettings short_lives() {
  SandboxSettings settings;
  settings.token_lifetime = std::chrono::seconds(10);
  return settings;
}

class A2Short : public SandboxTest {
 protected:
  A2Short() : SandboxTest(short_lives()) {}
};

TEST_F(A2Short, TokensMayLiveShorter) {
  EXPECT_EQ(dv("GET", "WhoAmI").status, 200);
  clock.advance(std::chrono::seconds(11));
  EXPECT_EQ(dv("GET", "WhoAmI").status, 401);
}

class H6 : public Observed {};
class A10 : public Observed {};
class A12 : public Observed {};
class B4Limits : public Observed {};

TEST_F(H6, AnAlterationOfATransactionThatWaitsIsOneHit) {
  sync_step("Create");
  rule(R"({"kind":"alter-column","table":"account","column":"name","how":"append","text":"!","count":9})");
  const auto create = begin("POST", "accounts", R"({"name":"x"})");
  ASSERT_EQ(calls.size(), 1U);
  answer(0);
  ASSERT_EQ(create->status(), 204);
  EXPECT_EQ(faults.entries().front().hits, 1U);
  EXPECT_EQ(dv_get("accounts?$select=name")["value"][0]["name"], "x!");
}

TEST_F(H6, AnAlterationThatIsSpentStillAltersTheTransactionThatItMet) {
  sync_step("Create");
  rule(R"({"kind":"alter-column","table":"account","column":"name","how":"append","text":"!","count":1})");
  const auto create = begin_batch(
      {part("POST", "accounts", R"({"name":"a"})", 0, "1"), part("POST", "accounts", R"({"name":"b"})", 0, "2")});
  answer(0);
  answer(1);
  ASSERT_EQ(create->status(), 200);
  EXPECT_EQ(names(dv_get("accounts?$select=name&$orderby=name")), (Names{"a!", "b"}));
}

TEST_F(H6, StatsShowOpenTransactionsWithTheirLocks) {
  EXPECT_EQ(stats()["transactions"], (json{{"open", 0}, {"waitingForRows", 0}, {"locks", 0}}));
  const std::string id = account("A1");
  sync_step("Update");
  const auto first = begin("PATCH", "accounts(" + id + ")", R"({"name":"first"})");
  const auto second = begin("PATCH", "accounts(" + id + ")", R"({"name":"second"})");
  const json open = stats()["transactions"];
  EXPECT_EQ(open["open"], 1);
  EXPECT_EQ(open["waitingForRows"], 1);
  EXPECT_GT(open["locks"].get<int>(), 0);
  answer(0);
  answer(1);
  EXPECT_EQ(stats()["transactions"], (json{{"open", 0}, {"waitingForRows", 0}, {"locks", 0}}));
}

TEST_F(H6, StatsTellWhatRequestsOfEachKindCost) {
  dataverse.state().switches.operation_time = std::chrono::milliseconds(7);
  const std::string id = account("A1");
  account("A2");
  dv_get("accounts?$select=name&$expand=msdyn_company($select=cdm_companycode)");
  dv_batch({part("PATCH", "accounts(" + id + ")", R"({"name":"x"})"), part("GET", "accounts?$select=name"),
            part("PATCH", "accounts(" + id + ")", R"({"name":"x","nothing":1})")});
  dv("GET", "$metadata");
  customer("C1", "dat");
  fo_get("CustomersV3");
  fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})"), part("GET", "CustomersV3")});
  const json cost = stats()["cost"];
  const auto of = [](int operations, int read, int written, int time) {
    return json{{"operations", operations}, {"rowsRead", read}, {"rowsWritten", written}, {"timeMs", time}};
  };
  EXPECT_EQ(cost["dataverse"], (json{{"write", of(2, 0, 2, 14)},
                                     {"read", of(1, 4, 0, 7)},
                                     {"batch", of(3, 2, 1, 21)},
                                     {"metadata", of(1, 0, 0, 7)}}));
  // A row is in the answer to its POST.
  EXPECT_EQ(cost["finops"], (json{{"write", of(1, 1, 1, 0)}, {"read", of(1, 1, 0, 0)}, {"batch", of(2, 2, 1, 0)}}));
}

TEST_F(H6, TheTimeOfASynchronousStepIsAmongTheCosts) {
  dataverse.state().switches.operation_time = std::chrono::milliseconds(0);
  sync_step("Create");
  const std::int64_t before = stats()["cost"]["dataverse"]["write"]["timeMs"];
  begin("POST", "accounts", R"({"name":"x"})");
  clock.advance(std::chrono::milliseconds(2500));
  answer(0);
  EXPECT_EQ(stats()["cost"]["dataverse"]["write"]["timeMs"].get<std::int64_t>() - before, 2500);
}

TEST_F(A10, ALongTransactionDelaysDeltasAndLosesNothing) {
  const std::string id = account("A1");
  sync_step("Update");
  const std::string link = delta_link();
  const auto update = begin("PATCH", "accounts(" + id + ")", R"({"name":"late"})");
  dv_create("accounts", R"({"name":"later"})");
  const json meanwhile = dv_get(link);
  EXPECT_TRUE(meanwhile["value"].empty());
  answer(0);
  ASSERT_EQ(update->status(), 204);
  EXPECT_EQ(names(dv_get(below_root(meanwhile["@odata.deltaLink"].get<std::string>()))), (Names{"late", "later"}));
}

TEST_F(A10, WhereDeltasDoNotWithholdALateCommitIsNeverTold) {
  dataverse.state().switches.delta_withholds = false;
  const std::string id = account("A1");
  sync_step("Update");
  const std::string link = delta_link();
  const auto update = begin("PATCH", "accounts(" + id + ")", R"({"name":"late"})");
  dv_create("accounts", R"({"name":"later"})");
  const json meanwhile = dv_get(link);
  EXPECT_EQ(names(meanwhile), (Names{"later"}));
  answer(0);
  ASSERT_EQ(update->status(), 204);
  EXPECT_EQ(name_of(id), "late");
  EXPECT_TRUE(dv_get(below_root(meanwhile["@odata.deltaLink"].get<std::string>()))["value"].empty());
}

TEST_F(A12, TheStatusOfASqlFailureCanBe400) {
  dataverse.state().switches.sql_failure_status = 400;
  const std::string id = account("A1");
  sync_step("Update");
  const auto first = begin("PATCH", "accounts(" + id + ")", R"({"name":"first"})");
  const http::Response second = dv("PATCH", "accounts(" + id + ")", R"({"name":"second"})");
  EXPECT_EQ(second.status, 400);
  EXPECT_EQ(code_of(second), "0x80044151");
  answer(0);
}

TEST_F(B4Limits, ThePipelineMayTakeLessTime) {
  dataverse.state().switches.pipeline_limit = std::chrono::seconds(5);
  sync_step("Create");
  const auto quick = begin("POST", "accounts", R"({"name":"x"})");
  clock.advance(std::chrono::milliseconds(4999));
  answer(0);
  EXPECT_EQ(quick->status(), 204);
  const auto slow = begin("POST", "accounts", R"({"name":"y"})");
  clock.advance(std::chrono::seconds(5));
  answer(1);
  EXPECT_EQ(code_of(*slow->response), "0x80040224");
}

}  // namespace
}  // namespace dualwrite::sandbox
