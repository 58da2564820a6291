#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "dualwrite/odata/filter.hpp"

namespace dualwrite::odata {
namespace {

Value cell(std::string_view path) {
  static const std::map<std::string, Value, std::less<>> row{
      {"name", Value::string("Contoso AG")},
      {"empty", Value::string("")},
      {"none", Value::null()},
      {"n", Value::number("10")},
      {"dec", Value::number("1.10")},
      {"big", Value::number("9007199254740993")},
      {"text_number", Value::string("12.50")},
      {"neg", Value::number("-2.5")},
      {"yes", Value::boolean(true)},
      {"no", Value::boolean(false)},
      {"kind", Value::string("Yes")},
      {"when", Value::string("2026-01-02T03:04:05Z")},
      {"fine", Value::string("2026-01-02T03:04:05.1234567Z")},
      {"day", Value::string("2026-01-02")},
      {"id", Value::string("3fa85f64-5717-4562-b3fc-2c963f66afa6")},
      {"nav/code", Value::string("X")},
  };
  const auto found = row.find(path);
  return found == row.end() ? Value() : found->second;
}

// "true", "false", or the error.
std::string evaluated(const std::string& filter) {
  const auto expr = parse_filter(filter);
  if (!expr) return expr.error().text();
  const auto result = evaluate(**expr, cell);
  if (!result) return result.error().text();
  return *result ? "true" : "false";
}

TEST(FilterEvaluate, AnswersAsTheServicesDo) {
  const std::vector<std::pair<std::string, bool>> cases{
      // Numbers by value, with every digit.
      {"n eq 10", true},
      {"n eq 10.0", true},
      {"n eq 1e1", true},
      {"n ne 10", false},
      {"n gt 9.999", true},
      {"n gt 10", false},
      {"n ge 10", true},
      {"n lt 100", true},
      {"n le 9", false},
      {"dec eq 1.1", true},
      {"dec lt 1.11", true},
      {"dec gt 1.0999999999999999999999999", true},
      {"big eq 9007199254740992", false},
      {"big gt 9007199254740992", true},
      {"neg lt -2.4", true},
      {"neg gt -2.51", true},
      {"neg lt 0", true},
      {"neg gt -10", true},
      {"0 eq -0", true},
      {"text_number eq 12.5", true},
      {"text_number gt 3", true},
      {"name eq 5", false},
      {"name ne 5", true},
      {"name gt 5", false},
      // Texts without regard to case.
      {"name eq 'contoso ag'", true},
      {"name ne 'CONTOSO AG'", false},
      {"name gt 'contos'", true},
      {"name lt 'd'", true},
      {"empty eq ''", true},
      {"empty eq null", false},
      {"id eq 3FA85F64-5717-4562-b3fc-2c963f66afa6", true},
      {"kind eq N.NoYes'Yes'", true},
      {"nav/code eq 'x'", true},
      // Null.
      {"none eq null", true},
      {"missing eq null", true},
      {"null eq null", true},
      {"none ne null", false},
      {"name eq null", false},
      {"name ne null", true},
      {"null ne name", true},
      {"none ne 'x'", true},
      {"none eq 'x'", false},
      {"none gt 1", false},
      {"none lt 1", false},
      {"none ge null", false},
      {"none le null", false},
      {"n gt null", false},
      {"none", false},
      {"not none", false},
      {"none or yes", true},
      {"none or no", false},
      {"none and no", false},
      {"not (none and yes)", false},
      {"not (none and no)", true},
      // Booleans.
      {"yes", true},
      {"no", false},
      {"not no", true},
      {"yes eq true", true},
      {"yes gt no", true},
      {"yes eq 'true'", false},
      {"yes eq 1", false},
      {"true", true},
      {"not yes eq no", true},
      // Times, in whatever way they are written.
      {"when eq 2026-01-02T03:04:05.000Z", true},
      {"when eq 2026-01-02T04:04:05+01:00", true},
      {"when gt 2026-01-02", true},
      {"when lt 2026-01-03", true},
      {"day eq 2026-01-02", true},
      {"day eq 2026-01-02T00:00:00Z", true},
      {"when ge 2026-01-02T03:04:06Z", false},
      {"fine gt 2026-01-02T03:04:05.1234566Z", true},
      {"fine eq 2026-01-02T03:04:05.12345670Z", true},
      {"fine lt 2026-01-02T03:04:05.124Z", true},
      // Logic.
      {"n eq 10 and name eq 'x' or yes", true},
      {"n eq 10 and (name eq 'x' or yes)", true},
      {"no or no or no or yes", true},
      {"yes and yes and yes and no", false},
      // Functions.
      {"contains(name,'OSO')", true},
      {"contains(name,'')", true},
      {"contains(name,'x')", false},
      {"startswith(name,'con')", true},
      {"startswith(name,'toso')", false},
      {"endswith(name,'ag')", true},
      {"endswith(name,'contoso')", false},
      {"contains(none,'x')", false},
      {"not contains(none,'x')", false},
      {"contains(name,null)", false},
      {"contains(name,'oso') eq true", true},
  };
  for (const auto& [filter, expected] : cases) EXPECT_EQ(evaluated(filter), expected ? "true" : "false") << filter;
}

TEST(FilterEvaluate, RefusesWhatItCannotAnswer) {
  for (const std::string filter : {"name", "n and yes", "not name", "tolower(name) eq 'x'", "contains(name)",
                                   "n add 1 eq 11", "'x'", "yes and 5", "Microsoft.Dynamics.CRM.Today(when)"}) {
    const auto result = evaluate(**parse_filter(filter), cell);
    ASSERT_FALSE(result.has_value()) << filter;
    EXPECT_EQ(result.error().code(), Errc::invalid);
  }
}

TEST(FilterEvaluate, OrdersValuesBothWays) {
  const std::vector<Value> ascending{Value::number("-1e10"),
                                     Value::number("-2"),
                                     Value::number("-1.5"),
                                     Value::number("0"),
                                     Value::number("0.05"),
                                     Value::number("0.5"),
                                     Value::number("5"),
                                     Value::number("5.01"),
                                     Value::number("50"),
                                     Value::number("1e30"),
                                     Value::number("1.0000000000000000000000000000001e30")};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t k = 0; k < ascending.size(); ++k) {
      const int expected = i < k ? -1 : (i > k ? 1 : 0);
      EXPECT_EQ(compare_values(ascending[i], ascending[k]), expected) << ascending[i] << ' ' << ascending[k];
    }
  }
}

TEST(FilterEvaluate, DoesNotOrderWhatHasNoOrder) {
  EXPECT_EQ(compare_values(Value::null(), Value::null()), 0);
  EXPECT_EQ(compare_values(Value(), Value::null()), 0);
  EXPECT_EQ(compare_values(Value::null(), Value::string("")), std::nullopt);
  EXPECT_EQ(compare_values(Value::boolean(true), Value::number("1")), std::nullopt);
  EXPECT_EQ(compare_values(Value::string("x"), Value::number("1")), std::nullopt);
  EXPECT_EQ(compare_values(Value::boolean(false), Value::boolean(true)), -1);
  EXPECT_EQ(compare_values(Value::string("B"), Value::string("a")), 1);
}

}  // namespace
}  // namespace dualwrite::odata
