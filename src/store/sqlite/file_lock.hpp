#pragma once
// One daemon per state file: a lock on "<file>.lock" beside it, held until the process ends, however it ends.
// Not on the file itself: closing any descriptor of it would drop SQLite's own locks.
#include <string>

#include "dualwrite/base/error.hpp"

namespace dualwrite::store::sqlite {

class FileLock {
 public:
  FileLock() = default;  ///< holds nothing
  FileLock(FileLock&& from) noexcept;
  FileLock& operator=(FileLock&& from) noexcept;
  ~FileLock();

  /// Fails with Errc::storage if another process (or this one) has it; the message names its number.
  static Result<FileLock> take(const std::string& file);

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace dualwrite::store::sqlite
