#include "dualwrite/sandbox/switches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
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
