// Which rule decides, and when: no sockets, no time.
#include "sandbox/faults.hpp"

#include <gtest/gtest.h>

#include "sandbox/fault_rule.hpp"

namespace dualwrite::sandbox {
namespace {

RequestFacts facts(const std::string& method, const std::string& target, Side side = Side::dataverse) {
  return {side, method, target, {}};
}

RequestFacts batch_of(std::vector<RequestFacts> parts) {
  RequestFacts batch = facts("POST", "/api/data/v9.2/$batch");
  batch.parts = std::move(parts);
  return batch;
}

class SandboxFaults : public testing::Test {
 protected:
  void add(const std::string& json) {
    const auto rule = parse_fault_rule(json);
    ASSERT_TRUE(rule) << rule.error();
    ASSERT_TRUE(faults.add(*rule));
  }
  bool hits(const RequestFacts& request) { return faults.on_request(request).has_value(); }
  Faults faults;
};

TEST_F(SandboxFaults, ARuleHitsOnceUnlessItSaysMore) {
  add(R"({"kind":"reset"})");
  EXPECT_TRUE(hits(facts("GET", "/x")));
  EXPECT_FALSE(hits(facts("GET", "/x")));
  add(R"({"kind":"reset","count":2})");
  EXPECT_TRUE(hits(facts("GET", "/x")));
  EXPECT_TRUE(hits(facts("GET", "/x")));
  EXPECT_FALSE(hits(facts("GET", "/x")));
}

TEST_F(SandboxFaults, SideMethodPathAndWritesOnlyMustAllMatch) {
  add(R"({"kind":"reset","side":"dataverse","method":"PATCH","path":"accounts","writesOnly":true})");
  EXPECT_FALSE(hits(facts("PATCH", "/accounts(1)", Side::finops)));
  EXPECT_FALSE(hits(facts("POST", "/accounts")));
  EXPECT_FALSE(hits(facts("PATCH", "/contacts(1)")));
  EXPECT_TRUE(hits(facts("PATCH", "/accounts(1)")));
}

TEST_F(SandboxFaults, WritesOnlyLetsReadsAndBatchesOfReadsGo) {
  add(R"({"kind":"reset","writesOnly":true})");
  EXPECT_FALSE(hits(facts("GET", "/accounts")));
  EXPECT_FALSE(hits(batch_of({facts("GET", "accounts(1)"), facts("GET", "accounts(2)")})));
  EXPECT_TRUE(hits(batch_of({facts("GET", "accounts(1)"), facts("PATCH", "accounts(2)")})));
}

TEST_F(SandboxFaults, SkipLetsTheFirstMatchesGo) {
  add(R"({"kind":"reset","path":"a","skip":2})");
  EXPECT_FALSE(hits(facts("GET", "/a")));
  EXPECT_FALSE(hits(facts("GET", "/b")));
  EXPECT_FALSE(hits(facts("GET", "/a")));
  EXPECT_TRUE(hits(facts("GET", "/a")));
}

TEST_F(SandboxFaults, TheFirstRuleThatHitsDecidesAndTheNextDoesNotSeeTheRequest) {
  add(R"({"kind":"reset"})");
  add(R"({"kind":"html","status":502})");
  EXPECT_EQ(faults.on_request(facts("GET", "/x"))->kind, FaultKind::reset);
  EXPECT_EQ(faults.entries()[1].matched, 0U);
  const auto second = faults.on_request(facts("GET", "/x"));
  EXPECT_EQ(second->kind, FaultKind::html);
  EXPECT_EQ(second->status, 502);
}

std::string pattern(std::uint64_t seed, double probability) {
  Faults faults;
  FaultRule rule;
  rule.kind = FaultKind::reset;
  rule.seed = seed;
  rule.probability = probability;
  rule.count = 1000;
  faults.add(rule);
  std::string hits;
  for (int i = 0; i < 200; ++i) hits += faults.on_request(facts("GET", "/x")) ? 'x' : '.';
  return hits;
}

TEST_F(SandboxFaults, TheSameSeedHitsTheSameRequests) {
  EXPECT_EQ(pattern(7, 0.3), pattern(7, 0.3));
  EXPECT_NE(pattern(7, 0.3), pattern(8, 0.3));
  EXPECT_EQ(pattern(7, 0), std::string(200, '.'));
  EXPECT_EQ(pattern(7, 1), std::string(200, 'x'));
  const std::string some = pattern(7, 0.3);
  const auto hits = std::count(some.begin(), some.end(), 'x');
  EXPECT_GT(hits, 30);
  EXPECT_LT(hits, 90);
}

TEST_F(SandboxFaults, TheNumbersOfASeedAreTheSameOnEveryMachine) {
  EXPECT_EQ(pattern(1, 0.5).substr(0, 24), "...xx...x.x.x.xx....xxxx");
}

TEST_F(SandboxFaults, OneMatchingPartTakesTheWholeConnectionOfABatch) {
  add(R"({"kind":"lost-reply","method":"PATCH","path":"accounts"})");
  EXPECT_FALSE(hits(batch_of({facts("PATCH", "contacts(1)")})));
  EXPECT_TRUE(hits(batch_of({facts("GET", "accounts(1)"), facts("PATCH", "accounts(2)")})));
}

TEST_F(SandboxFaults, ARefusalOfPartsLeavesTheBatchAlone) {
  add(R"({"kind":"refuse","method":"PATCH","count":5})");
  const RequestFacts batch = batch_of({facts("PATCH", "accounts(1)"), facts("GET", "accounts(2)")});
  EXPECT_FALSE(faults.on_request(batch));
  EXPECT_TRUE(faults.on_part(batch, batch.parts[0]));
  EXPECT_FALSE(faults.on_part(batch, batch.parts[1]));
}

TEST_F(SandboxFaults, ARuleForTheBatchItselfDoesNotTryItsPartsToo) {
  add(R"({"kind":"refuse","skip":1})");
  const RequestFacts batch = batch_of({facts("PATCH", "accounts(1)")});
  EXPECT_FALSE(faults.on_request(batch));
  EXPECT_FALSE(faults.on_part(batch, batch.parts[0]));
  EXPECT_TRUE(faults.on_request(batch));
}

TEST_F(SandboxFaults, OnlyContinuationPagesFail) {
  add(R"({"kind":"page-fails","path":"accounts","count":9})");
  EXPECT_FALSE(hits(facts("GET", "/accounts?$select=name")));
  EXPECT_TRUE(hits(facts("GET", "/accounts?$select=name&$skiptoken=x")));
  EXPECT_TRUE(hits(facts("GET", "/accounts?%24skip=20")));
  EXPECT_EQ(faults.on_request(facts("GET", "/accounts?%24skiptoken=x"))->status, 500);
}

TEST_F(SandboxFaults, RulesAboutEventsLetRequestsGoAndTheOtherWayRound) {
  add(R"({"kind":"drop-event","path":"account/"})");
  EXPECT_FALSE(hits(facts("GET", "/account/")));
  EXPECT_FALSE(faults.on_event(EventFacts{Side::dataverse, "contact/Create"}));
  EXPECT_TRUE(faults.on_event(EventFacts{Side::dataverse, "account/Create"}));
  add(R"({"kind":"reset"})");
  EXPECT_FALSE(faults.on_event(EventFacts{Side::dataverse, "account/Create"}));
}

TEST_F(SandboxFaults, RulesAreBounded) {
  for (std::size_t i = 0; i < Faults::rules_max; ++i) EXPECT_TRUE(faults.add(FaultRule()));
  EXPECT_FALSE(faults.add(FaultRule()));
  EXPECT_TRUE(faults.remove(1));
  EXPECT_FALSE(faults.remove(1));
  EXPECT_EQ(faults.add(FaultRule()), Faults::rules_max + 1);
}

}  // namespace
}  // namespace dualwrite::sandbox
