#include "sandbox/fault_rule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sandbox/page_cut.hpp"

namespace dualwrite::sandbox {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

std::string problem_of(const std::string& body) {
  const auto rule = parse_fault_rule(body);
  return rule ? "nothing" : rule.error();
}

TEST(SandboxFaultRule, HasDefaults) {
  const auto rule = parse_fault_rule(R"({"kind":"refuse"})");
  ASSERT_TRUE(rule) << rule.error();
  EXPECT_FALSE(rule->side);
  EXPECT_EQ(rule->count, 1U);
  EXPECT_EQ(rule->probability, 1);
  EXPECT_EQ(rule->status, 503);
  EXPECT_FALSE(rule->retry_after);
  EXPECT_EQ(parse_fault_rule(R"({"kind":"page-fails"})")->status, 500);
  EXPECT_EQ(parse_fault_rule(R"({"kind":"html"})")->status, 200);
  EXPECT_EQ(parse_fault_rule(R"({"kind":"reorder-event"})")->delay, std::chrono::milliseconds(1000));
}

TEST(SandboxFaultRule, NamesTheNearestWord) {
  EXPECT_EQ(problem_of(R"({"kind":"lost-repl"})"), R"("kind" cannot be "lost-repl". Did you mean "lost-reply"?)");
  EXPECT_THAT(problem_of(R"({"kind":"reset","sid":"finops"})"), HasSubstr(R"(Did you mean "side"?)"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","side":"finop"})"), HasSubstr(R"(Did you mean "finops"?)"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","method":"patch"})"), HasSubstr(R"(Did you mean "PATCH"?)"));
  EXPECT_THAT(problem_of(R"({"kind":"xyzzy"})"), AllOf(HasSubstr("lost-reply"), HasSubstr("delay-event")));
  EXPECT_THAT(problem_of("{}"), AllOf(HasSubstr("required"), HasSubstr("lost-reply")));
}

TEST(SandboxFaultRule, RefusesValuesThatCannotBe) {
  EXPECT_THAT(problem_of("nonsense"), HasSubstr("one JSON object"));
  EXPECT_THAT(problem_of(R"({"kind":5})"), HasSubstr(R"("kind" must be a string)"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","count":0})"), HasSubstr("from 1 to"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","count":1.5})"), HasSubstr("whole number"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","seed":18446744073709551615})"), HasSubstr("whole number"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","probability":1.1})"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(problem_of(R"({"kind":"reset","writesOnly":"yes"})"), HasSubstr("true or false"));
  EXPECT_THAT(problem_of(R"({"kind":"refuse","status":200})"), HasSubstr("from 400 to 599"));
  EXPECT_THAT(problem_of(R"({"kind":"delay","delayMs":600001})"), HasSubstr("from 0 to 600000"));
}

TEST(SandboxFaultRule, RefusesWhatMeansNothingForTheKind) {
  EXPECT_THAT(problem_of(R"({"kind":"delay"})"), HasSubstr(R"("delayMs" is required)"));
  for (const char* rule :
       {R"({"kind":"reset","delayMs":5})", R"({"kind":"reset","status":500})", R"({"kind":"html","retryAfter":5})",
        R"({"kind":"drop-event","method":"GET"})", R"({"kind":"drop-event","writesOnly":true})"}) {
    EXPECT_THAT(problem_of(rule), HasSubstr("means nothing")) << rule;
  }
}

TEST(SandboxFaultRule, IsListedAsItIsUnderstood) {
  Faults faults;
  faults.add(*parse_fault_rule(R"({"kind":"refuse","side":"finops","path":"Cust","status":429,"retryAfter":3})"));
  faults.on_request({Side::finops, "GET", "/data/CustomersV3", {}});
  EXPECT_EQ(json::parse(fault_rules_json(faults)),
            json::parse(R"({"rules":[{"id":1,"kind":"refuse","side":"finops","path":"Cust","writesOnly":false,"skip":0,
                            "probability":1.0,"seed":1,"count":1,"status":429,"retryAfter":3,
                            "matched":1,"hits":1}]})"));
}

TEST(SandboxFaultRule, RestartTakesOneMember) {
  EXPECT_EQ(parse_restart(""), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_restart("{}"), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_restart(R"({"downMs":0})"), std::chrono::milliseconds(0));
  EXPECT_FALSE(parse_restart(R"({"downMs":-1})"));
  EXPECT_THAT(parse_restart(R"({"downMS":1})").error(), HasSubstr("downMs"));
}

TEST(SandboxPageCut, LosesTheSecondHalfAndTheNextLinkAndNothingElse) {
  EXPECT_EQ(half_page(R"({"@odata.context":"c,]}","value":[{"a":"\"}]","n":1.50},{"b":[1,2]},{"c":3},{"d":{}}],)"
                      R"("@odata.nextLink":"http://h/x?a=1,2"})"),
            R"({"@odata.context":"c,]}","value":[{"a":"\"}]","n":1.50},{"b":[1,2]}]})");
  EXPECT_EQ(half_page(R"({"@odata.nextLink":"l","value":[1,2,3],"@odata.deltaLink":"d"})"),
            R"({"value":[1],"@odata.deltaLink":"d"})");
  EXPECT_EQ(half_page(R"({"value":[{}]})"), R"({"value":[]})");
}

TEST(SandboxPageCut, OnlyPagesWithRowsAreCut) {
  for (const char* body :
       {"", "5", "[1,2]", "{}", R"({"value":[]})", R"({"value":"x"})", R"({"error":{"value":[1]}})"}) {
    EXPECT_EQ(half_page(body), std::nullopt) << body;
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
