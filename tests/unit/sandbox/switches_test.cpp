#include "dualwrite/sandbox/switches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace dualwrite::sandbox {
namespace {

using testing::HasSubstr;

std::string message_of(const Result<void>& result) {
  return result ? "" : result.error().message();
}
std::string hint_of(const Result<void>& result) {
  return result ? "" : result.error().hint();
}

TEST(Switches, AreSetByName) {
  SandboxSettings settings;

  ASSERT_TRUE(set_switch(settings, "dataverse.empty-string-is-null=false"));
  ASSERT_TRUE(set_switch(settings, "finops.stale-etag-status=409"));
  ASSERT_TRUE(set_switch(settings, "dataverse.webhook-limit-ms=1500"));
  ASSERT_TRUE(set_switch(settings, "dataverse.page-size=50"));

  EXPECT_FALSE(settings.dataverse.empty_string_is_null);
  EXPECT_EQ(settings.finops.stale_etag_status, 409);
  EXPECT_EQ(settings.dataverse.webhook_limit, std::chrono::milliseconds(1500));
  EXPECT_EQ(settings.dataverse_page_size, 50U);
}

TEST(Switches, EveryDefaultIsAValueOfItsSwitch) {
  for (const SwitchInfo& each : list_switches()) {
    SandboxSettings settings;
    EXPECT_TRUE(set_switch(settings, each.name + "=" + each.default_value)) << each.name;
  }
}

TEST(Switches, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const SwitchInfo& each : list_switches()) EXPECT_TRUE(names.insert(each.name).second) << each.name;
}

TEST(Switches, AnUnknownNameIsAnsweredWithNearOnes) {
  SandboxSettings settings;

  const auto typo = set_switch(settings, "finops.stale-etag-staus=409");
  const auto side = set_switch(settings, "dataverse.queue-max=5");
  const auto nothing_near = set_switch(settings, "zzz=5");

  EXPECT_EQ(message_of(typo), "there is no switch \"finops.stale-etag-staus\"");
  EXPECT_THAT(hint_of(typo), HasSubstr("near names: finops.stale-etag-status"));
  EXPECT_THAT(hint_of(side), HasSubstr("dataverse.webhook-queue-max"));
  EXPECT_EQ(hint_of(nothing_near), "`dualwrite sandbox --list-switches` shows them all");
}

TEST(Switches, AValueThatCannotBeIsAnsweredWithThoseThatCan) {
  SandboxSettings settings;

  for (const char* value : {"", "200", "abc", "409 ", "0x199", "99999999999999999999", "-409"}) {
    const auto refused = set_switch(settings, "finops.stale-etag-status=" + std::string(value));
    EXPECT_THAT(hint_of(refused), HasSubstr("it takes 400 to 499; 412 is the default")) << value;
  }
  EXPECT_THAT(hint_of(set_switch(settings, "finops.check-references=yes")), HasSubstr("true, false"));
  EXPECT_THAT(message_of(set_switch(settings, "finops.check-references")), HasSubstr("has no value"));
  EXPECT_EQ(settings.finops.stale_etag_status, 412);
}

/// All that the tests of the sandbox say, but this file.
std::string source_of_tests() {
  std::string all;
  for (const char* below : {"/tests/unit/sandbox", "/tests/integration/sandbox"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(DUALWRITE_SOURCE_DIR + std::string(below))) {
      if (entry.path().extension() != ".cpp" || entry.path().filename() == "switches_test.cpp") continue;
      std::ifstream in(entry.path());
      all.append(std::istreambuf_iterator<char>(in), {});
    }
  }
  return all;
}

/// The members that "finops.throttle-window-seconds" may stand for: throttle_window, finops_throttle_window, and those
/// with the unit.
std::vector<std::string> members_of(std::string name) {
  for (char& c : name)
    if (c == '-' || c == '.') c = '_';
  std::vector<std::string> members{name.substr(name.find('_') + 1), name};
  for (const std::string_view unit : {"_seconds", "_ms"}) {
    if (!name.ends_with(unit)) continue;
    name.resize(name.size() - unit.size());
    members.insert(members.end(), {name.substr(name.find('_') + 1), name});
  }
  return members;
}

TEST(Switches, AreEachSetByATestToWhatIsNotTheirDefault) {
  const std::string tests = source_of_tests();
  ASSERT_GT(tests.size(), 100'000U) << "the sources of the tests are not where they were";
  for (const SwitchInfo& each : list_switches()) {
    bool is_set = false;
    for (const std::string& member : members_of(each.name)) {
      // An assignment whose right side does not begin with the default.
      const std::string assigns = "." + member + " = ";
      for (std::size_t at = tests.find(assigns); at != std::string::npos && !is_set; at = tests.find(assigns, at + 1)) {
        is_set = tests.compare(at + assigns.size(), each.default_value.size() + 1, each.default_value + ";") != 0;
      }
    }
    EXPECT_TRUE(is_set) << each.name << ": no fact is tested with another value than " << each.default_value;
  }
}

TEST(Switches, StandInTheDocumentAsInTheProgram) {
  std::ifstream in(DUALWRITE_SOURCE_DIR "/docs/SANDBOX.md");
  std::vector<std::string> documented;
  bool is_table = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| switch |")) is_table = true;
    if (line.empty()) is_table = false;
    if (is_table && line.starts_with("| `")) documented.push_back(line);
  }
  std::vector<std::string> expected;
  for (const SwitchInfo& each : list_switches()) {
    expected.push_back("| `" + each.name + "` | " + each.default_value + " | " + each.values + " | " + each.meaning +
                       " | " + each.facts + " |");
  }
  std::string all;
  for (const std::string& line : expected) all += line + "\n";
  EXPECT_EQ(documented, expected) << "The table should be:\n" << all;
}

}  // namespace
}  // namespace dualwrite::sandbox
