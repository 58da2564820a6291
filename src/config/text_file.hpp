#pragma once
#include <expected>
#include <string>

namespace dualwrite::config {

/// The file's bytes; or why it cannot be read, or that it is longer than `bytes_max`.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max);

/// `path` itself if it is absolute or `directory` is empty, else directory/path.
std::string resolve(const std::string& directory, const std::string& path);

}  // namespace dualwrite::config
