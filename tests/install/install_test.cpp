// scripts/install puts everything into its place, again and again, and takes away what it brought and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "install/stage.hpp"
#include "support/golden.hpp"

namespace dualwrite::test {
namespace {

using testing::HasSubstr;

std::set<std::string> files_below(const std::string& root) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_directory()) files.insert(entry.path().string().substr(root.size()));
  }
  return files;
}

const std::set<std::string> site_files{"/etc/dualwrite/dualwrite.json", "/etc/dualwrite/maps/currencies.json",
                                       "/etc/dualwrite/maps/customers.json", "/etc/dualwrite/maps/vendors.json"};

TEST(Install, InstallsAProgramThatRuns) {
  const InstallStage stage;
  const auto installed = stage.run();
  ASSERT_EQ(installed.status, 0) << installed.text;

  const auto version = tidy::run_command("'" + stage.at("/usr/local/bin/dualwrite") + "' version");

  EXPECT_EQ(version.status, 0) << version.text;
  EXPECT_THAT(version.text, HasSubstr("dualwrite "));
  for (const char* file :
       {"/usr/local/share/man/man1/dualwrite.1", "/usr/local/share/doc/dualwrite/LICENSE",
        "/usr/local/share/doc/dualwrite/INSTALL.md", "/usr/local/share/dualwrite/dualwrite.schema.json",
        "/usr/local/share/dualwrite/table-map.schema.json", "/usr/local/share/dualwrite/maps/customers.json",
        "/usr/local/lib/systemd/system/dualwrite.service", "/usr/local/lib/sysusers.d/dualwrite.conf"}) {
    EXPECT_TRUE(stage.has(file)) << file;
  }
}

TEST(Install, AnUpgradeChangesNoConfiguration) {
  const InstallStage stage;
  ASSERT_EQ(stage.run().status, 0);
  std::ofstream(stage.at("/etc/dualwrite/dualwrite.json")) << "mine";
  std::filesystem::remove(stage.at("/etc/dualwrite/maps/vendors.json"));

  const auto again = stage.run();

  EXPECT_EQ(again.status, 0) << again.text;
  EXPECT_THAT(again.text, HasSubstr("kept "));
  EXPECT_EQ(read_text(stage.at("/etc/dualwrite/dualwrite.json")), "mine");
  EXPECT_FALSE(stage.has("/etc/dualwrite/maps/vendors.json")) << "a map that was removed stays removed";
}

TEST(Install, AnUpgradeRemovesWhatTheNewVersionNoLongerHas) {
  const InstallStage stage;
  ASSERT_EQ(stage.run().status, 0);
  std::ofstream(stage.at("/usr/local/share/dualwrite/old.json")) << "{}";
  std::ofstream(stage.at("/usr/local/share/dualwrite/installed-files"), std::ios::app)
      << "/usr/local/share/dualwrite/old.json\n";

  ASSERT_EQ(stage.run().status, 0);

  EXPECT_FALSE(stage.has("/usr/local/share/dualwrite/old.json"));
}

TEST(Install, UninstallLeavesConfigurationAndStateOnly) {
  const InstallStage stage;
  ASSERT_EQ(stage.run().status, 0);
  std::filesystem::create_directories(stage.at("/var/lib/dualwrite"));
  std::ofstream(stage.at("/var/lib/dualwrite/state.db")) << "state";
  std::ofstream(stage.at("/usr/local/bin/other")) << "somebody else's";

  const auto removed = stage.run("--uninstall");

  EXPECT_EQ(removed.status, 0) << removed.text;
  EXPECT_THAT(removed.text, HasSubstr(stage.at("/etc/dualwrite")));
  EXPECT_THAT(removed.text, HasSubstr(stage.at("/var/lib/dualwrite")));
  std::set<std::string> left = site_files;
  left.insert({"/var/lib/dualwrite/state.db", "/usr/local/bin/other"});
  EXPECT_EQ(files_below(stage.root()), left);
  EXPECT_FALSE(stage.has("/usr/local/share/dualwrite"));
}

TEST(Install, UninstallWithoutAnInstallationSaysSo) {
  const InstallStage stage;
  const auto removed = stage.run("--uninstall");
  EXPECT_NE(removed.status, 0);
  EXPECT_THAT(removed.text, HasSubstr("nothing to remove"));
}

TEST(Install, RemovesNothingThatAListNamesOutsideThePrefix) {
  const InstallStage stage;
  ASSERT_EQ(stage.run().status, 0);
  std::ofstream(stage.at("/usr/local/share/dualwrite/installed-files"))
      << "/usr/local/../../etc/dualwrite/dualwrite.json\n";

  EXPECT_NE(stage.run("--uninstall").status, 0);

  EXPECT_TRUE(stage.has("/etc/dualwrite/dualwrite.json"));
}

TEST(Install, ThePrefixIsInTheUnit) {
  const InstallStage stage;
  ASSERT_EQ(stage.run("--prefix /usr").status, 0);

  const std::string unit = read_text(stage.at("/usr/lib/systemd/system/dualwrite.service"));

  EXPECT_THAT(unit, HasSubstr("\nExecStart=/usr/bin/dualwrite serve --config /etc/dualwrite/dualwrite.json\n"));
  EXPECT_TRUE(stage.has("/usr/bin/dualwrite"));
  EXPECT_EQ(unit.find('@' + std::string("BIN_DIR")), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::test
