#pragma once
// Named copies of what both services hold, in memory or as files of one directory.
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::sandbox {

class Snapshots {
 public:
  static constexpr std::size_t count_max = 16;  ///< in memory

  /// With a directory, a snapshot is the file NAME.snapshot there; else it is gone with the object.
  explicit Snapshots(std::string directory) : directory_(std::move(directory)) {}

  /// One to 64 of a-z, 0-9, - and _: nothing that leaves the directory.
  static bool is_name(std::string_view name) noexcept;
  /// Replaces one of that name. Errc::limit, Errc::storage.
  Result<void> put(const std::string& name, std::string content);
  /// Errc::not_found, Errc::invalid for a broken file, Errc::storage.
  [[nodiscard]] Result<std::string> get(const std::string& name) const;
  [[nodiscard]] bool remove(const std::string& name);
  /// In the order of the alphabet.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return directory_ + "/" + name + ".snapshot"; }
  std::string directory_;
  std::map<std::string, std::string> in_memory_;
};

}  // namespace dualwrite::sandbox
