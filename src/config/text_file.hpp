#pragma once
#include <optional>
#include <string>

namespace dualwrite::config {

/// The file's bytes; nothing if it cannot be read or is longer than `bytes_max`.
std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// `path` itself if it is absolute or `directory` is empty, else directory/path.
std::string resolve(const std::string& directory, const std::string& path);

}  // namespace dualwrite::config
