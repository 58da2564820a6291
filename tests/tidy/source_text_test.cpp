#include "tidy/source_text.hpp"

#include <gtest/gtest.h>

namespace dualwrite::tidy {
namespace {

TEST(SourceText, BlanksCommentsAndLiteralsAndKeepsLines) {
  EXPECT_EQ(code_only("a // b\nc /* d\n e */ f"), "a     \nc     \n      f");
  EXPECT_EQ(code_only("f(\"x // y\", '\"')"), "f(\"      \", ' ')");
  EXPECT_EQ(code_only("f(\"a\\\"b\")g"), "f(\"    \")g");
  EXPECT_EQ(code_only("n = 1'000'000; c = 'x';"), "n = 1'000'000; c = ' ';");
}

TEST(SourceText, BlanksRawStrings) {
  EXPECT_EQ(code_only("f(R\"(a\" // b)\", 1)"), "f(R\"         \", 1)");
  EXPECT_EQ(code_only("f(R\"x(a)\"b)x\")"), "f(R\"        \")");
}

TEST(SourceText, FindsIncludesButNotInComments) {
  const SourceFile file{"a.cpp", "// #include <no>\n#include <map>\n  #  include \"base/x.hpp\"  // why\n"};

  const std::vector<Include> includes = includes_of(file);

  ASSERT_EQ(includes.size(), 2U);
  EXPECT_EQ(includes[0].name, "<map>");
  EXPECT_EQ(includes[1].name, "\"base/x.hpp\"");
  EXPECT_EQ(includes[1].line, 3U);
}

TEST(SourceText, CountsLinesFromOne) {
  EXPECT_EQ(line_of("a\nb\nc", 0), 1U);
  EXPECT_EQ(line_of("a\nb\nc", 4), 3U);
}

}  // namespace
}  // namespace dualwrite::tidy
