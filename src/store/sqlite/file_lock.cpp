#include "store/sqlite/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace dualwrite::store::sqlite {
namespace {

std::string holder(int descriptor) {
  std::array<char, 32> buffer{};
  const ssize_t bytes = pread(descriptor, buffer.data(), buffer.size(), 0);
  std::string number;
  for (ssize_t i = 0;
       i < bytes && buffer[static_cast<std::size_t>(i)] >= '0' && buffer[static_cast<std::size_t>(i)] <= '9'; ++i) {
    number += buffer[static_cast<std::size_t>(i)];
  }
  return number.empty() ? "another process" : "process " + number;
}

}  // namespace

FileLock::FileLock(FileLock&& from) noexcept : descriptor_(std::exchange(from.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& from) noexcept {
  std::swap(descriptor_, from.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<FileLock> FileLock::take(const std::string& file) {
  const std::string name = file + ".lock";
  FileLock lock(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor_ < 0) {
    const int code = errno;
    return fail(Errc::storage,
                "state file " + file + ": cannot create " + name + ": " + std::generic_category().message(code),
                "check that the directory exists and that this user may write in it");
  }
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int code = errno;
    if (code == EWOULDBLOCK) {
      return fail(Errc::storage, "state file " + file + ": it is in use by " + holder(lock.descriptor_),
                  "stop that daemon, or give this one a state file of its own");
    }
    return fail(Errc::storage,
                "state file " + file + ": cannot lock " + name + ": " + std::generic_category().message(code),
                "put the state file on a local file system");
  }
  // The number only helps a person; the lock holds without it.
  const std::string number = std::to_string(getpid()) + '\n';
  if (ftruncate(lock.descriptor_, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(lock.descriptor_, number.data(), number.size(), 0);
  }
  return lock;
}

}  // namespace dualwrite::store::sqlite
