#pragma once
// scripts/install into a directory of the test's own.
#include <filesystem>
#include <string>

#include "tidy/process.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::test {

class InstallStage {
 public:
  /// Runs scripts/install with these arguments.
  [[nodiscard]] tidy::CommandOutput run(const std::string& arguments = "") const {
    return tidy::run_command(std::string(DUALWRITE_SOURCE_DIR "/scripts/install --from '" DUALWRITE_BUILD_DIR "'") +
                             " --destdir '" + root() + "' " + arguments);
  }
  [[nodiscard]] std::string root() const { return directory_.file("root"); }
  /// Where a file of the machine lies in this stage.
  [[nodiscard]] std::string at(const std::string& path) const { return root() + path; }
  [[nodiscard]] bool has(const std::string& path) const { return std::filesystem::exists(at(path)); }

 private:
  store::test::TempDir directory_;
};

}  // namespace dualwrite::test
