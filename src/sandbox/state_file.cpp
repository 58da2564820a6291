#include "sandbox/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "sandbox/archive.hpp"

namespace dualwrite::sandbox {
namespace {

// magic, version, content, checksum: put by a Writer.
constexpr std::string_view magic = "dualwrite sandbox state";
constexpr std::int64_t format_version = 2;  // 2: calls bear the id of their job

std::int64_t checksum(std::string_view content) {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return static_cast<std::int64_t>(hash);
}

std::unexpected<Error> refused(const std::string& attempt, const std::string& path) {
  return fail(Errc::storage, attempt + " " + path + ": " + std::generic_category().message(errno),
              "check the directory, its permissions and the space that is left");
}

std::unexpected<Error> broken(const std::string& path, const std::string& why) {
  return fail(Errc::invalid, "reading the sandbox's state from " + path + ": " + why,
              "name another file, or move this one away to begin anew; it has not been changed");
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  bool close() { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = ::write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string beside(const std::string& path) {
  return path + ".tmp";
}

int open_beside(const std::string& path) {
  return ::open(beside(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

/// So that a place where nothing can be written is found at the start, not when all is to be saved.
Result<void> check_place(const std::string& path) {
  const File file(open_beside(path));
  if (file.get() < 0) return refused("writing the sandbox's state beside", path);
  ::unlink(beside(path).c_str());
  return {};
}

Result<std::string> read_all(const std::string& path, int file) {
  std::string content;
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return refused("reading the sandbox's state from", path);
  if (!S_ISREG(facts.st_mode)) return broken(path, "it is no regular file");
  content.resize(static_cast<std::size_t>(facts.st_size));
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t count = ::read(file, content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refused("reading the sandbox's state from", path);
    if (count == 0) return broken(path, "it became shorter meanwhile");
    filled += static_cast<std::size_t>(count);
  }
  return content;
}

}  // namespace

Result<std::optional<std::string>> read_state_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno != ENOENT) return refused("reading the sandbox's state from", path);
  if (auto place = check_place(path); !place) return std::unexpected(place.error());
  if (file.get() < 0) return std::nullopt;
  const auto bytes = read_all(path, file.get());
  if (!bytes) return std::unexpected(bytes.error());
  try {
    Reader reader(*bytes);
    if (reader.text() != magic) return broken(path, "it is no such file");
    const std::int64_t version = reader.number();
    if (version != format_version) {
      return broken(path, "it has format " + std::to_string(version) + ", and this program reads format " +
                              std::to_string(format_version));
    }
    const std::string_view content = reader.text();
    if (reader.number() != checksum(content) || !reader.at_end()) return broken(path, "it is damaged");
    return std::string(content);
  } catch (const ArchiveError& error) {
    return broken(path, std::string("it is damaged: ") + error.what());
  }
}

Result<void> write_state_file(const std::string& path, std::string_view content) {
  const std::string temporary = beside(path);
  const std::string attempt = "writing the sandbox's state to";
  Writer writer;
  writer.text(magic);
  writer.number(format_version);
  writer.text(content);
  writer.number(checksum(content));
  File file(open_beside(path));
  if (file.get() < 0) return refused(attempt, temporary);
  const bool is_written = write_all(file.get(), writer.bytes()) && ::fsync(file.get()) == 0 && file.close();
  if (!is_written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    auto refusal = refused(attempt, is_written ? path : temporary);
    ::unlink(temporary.c_str());
    return refusal;
  }
  // The name is durable when the directory is.
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  const File folder(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return refused("syncing the directory of", path);
  return {};
}

}  // namespace dualwrite::sandbox
