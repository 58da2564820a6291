#pragma once
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace dualwrite::demo {

/// A directory that goes away unless somebody wants to look into it.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code problem;
    if (!kept_)
      std::filesystem::remove_all(path_, problem);  // what is left behind lies in the system's temporary directory
  }

  static std::string make() {
    std::error_code problem;
    std::string path = (std::filesystem::temp_directory_path(problem) / "dualwrite-demo-XXXXXX").string();
    if (problem || mkdtemp(path.data()) == nullptr) throw std::runtime_error("making a temporary directory: " + path);
    return path;
  }

  void keep() noexcept { kept_ = true; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  bool kept_ = false;
};

}  // namespace dualwrite::demo
