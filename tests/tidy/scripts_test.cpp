// The shell scripts hold no mistake that shellcheck knows, and explain themselves.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tidy/process.hpp"

namespace dualwrite::tidy {
namespace {

const std::string root = DUALWRITE_SOURCE_DIR;
const char* const scripts[] = {"scripts/setup",   "scripts/test",   "scripts/demo",
                               "scripts/install", "scripts/limits", ".ci/run"};

TEST(Scripts, PassShellcheck) {
  if (run_command("shellcheck --version").status != 0) GTEST_SKIP() << "there is no shellcheck here";
  for (const char* script : scripts) {
    const CommandOutput checked = run_command("shellcheck '" + root + "/" + script + "'");
    EXPECT_EQ(checked.status, 0) << checked.text;
  }
}

TEST(Scripts, ExplainThemselvesFromAnyDirectory) {
  for (const char* script : scripts) {
    const CommandOutput help = run_command("cd / && '" + root + "/" + script + "' --help");
    EXPECT_EQ(help.status, 0) << script;
    EXPECT_TRUE(help.text.starts_with("usage: ")) << script << ": " << help.text;
  }
}

TEST(Scripts, MakeTheSandboxsTablesAsTheyStand) {
  const CommandOutput checked = run_command("'" + root + "/scripts/sandbox-schema' --check");
  EXPECT_EQ(checked.status, 0) << checked.text;
}

}  // namespace
}  // namespace dualwrite::tidy
