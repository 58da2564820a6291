#include "tidy/coroutine_lint.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tidy/source_text.hpp"

namespace dualwrite::tidy {
namespace {

struct Case {
  const char* name;
  const char* statement;  ///< put into the body of a coroutine
  const char* rules;      ///< expected, each followed by a blank
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.statement;
}

std::string rules_of(const std::string& source, const std::string& path = "src/sync/x.cpp") {
  std::string out;
  for (const Finding& finding : lint_coroutines(path, source)) out += finding.rule + " ";
  return out;
}

std::string in_coroutine(const char* statement) {
  return std::string("Task<void> run(Queue& queue) {\n  ") + statement + "\n}\n";
}

class Flagged : public ::testing::TestWithParam<Case> {};
class Allowed : public ::testing::TestWithParam<Case> {};
std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

// What g++ 12 miscompiles, pattern by pattern, and what loses an owner.
const Case flagged[] = {
    {"AggregateTemporary", "co_await f(Agg{1, s});", "brace "},
    {"BracedArgument", "co_await f({1, s});", "brace "},
    {"DesignatedInitialiser", "co_await f(Opt{.name = s});", "brace "},
    {"BareDesignatedInitialiser", "co_await f({.name = s});", "brace "},
    {"AggregateAwaiter", "co_await Awaiter{s};", "brace "},
    {"AggregateOfAwaited", "Agg a{co_await x(), 1};", "brace "},
    {"AggregateOfAwaitedInACall", "auto p = std::make_unique<Agg>(Agg{co_await x(), 1});", "brace "},
    {"BracedVector", "co_await f(std::vector<std::string>{\"a\", \"b\"});", "brace "},
    {"JsonLiteral", "co_await send(json({{\"a\", 1}}));", "brace "},
    {"EmptyBraces", "auto r = co_await f({});", "brace "},
    {"BraceInAMethodChain", "co_await client.request(path, Options{}).then();", "brace "},
    {"BraceInACondition", "if (co_await f(Agg{1})) { g(); }", "brace "},
    {"BraceInAReturn", "co_return co_await f(Agg{1});", "brace "},
    {"OverSeveralLines", "auto r = co_await f(\n      first,\n      Agg{\n        1,\n        s});", "brace "},
    {"BehindAComment", "co_await /* why */ f( // {\n Agg{1});", "brace "},
    {"LambdaWithMoveCapture", "co_await pool.run([f = std::move(f)] { return f(); });", "lambda "},
    {"LambdaWithValueCapture", "co_await pool.run([name] { return name.size(); });", "lambda "},
    {"LambdaWithDefaultValueCapture", "co_await pool.run([=] { return name.size(); });", "lambda "},
    {"LambdaWithMixedCapture", "co_await pool.run([&a, b](int x) -> int { return a + b + x; });", "lambda "},
    {"TernaryOfTemporaries", "co_await f(c ? T(1) : T(2));", "ternary "},
    {"TernaryOfMixedArms", "co_await f(c ? s : std::string());", "ternary "},
    {"TernaryOfConcatenation", "co_await f(c ? s + \"x\" : s);", "ternary "},
    {"TernaryOfStringAndLiteral", "co_await f(c ? s : \"x\");", "ternary "},
    {"NestedTernary", "co_await f(a ? b : c ? T(1) : d);", "ternary "},
    {"Switch", "switch (co_await f(T(1))) { case 1: break; }", "switch "},
    {"SwitchWithoutTemporary", "switch (co_await next()) { default: break; }", "switch "},
    {"TwoAwaits", "auto sum = co_await a() + co_await b();", "several "},
    {"AwaitInAnArgument", "co_await f(co_await g());", "several "},
    {"StructuredBinding", "auto [a, b] = co_await f();", "binding "},
    {"StructuredBindingByReference", "const auto& [a, b] = co_await f();", "binding "},
    {"StructuredBindingInAFor", "for (auto&& [k, v] : co_await f()) { g(k, v); }", "binding "},
    {"ImmediateLambda", "co_await [x]() -> Task<void> { co_await g(x); }();", "immediate-lambda lambda "},
    {"ImmediateLambdaByReference", "group.spawn(\"n\", [&]() -> Task<void> { co_await g(x); }());",
     "immediate-lambda "},
    {"Detached", "asio::post(executor, asio::detached);", "detached "},
    {"CoSpawn", "asio::co_spawn(executor, run(), handler);", "co_spawn "},
    {"InsideALambdaBody", "group.spawn(\"n\", []() -> Task<void> { co_await f(Agg{1}); });", "brace "},
    {"InsideABranch", "if (x) co_await f(Agg{1}); else { co_await f({2}); }", "brace brace "},
};

// What g++ 12 compiles correctly, and what only looks like one of the above.
const Case allowed[] = {
    {"Constructor", "co_await f(T(1, s));", ""},
    {"NamedLocalMoved", "Agg agg{1, s};\n  co_await f(std::move(agg));", ""},
    {"FunctionReturningTheAggregate", "co_await f(make_agg(1, s));", ""},
    {"LambdaByReference", "co_await pool.run([&] { return name.size(); });", ""},
    {"LambdaByNamedReference", "co_await pool.run([&a, this](int x) { return a.at(x); });", ""},
    {"LambdaWithoutCapture", "co_await pool.run([](int x) { return Agg{x, 1}; });", ""},
    {"PairTupleOptional", "co_await f(std::pair(1, s), std::tuple(1, 2), std::optional(s));", ""},
    {"TernaryOfLvalues", "co_await f(c ? first : other.second);", ""},
    {"TernaryOfLiterals", "co_await f(c ? \"yes\" : \"no\");", ""},
    {"TernaryOfScopedNames", "co_await f(c ? Side::finops : Side::dataverse);", ""},
    {"AwaitInATernaryOfInts", "const int n = co_await ready() ? 1 : 2;", ""},
    {"AwaitInAnIf", "if (co_await ready()) { g(Agg{1}); }", ""},
    {"AwaitInAnIfWithoutBlock", "if (co_await ready()) co_await g();", ""},
    {"AwaitInAnElse", "if (x) co_await a(); else co_await b();", ""},
    {"AwaitInAWhile", "while (co_await next()) { Agg a{1}; use(a); }", ""},
    {"AwaitWithAnd", "if (x && co_await ready()) { g(); }", ""},
    {"AwaitWithOr", "const bool ok = x || co_await ready();", ""},
    {"RangeForOverAwait", "for (auto x : co_await list()) { g({x}); }", ""},
    {"IfWithInitialiser", "if (auto r = co_await f(); !r) { co_return fail(Agg{1}); }", ""},
    {"TryAndCatch", "try { co_await f(); } catch (const std::exception& e) { log(Agg{1}); }", ""},
    {"NamedLambdaCoroutine", "auto work = [x](int y) -> Task<void> { co_await g(x, y); };\n  co_await work(1);", ""},
    {"BracesInAString", "co_await f(\"{a ? b() : c{}}\");", ""},
    {"BracesInARawString", "co_await f(R\"({\"a\": [1]} co_await g({}))\");", ""},
    {"BracesInAComment", "co_await f(x);  // not f({x}), see co_await above\n  g(Agg{1});", ""},
    {"Subscript", "co_await f(rows[index], names[0]);", ""},
    {"CaseBlock", "switch (kind) { case 1: { co_await f(); break; } default: co_await g(); }", ""},
    {"DoWhile", "do { g(Agg{1}); } while (co_await next());", ""},
    {"DigitSeparator", "co_await sleep(1'000'000);", ""},
    {"BindingOfAStoredResult", "const auto result = co_await f();\n  const auto& [a, b] = result;", ""},
    {"OwnerNamed", "spawned_detached_count += co_await count();", ""},
};

TEST_P(Flagged, IsFound) {
  EXPECT_EQ(rules_of(in_coroutine(GetParam().statement)), GetParam().rules);
}
TEST_P(Allowed, IsLeftAlone) {
  EXPECT_EQ(rules_of(in_coroutine(GetParam().statement)), GetParam().rules);
}

INSTANTIATE_TEST_SUITE_P(CoroutineLint, Flagged, ::testing::ValuesIn(flagged), case_name);
INSTANTIATE_TEST_SUITE_P(CoroutineLint, Allowed, ::testing::ValuesIn(allowed), case_name);

TEST(CoroutineLint, FlagsABracedDefaultArgument) {
  EXPECT_EQ(rules_of("Task<void> f(Options options = {});\n"), "default-argument ");
  EXPECT_EQ(rules_of("virtual Task<Result<int>> f(int a, Options o = Options{.b = 1}) = 0;\n"), "default-argument ");
  EXPECT_EQ(rules_of("Task<void> stop(std::chrono::milliseconds patience = std::chrono::seconds(5));\n"), "");
  EXPECT_EQ(rules_of("int f(Options options = {});\n"), "");
}

TEST(CoroutineLint, AllowsCoSpawnInTheTaskGroupAndInTestSupport) {
  const std::string source = "void f() { asio::co_spawn(executor, run(), handler); }\n";
  EXPECT_EQ(rules_of(source, "src/async/task_group.cpp"), "");
  EXPECT_EQ(rules_of(source, "tests/support/run.hpp"), "");
  EXPECT_EQ(rules_of(source, "src/http/server.cpp"), "co_spawn ");
}

TEST(CoroutineLint, NamesTheLineWhereTheStatementBegins) {
  const auto findings = lint_coroutines("src/x/y.cpp", "Task<void> f() {\n  g();\n  co_await h(\n      Agg{1});\n}\n");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].line, 3U);
}

TEST(CoroutineLint, SeesThroughClassesNamespacesAndTrailingReturns) {
  const std::string source =
      "#include \"a.hpp\"\nnamespace a::b {\nclass C : public D {\n public:\n  explicit C(int x) : x_{x}, y_(x) {}\n"
      "  auto run() const -> Task<void> {\n    co_await f(Agg{1});\n  }\n  Task<int> go() override {\n"
      "    co_return co_await f();\n  }\n  int x_{1};\n};\n}  // namespace a::b\n";
  EXPECT_EQ(rules_of(source), "brace ");
}

TEST(CoroutineLint, TheProjectIsClean) {
  std::size_t awaits = 0;
  for (const SourceFile& file : source_files(DUALWRITE_SOURCE_DIR, {"src", "include", "tests/support"})) {
    if (file.text.find("co_await") != std::string::npos) ++awaits;
    for (const Finding& finding : lint_coroutines(file.path, file.text)) {
      ADD_FAILURE() << file.path << ":" << finding.line << ": " << finding.rule << ": " << finding.advice;
    }
  }
  EXPECT_GT(awaits, 0U) << "no coroutines were found: is the source directory right?";
}

}  // namespace
}  // namespace dualwrite::tidy
