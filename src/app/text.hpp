#pragma once
// Text for people: times, numbers, tables. Pure.
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/time.hpp"

namespace dualwrite::app {

/// "5 s ago", "in 2 min", "3 days ago".
std::string relative(Instant at, Instant now);

/// "2026-01-02T03:04:05Z (5 s ago)".
std::string absolute_and_relative(Instant at, Instant now);

/// "1:02:03" or "2:03" of minutes and seconds.
std::string duration_text(std::chrono::seconds duration);

/// "1,234,567"; what is no integer stays.
std::string grouped(std::string_view number);

/// Without control characters: what the services say must not steer the terminal.
std::string printable(std::string_view text);

/// Adds a text member to the JSON object that `json` is the beginning of; an empty text becomes null.
void append_member(std::string& json, std::string_view name, std::string_view text);

/// Columns as wide as their widest cell; the last one is not filled up.
class Table {
 public:
  /// A heading that begins with '>' makes its column align to the right.
  explicit Table(std::vector<std::string> headings);
  void row(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> headings_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace dualwrite::app
