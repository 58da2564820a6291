#pragma once
// A byte string that holds the sandbox's state: numbers and texts in the order in which they were put.
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

/// What is read is not what was written. The text says where.
class ArchiveError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Writer {
 public:
  void number(std::int64_t value);
  void text(std::string_view value);
  void headers(const http::Headers& value);
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

/// Throws ArchiveError where the bytes end too early or cannot be.
class Reader {
 public:
  /// `bytes` must outlive it.
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::int64_t number();
  /// A number of things that follow, each of at least one byte.
  std::size_t count();
  std::string_view text();
  http::Headers headers();
  /// Throws unless the next text is that one; for places where a mix-up would go unnoticed.
  void expect(std::string_view word);
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace dualwrite::sandbox
