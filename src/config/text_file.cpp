#include "config/text_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace dualwrite::config {

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return std::unexpected("it is a directory");
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return std::unexpected("it is not a regular file");
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const int code = errno == 0 ? EIO : errno;
    return std::unexpected(std::generic_category().message(code));
  }
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::unexpected(std::generic_category().message(EIO));
  if (out.size() > bytes_max) return std::unexpected("it is longer than " + std::to_string(bytes_max) + " bytes");
  return out;
}

std::string resolve(const std::string& directory, const std::string& path) {
  return (std::filesystem::path(directory) / path).string();
}

}  // namespace dualwrite::config
