// The systemd unit, installed into a stage, as systemd-analyze reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "dualwrite/config/settings.hpp"
#include "install/stage.hpp"
#include "support/golden.hpp"

namespace dualwrite::test {
namespace {

using testing::HasSubstr;

class Unit : public testing::Test {
 protected:
  void SetUp() override {
    if (tidy::run_command("systemd-analyze --version").status != 0) GTEST_SKIP() << "there is no systemd-analyze here";
    const auto installed = stage.run();
    ASSERT_EQ(installed.status, 0) << installed.text;
  }
  InstallStage stage;
  std::string file = "/usr/local/lib/systemd/system/dualwrite.service";
};

TEST_F(Unit, IsUnderstoodToTheLastKey) {
  // It verifies paths of this machine, so the copy names the program and the documents where the stage has them.
  std::string text = read_text(stage.at(file));
  for (std::size_t at = text.find("/usr/local/"); at != std::string::npos; at = text.find("/usr/local/", at)) {
    text.insert(at, stage.root());
    at += stage.root().size() + 1;
  }
  const std::string copy = stage.at("/dualwrite.service");
  std::ofstream(copy) << text;

  const auto verified = tidy::run_command("systemd-analyze verify --man=no '" + copy + "'");

  EXPECT_EQ(verified.status, 0);
  // It succeeds for unknown keys, too, and complains.
  EXPECT_EQ(verified.text, "");
}

TEST_F(Unit, IsExposedToLittle) {
  const auto scored =
      tidy::run_command("systemd-analyze security --offline=yes --no-pager --threshold=20 '" + stage.at(file) + "'");
  EXPECT_EQ(scored.status, 0) << scored.text;
}

TEST_F(Unit, NamesPathsThatTheInstallationHas) {
  const std::string text = read_text(stage.at(file));
  EXPECT_THAT(text, HasSubstr("\nExecStart=/usr/local/bin/dualwrite serve --config /etc/dualwrite/dualwrite.json\n"));
  EXPECT_TRUE(stage.has("/usr/local/bin/dualwrite"));
  EXPECT_TRUE(stage.has("/etc/dualwrite/dualwrite.json"));
  EXPECT_THAT(text, HasSubstr("file:///usr/local/share/doc/dualwrite/INSTALL.md"));
  EXPECT_TRUE(stage.has("/usr/local/share/doc/dualwrite/INSTALL.md"));
}

TEST_F(Unit, StartsAConfigurationThatIsValidOnceItsCredentialsAreThere) {
  const std::string credentials = stage.at("/credentials");
  std::filesystem::create_directory(credentials);
  const std::string unit = read_text(stage.at(file));
  for (const std::string name : {"finops", "dataverse", "admin", "ingest"}) {
    EXPECT_THAT(unit, HasSubstr("#LoadCredential=" + name + ":/etc/dualwrite/secrets/" + name + "\n"));
    std::ofstream(credentials + "/" + name) << "s3cret\n";
  }
  setenv("CREDENTIALS_DIRECTORY", credentials.c_str(), 1);

  const auto settings = config::read_settings(stage.at("/etc/dualwrite/dualwrite.json"));

  unsetenv("CREDENTIALS_DIRECTORY");
  std::string mistakes;
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) mistakes += maps::to_string(mistake) + "\n";
  }
  ASSERT_TRUE(settings) << mistakes;
  EXPECT_EQ(settings->state_file, "/var/lib/dualwrite/state.db");
  EXPECT_THAT(unit, HasSubstr("\nStateDirectory=dualwrite\n"));
  EXPECT_EQ(settings->links.front().maps.size(), 3U);
}

}  // namespace
}  // namespace dualwrite::test
