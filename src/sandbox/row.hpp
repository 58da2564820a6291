#pragma once
// One row as a single byte string: only the cells that have a value, by ascending column.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

/// A cell to write; no text clears it. The text is in stored form (cell.hpp).
struct Assignment {
  ColumnId column = 0;
  std::optional<std::string> text;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// Sorted by column, at most one for each; later ones replace earlier ones.
class Assignments {
 public:
  void set(ColumnId column, std::optional<std::string> text);
  [[nodiscard]] const Assignment* find(ColumnId column) const;
  [[nodiscard]] bool has(ColumnId column) const { return find(column) != nullptr; }
  void erase(ColumnId column);
  [[nodiscard]] const std::vector<Assignment>& all() const noexcept { return all_; }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

 private:
  std::vector<Assignment> all_;
};

class Row {
 public:
  [[nodiscard]] std::optional<std::string_view> get(ColumnId column) const;
  /// A copy with these cells written.
  [[nodiscard]] Row with(const Assignments& cells) const;
  /// Calls f(column, text) for every cell that has a value, by ascending column.
  template <class F>
  void for_each(F f) const {
    std::size_t at = 0;
    while (at < bytes_.size()) {
      const auto [column, text] = read(at);
      f(column, text);
    }
  }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_.size(); }
  /// All of it, for from_bytes() of a table with the same columns.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  /// Nothing if no row of a table with so many columns has these bytes.
  static std::optional<Row> from_bytes(std::string_view bytes, std::size_t columns);
  friend bool operator==(const Row&, const Row&) = default;

 private:
  [[nodiscard]] std::pair<ColumnId, std::string_view> read(std::size_t& at) const;
  void append(ColumnId column, std::string_view text);
  std::string bytes_;
};

}  // namespace dualwrite::sandbox
