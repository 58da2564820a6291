#pragma once
// The row version that all tables share, and what a transaction that waits has drawn from it.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dualwrite::sandbox::dataverse {

/// The versions that a transaction drew, so that it gets the same ones when it is run again: a webhook has been told.
struct VersionTape {
  std::vector<std::int64_t> drawn;
  std::size_t next = 0;
  /// Those before have been used for rows that are locked. Only they are kept after a wait for somebody else's lock:
  /// the row behind it gets a version above the one that the other gave it.
  std::size_t used = 0;
};

/// Reads as the last version given out.
class VersionCounter {
 public:
  explicit VersionCounter(std::int64_t start) : last_(start) {}
  operator std::int64_t() const noexcept { return last_; }  // NOLINT(google-explicit-constructor)
  VersionCounter& operator=(std::int64_t value) noexcept {
    last_ = value;
    return *this;
  }
  std::int64_t operator++() {
    if (tape_ == nullptr) return ++last_;
    if (tape_->next == tape_->drawn.size()) tape_->drawn.push_back(++last_);
    return tape_->drawn[tape_->next++];
  }
  /// From now on goes by that tape; nullptr: by none.
  void set_tape(VersionTape* tape) noexcept { tape_ = tape; }

 private:
  std::int64_t last_;
  VersionTape* tape_ = nullptr;
};

}  // namespace dualwrite::sandbox::dataverse
