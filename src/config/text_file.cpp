#include "config/text_file.hpp"

#include <filesystem>
#include <fstream>

namespace dualwrite::config {

std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || out.size() > bytes_max) return std::nullopt;
  return out;
}

std::string resolve(const std::string& directory, const std::string& path) {
  return (std::filesystem::path(directory) / path).string();
}

}  // namespace dualwrite::config
