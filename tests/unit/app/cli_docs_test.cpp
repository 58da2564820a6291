// docs/CLI.md and the man page against the help of each verb: the same verbs, and for each the same options.
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

/// How a document shows verbs and options.
struct Form {
  std::string file;
  std::regex heading;        ///< of a verb, its name
  std::string any_heading;   ///< what other headings begin with
  std::regex option;         ///< its long name without dashes
  std::string client_words;  ///< a section with them has the options of every client verb, too
};

Form cli_md() {
  return {"docs/CLI.md", std::regex(R"(^### `dualwrite ([a-z -]+?)(?: [A-Z.… ]+)?`$)"), "#",
          std::regex(R"(^\| `--([a-z-]+)[^`]*` \|.*)"), "client verb"};
}

Form man_page() {
  return {"docs/man/dualwrite.1", std::regex(R"(^\.Ss ([a-z -]+?)(?: [A-Z ]+)?$)"), ".Sh ",
          std::regex(R"(^\.It Fl -([a-z-]+)(?: .*)?$)"), "client command."};
}

std::map<std::string, Options> options_in(const Form& form) {
  const auto& [file, heading, any_heading, option, client_words] = form;
  std::map<std::string, Options> verbs;
  std::ifstream in(DUALWRITE_SOURCE_DIR "/" + file);
  EXPECT_TRUE(in);
  std::smatch match;
  Options* current = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_match(line, match, heading)) {
      current = &verbs[match[1]];
    } else if (line.starts_with(any_heading)) {
      current = nullptr;
    } else if (current != nullptr && std::regex_match(line, match, option)) {
      current->insert("--" + match[1].str());
    } else if (current != nullptr && line.find(client_words) != std::string::npos) {
      current->insert(client_options.begin(), client_options.end());
    }
  }
  return verbs;
}

std::map<std::string, Options> options_of_the_program() {
  std::map<std::string, Options> helped;
  for (const auto& [name, help] : all_help()) {
    const bool is_group = help.find("SUBCOMMAND") != std::string::npos;
    if (!is_group) helped[name] = options_in_help(help);
  }
  return helped;
}

TEST(CliDocs, HaveTheVerbsAndOptionsOfTheHelp) {
  EXPECT_EQ(options_in(cli_md()), options_of_the_program());
}

TEST(CliDocs, TheManPageHasTheVerbsAndOptionsOfTheHelp) {
  EXPECT_EQ(options_in(man_page()), options_of_the_program());
}

TEST(CliDocs, DescribeTheOptionsOfEveryClientVerbOnce) {
  std::ifstream in(DUALWRITE_SOURCE_DIR "/docs/CLI.md");
  std::ostringstream text;
  text << in.rdbuf();
  for (const std::string& option : client_options) {
    EXPECT_NE(text.str().find("| `" + option), std::string::npos) << option;
  }
}

TEST(CliDocs, TheManPageDescribesTheOptionsOfEveryClientVerb) {
  std::ifstream in(DUALWRITE_SOURCE_DIR "/docs/man/dualwrite.1");
  std::ostringstream text;
  text << in.rdbuf();
  const std::string page = text.str();
  const std::size_t section = page.find(".Sh OPTIONS OF CLIENT COMMANDS\n");
  ASSERT_NE(section, std::string::npos);
  for (const std::string& option : client_options) {
    EXPECT_NE(page.find(".It Fl -" + option.substr(2), section), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace dualwrite::app
