// docs/CLI.md against the help of each verb: the same verbs, and for each the same options.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "app/cli.hpp"

namespace dualwrite::app {
namespace {

using Options = std::set<std::string>;

const Options client_options{"--url", "--key-file", "--json"};

/// Lines that begin, after blanks, with an option; its long name.
Options options_in_help(const std::string& help) {
  Options options;
  std::istringstream lines(help);
  const std::regex option(R"(^ +(?:-\w,)?(--[a-z-]+).*)");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, option)) options.insert(match[1]);
  }
  options.erase("--help");
  return options;
}

/// By verb: sections "### `dualwrite maps list`", options as the first cell of a table's line, "| `--json` | …"; a
/// section with the words "client verb" has the options of every client verb too.
std::map<std::string, Options> options_in_docs() {
  std::map<std::string, Options> verbs;
  std::ifstream in(DUALWRITE_SOURCE_DIR "/docs/CLI.md");
  EXPECT_TRUE(in);
  const std::regex heading(R"(^### `dualwrite ([a-z -]+?)(?: [A-Z.… ]+)?`$)");
  const std::regex option(R"(^\| `(--[a-z-]+)[^`]*` \|.*)");
  std::smatch match;
  Options* current = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_match(line, match, heading)) {
      current = &verbs[match[1]];
    } else if (line.starts_with("#")) {
      current = nullptr;
    } else if (current != nullptr && std::regex_match(line, match, option)) {
      current->insert(match[1]);
    } else if (current != nullptr && line.find("client verb") != std::string::npos) {
      current->insert(client_options.begin(), client_options.end());
    }
  }
  return verbs;
}

TEST(CliDocs, HaveTheVerbsAndOptionsOfTheHelp) {
  std::map<std::string, Options> helped;
  for (const auto& [name, help] : all_help()) {
    const bool is_group = help.find("SUBCOMMAND") != std::string::npos;
    if (!is_group) helped[name] = options_in_help(help);
  }

  EXPECT_EQ(options_in_docs(), helped);
}

TEST(CliDocs, DescribeTheOptionsOfEveryClientVerbOnce) {
  std::ifstream in(DUALWRITE_SOURCE_DIR "/docs/CLI.md");
  std::ostringstream text;
  text << in.rdbuf();
  for (const std::string& option : client_options) {
    EXPECT_NE(text.str().find("| `" + option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace dualwrite::app
