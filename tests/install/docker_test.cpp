// What can be said of docker/ without building the image; docs/INSTALL.md says how the image itself was tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <vector>

#include "support/golden.hpp"
#include "tidy/process.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

/// Instructions with their continued lines joined, without comments.
std::vector<std::string> instructions() {
  std::vector<std::string> all;
  std::istringstream lines(read_text(DUALWRITE_SOURCE_DIR "/docker/Dockerfile"));
  bool continued = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.pop_back();
    if (continued) {
      all.back() += line;
    } else {
      all.push_back(line);
    }
    continued = goes_on;
  }
  return all;
}

TEST(Docker, EveryStepPassesShellcheck) {
  if (tidy::run_command("shellcheck --version").status != 0) GTEST_SKIP() << "there is no shellcheck here";
  const store::test::TempDir directory;
  int steps = 0;
  for (const std::string& instruction : instructions()) {
    if (!instruction.starts_with("RUN ")) continue;
    ++steps;
    std::ofstream(directory.file("step")) << instruction.substr(4) << '\n';
    // TESTS is set by ARG.
    const auto checked = tidy::run_command("shellcheck --shell=sh --exclude=SC2154 '" + directory.file("step") + "'");
    EXPECT_EQ(checked.status, 0) << instruction << "\n" << checked.text;
  }
  EXPECT_GE(steps, 3);
}

TEST(Docker, TheImageRunsAsNobodySpecialAndAsksTheProgramForItsHealth) {
  const std::vector<std::string> all = instructions();
  for (const std::string& instruction : all) {
    if (instruction.starts_with("FROM ")) EXPECT_THAT(instruction, StartsWith("FROM debian:bookworm-slim"));
  }
  EXPECT_THAT(all, Contains("USER dualwrite"));
  EXPECT_THAT(all, Contains(HasSubstr(R"(CMD ["dualwrite", "health"])")));
  EXPECT_THAT(all, Contains(R"(ENTRYPOINT ["dualwrite"])")) << "no shell between the signals and the program";
}

TEST(Docker, TheImageHasTheLibrariesThatTheProgramIsLinkedWith) {
  std::string packages;
  for (const std::string& instruction : instructions()) {
    if (instruction.find("apt-get install") != std::string::npos) packages += instruction + " ";
  }
  const auto linked = tidy::run_command("ldd '" DUALWRITE_PROGRAM "'");
  if (linked.status != 0) GTEST_SKIP() << "there is no ldd here";
  const std::regex path(R"(=> (/\S+) \()");
  int found = 0;
  for (std::sregex_iterator at(linked.text.begin(), linked.text.end(), path); at != std::sregex_iterator(); ++at) {
    const auto owner = tidy::run_command("f=$(readlink -f '" + (*at)[1].str() +
                                         "'); dpkg -S \"$f\" \"/usr$f\" \"${f#/usr}\" 2>/dev/null");
    if (owner.text.find(':') == std::string::npos) continue;  // made by hand on this machine
    const std::string package = owner.text.substr(0, owner.text.find(':'));
    ++found;
    if (package == "libc6" || package == "libgcc-s1") continue;  // every Debian has them
    EXPECT_THAT(packages, HasSubstr(" " + package + " ")) << (*at)[1].str();
  }
  if (found == 0) GTEST_SKIP() << "dpkg does not know this machine's libraries";
}

TEST(Docker, ComposeLinksADaemonToAHealthySandbox) {
  const auto read = tidy::run_command(
      "python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)' "
      "'" DUALWRITE_SOURCE_DIR "/docker/compose.yml'");
  if (read.text.find("No module named") != std::string::npos) GTEST_SKIP() << "there is no python3-yaml here";
  ASSERT_EQ(read.status, 0) << read.text;
  const auto compose = nlohmann::json::parse(read.text);
  const auto& sandbox = compose.at("services").at("sandbox");
  const auto& daemon = compose.at("services").at("daemon");

  EXPECT_EQ(sandbox.at("build").at("dockerfile"), "docker/Dockerfile");
  EXPECT_EQ(sandbox.at("command").at(0), "sandbox");
  EXPECT_EQ(daemon.at("image"), sandbox.at("image"));
  EXPECT_EQ(daemon.at("network_mode"), "service:sandbox");
  EXPECT_EQ(daemon.at("depends_on").at("sandbox").at("condition"), "service_healthy");
  // The example's addresses are those at which the sandbox's health is looked for.
  const std::string config = read_text(DUALWRITE_SOURCE_DIR "/config/dualwrite.example.json");
  for (const std::string port : {"8701", "8702", "8703"}) {
    EXPECT_THAT(sandbox.at("healthcheck").at("test").at(3).get<std::string>(), HasSubstr("/dev/tcp/127.0.0.1/" + port));
    EXPECT_THAT(config, HasSubstr("http://127.0.0.1:" + port));
  }
  EXPECT_EQ(daemon.at("command"),
            nlohmann::json::parse(R"(["serve", "--config", "/usr/share/dualwrite/dualwrite.example.json"])"));
  EXPECT_THAT(config, HasSubstr(daemon.at("environment").items().begin().key()));
}

}  // namespace
}  // namespace dualwrite::test
