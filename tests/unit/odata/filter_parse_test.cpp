#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/odata/filter.hpp"

namespace dualwrite::odata {
namespace {

// The tree with all its brackets.
std::string tree(const Expr& expr) {
  std::string out;
  switch (expr.kind) {
    case Expr::Kind::literal:
      return (expr.name.empty() ? "" : expr.name + "~") + to_string(expr.value);
    case Expr::Kind::path:
      return expr.name;
    case Expr::Kind::compare:
      out = expr.name;
      break;
    case Expr::Kind::logical_and:
      out = "AND";
      break;
    case Expr::Kind::logical_or:
      out = "OR";
      break;
    case Expr::Kind::logical_not:
      out = "NOT";
      break;
    case Expr::Kind::call:
      out = expr.name;
      break;
    case Expr::Kind::lambda:
      out = expr.name + "~" + expr.value.text();
      break;
  }
  out += '[';
  for (const ExprPtr& operand : expr.operands) out += (out.ends_with('[') ? "" : " ") + tree(*operand);
  return out + ']';
}

std::string parsed(std::string_view text) {
  const auto expr = parse_filter(text);
  return expr ? tree(**expr) : expr.error().message();
}

struct Case {
  std::string filter;
  std::string tree;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"a eq 1", "eq[a 1]"},
      {"a ne null", "ne[a null]"},
      {"a gt 1.50", "gt[a 1.50]"},
      {"a ge -5", "ge[a -5]"},
      {"a lt 1e3", "lt[a 1e3]"},
      {"a le true", "le[a true]"},
      {"name eq 'it''s'", "eq[name \"it's\"]"},
      {"name eq ''", "eq[name \"\"]"},
      {"name eq 'a and b or (c'", "eq[name \"a and b or (c\"]"},
      {"1 eq 1", "eq[1 1]"},
      {"a", "a"},
      {"true", "true"},
      {"a eq 1 and b eq 2 or c eq 3", "OR[AND[eq[a 1] eq[b 2]] eq[c 3]]"},
      {"a eq 1 or b eq 2 and c eq 3", "OR[eq[a 1] AND[eq[b 2] eq[c 3]]]"},
      {"(a eq 1 or b eq 2) and c eq 3", "AND[OR[eq[a 1] eq[b 2]] eq[c 3]]"},
      {"a or b or c or d", "OR[a b c d]"},
      {"a and b and c", "AND[a b c]"},
      {"a and (b and c)", "AND[a AND[b c]]"},
      {"(a and b) and c", "AND[AND[a b] c]"},
      {"not a and b", "AND[NOT[a] b]"},
      {"not (a and b)", "NOT[AND[a b]]"},
      {"not(a eq 1)", "NOT[eq[a 1]]"},
      {"not not a", "NOT[NOT[a]]"},
      {"not contains(name,'x')", "NOT[contains[name \"x\"]]"},
      {"not a eq b", "eq[NOT[a] b]"},  // not binds tighter, as the standard has it
      {"a eq b gt c", "eq[a gt[b c]]"},
      {"a gt b eq c lt d", "eq[gt[a b] lt[c d]]"},
      {"a eq b eq c", "eq[eq[a b] c]"},
      {"a add 1 mul 2 gt 3", "gt[add[a mul[1 2]] 3]"},
      {"(a add 1) mul 2 eq b mod 3", "eq[mul[add[a 1] 2] mod[b 3]]"},
      {"a sub b sub c", "sub[sub[a b] c]"},
      {"a div 2 divby 3", "divby[div[a 2] 3]"},
      {"contains(name,'x') eq true", "eq[contains[name \"x\"] true]"},
      {"startswith(name,'a') or endswith(name, 'b')", "OR[startswith[name \"a\"] endswith[name \"b\"]]"},
      {"now()", "now[]"},
      {"concat(concat(a,', '),b) eq 'x'", "eq[concat[concat[a \", \"] b] \"x\"]"},
      {"id eq 3fa85f64-5717-4562-b3fc-2c963f66afa6", "eq[id \"3fa85f64-5717-4562-b3fc-2c963f66afa6\"]"},
      {"id eq abcdef64-5717-4562-b3fc-2c963f66afa6", "eq[id \"abcdef64-5717-4562-b3fc-2c963f66afa6\"]"},
      {"d ge 2026-01-02", "ge[d \"2026-01-02\"]"},
      {"d lt 2026-01-02T03:04:05.123Z", "lt[d \"2026-01-02T03:04:05.123Z\"]"},
      {"d lt 2026-01-02T03:04:05+02:00", "lt[d \"2026-01-02T03:04:05+02:00\"]"},
      {"t eq 03:04:05.000", "eq[t \"03:04:05.000\"]"},
      {"x eq -INF", "eq[x \"-INF\"]"},
      {"x eq duration'PT1H'", "eq[x duration~\"PT1H\"]"},
      {"s eq Microsoft.Dynamics.DataEntities.NoYes'Yes'", "eq[s Microsoft.Dynamics.DataEntities.NoYes~\"Yes\"]"},
      {"primarycontactid/fullname eq 'x'", "eq[primarycontactid/fullname \"x\"]"},
      {"_primarycontactid_value eq null", "eq[_primarycontactid_value null]"},
      {"  ( ( a ) )  ", "a"},
      {"Größe eq 1", "eq[Größe 1]"},
      {"a eq 12345678901234567890.1234567890", "eq[a 12345678901234567890.1234567890]"},
      {"a eq @p1", "eq[a @p1]"},
      {"a\teq\t1", "eq[a 1]"},
      {"eq eq eq", "eq[eq eq]"},
  };
  return all;
}

TEST(FilterParse, BuildsTheTreeOfTheStandardsPrecedence) {
  for (const Case& c : cases()) EXPECT_EQ(parsed(c.filter), c.tree) << c.filter;
}

TEST(FilterParse, PrintsWhatItReads) {
  for (const Case& c : cases()) {
    const auto expr = parse_filter(c.filter);
    ASSERT_TRUE(expr.has_value()) << c.filter;
    const std::string printed = to_string(**expr);
    EXPECT_EQ(parsed(printed), tree(**expr)) << printed;
    EXPECT_EQ(to_string(**parse_filter(printed)), printed);
  }
}

TEST(FilterParse, PrintsBracketsOnlyWhereTheyMatter) {
  const std::vector<std::pair<std::string, std::string>> forms{
      {"((a eq 1)) and (b eq 2)", "a eq 1 and b eq 2"},
      {"(a eq 1 or b eq 2) and c eq 3", "(a eq 1 or b eq 2) and c eq 3"},
      {"not(contains( name , 'it''s' ))", "not contains(name,'it''s')"},
      {"not (a eq 1)", "not (a eq 1)"},
      {"a sub (b sub c)", "a sub (b sub c)"},
      {"(a sub b) sub c", "a sub b sub c"},
      {"s eq N.K'Red'", "s eq N.K'Red'"},
      {"a eq null", "a eq null"},
  };
  for (const auto& [text, printed] : forms) EXPECT_EQ(to_string(**parse_filter(text)), printed);
}

TEST(FilterParse, TellsAQuotedLiteralFromOthers) {
  EXPECT_TRUE((*parse_filter("'x'"))->is_string_literal);
  EXPECT_FALSE((*parse_filter("N.K'x'"))->is_string_literal);
  EXPECT_FALSE((*parse_filter("2026-01-02"))->is_string_literal);
  EXPECT_FALSE((*parse_filter("3fa85f64-5717-4562-b3fc-2c963f66afa6"))->is_string_literal);
  EXPECT_FALSE((*parse_filter("5"))->is_string_literal);
}

TEST(FilterParse, NamesThePlaceOfAnError) {
  const std::vector<std::pair<std::string, std::string>> errors{
      {"", "at byte 0"},
      {"   ", "at byte 3"},
      {"a eq", "at byte 4"},
      {"a eq 1 and", "at byte 10"},
      {"a eq 'x", "at byte 5"},
      {"(a eq 1", "at byte 7"},
      {"a eq 1)", "at byte 6"},
      {"a eq 1 b", "at byte 7"},
      {"a == 1", "at byte 2"},
      {"a eq 1.", "at byte 5"},
      {"a eq 1x", "at byte 5"},
      {"a in ('x','y')", "at byte 2"},
      {"a has N.K'x'", "at byte 2"},
      {"o/any(x:x/a eq 1)", "at byte 0"},
      {"contains(a,)", "at byte 11"},
      {"contains(a", "at byte 10"},
      {"a/ eq 1", "at byte 0"},
      {"a//b eq 1", "at byte 0"},
      {"a eq ,", "at byte 5"},
      {"a eq 1 AND b eq 2", "at byte 7"},
      {"a eq \"x\"", "at byte 5"},
      {"1a'x' eq 1", "at byte 0"},
      {"not", "at byte 3"},
      {"a eq -b", "at byte 5"},
      {"a;b", "at byte 1"},
      {"5(a)", "at byte 0"},
  };
  for (const auto& [text, place] : errors) {
    const auto expr = parse_filter(text);
    ASSERT_FALSE(expr.has_value()) << text;
    EXPECT_EQ(expr.error().code(), Errc::invalid);
    EXPECT_TRUE(expr.error().message().ends_with(place)) << text << " -> " << expr.error().message();
  }
  EXPECT_FALSE(parse_filter("a eq '\xff'").has_value());
  EXPECT_FALSE(parse_filter("not eq 2").has_value());
}

TEST(FilterParse, BoundsDepthAndLength) {
  const auto nested = [](std::size_t n) { return std::string(n, '(') + "a eq 1" + std::string(n, ')'); };
  EXPECT_TRUE(parse_filter(nested(60)).has_value());
  EXPECT_FALSE(parse_filter(nested(64)).has_value());
  EXPECT_FALSE(parse_filter(nested(30'000)).has_value());
  std::string nots;
  std::string chain = "a";
  std::string calls;
  for (int i = 0; i < 2000; ++i) {
    nots += "not ";
    chain += " eq a";
    calls += "f(";
  }
  EXPECT_FALSE(parse_filter(nots + "a").has_value());
  EXPECT_FALSE(parse_filter(chain).has_value());
  EXPECT_FALSE(parse_filter(calls).has_value());
  EXPECT_FALSE(parse_filter("a eq '" + std::string(70'000, 'x') + "'").has_value());
  EXPECT_TRUE(parse_filter("a eq '" + std::string(65'536 - 7, 'x') + "'").has_value());
  EXPECT_FALSE(parse_filter("a eq '" + std::string(65'536 - 6, 'x') + "'").has_value());
}

TEST(FilterParse, ReadsALongListOfKeys) {
  std::string text = "(k eq 'key0')";
  for (int i = 1; i < 2000; ++i) text += " or (k eq 'key" + std::to_string(i) + "')";

  const auto expr = parse_filter(text);

  ASSERT_TRUE(expr.has_value());
  EXPECT_EQ((*expr)->operands.size(), 2000U);
}

TEST(FilterParse, TakesAnyAndAllWhereTheyAreAllowed) {
  const auto lambdas = [](std::string_view text) {
    const auto expr = parse_filter(text, Lambdas::allowed);
    if (!expr) return expr.error().message();
    EXPECT_EQ(to_string(**parse_filter(to_string(**expr), Lambdas::allowed)), to_string(**expr)) << text;
    return tree(**expr);
  };
  EXPECT_EQ(lambdas("tasks/any()"), "tasks/any~[]");
  EXPECT_EQ(lambdas("a eq 1 and tasks/all( t : t/open eq false or t/late eq true )"),
            "AND[eq[a 1] tasks/all~t[OR[eq[t/open false] eq[t/late true]]]]");
  EXPECT_EQ(lambdas("a/any(b:b/c/any(d:d/e eq 'x:y'))"), "a/any~b[b/c/any~d[eq[d/e \"x:y\"]]]");
  EXPECT_NE(lambdas("tasks/all()").find("at byte 10"), std::string::npos);
  EXPECT_NE(lambdas("tasks/any(t/open eq 1)").find("at byte 10"), std::string::npos);
  EXPECT_NE(lambdas("tasks/any(1:a eq 1)").find("at byte 10"), std::string::npos);
  EXPECT_NE(lambdas("tasks/any(t:t/open eq 1").find("at byte 23"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::odata
