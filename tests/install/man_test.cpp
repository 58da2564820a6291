// The man page as two readers of its language see it. What it says is held true in tests/unit/app/cli_docs_test.cpp.
#include <gtest/gtest.h>

#include "tidy/process.hpp"

namespace dualwrite::test {
namespace {

const std::string page = DUALWRITE_SOURCE_DIR "/docs/man/dualwrite.1";

TEST(Man, MandocHasNothingToSayAgainstIt) {
  if (tidy::run_command("command -v mandoc").status != 0) GTEST_SKIP() << "there is no mandoc here";
  // Style would want lines of 80 characters and look other pages up on this machine.
  const auto checked = tidy::run_command("mandoc -T lint -W warning '" + page + "'");
  EXPECT_EQ(checked.status, 0) << checked.text;
  EXPECT_EQ(checked.text, "");
}

TEST(Man, GroffHasNothingToSayAgainstIt) {
  if (tidy::run_command("command -v groff").status != 0) GTEST_SKIP() << "there is no groff here";
  const auto checked = tidy::run_command("LC_ALL=C.UTF-8 groff -mandoc -Tutf8 -ww -z '" + page + "'");
  EXPECT_EQ(checked.status, 0) << checked.text;
  EXPECT_EQ(checked.text, "");
}

}  // namespace
}  // namespace dualwrite::test
