#pragma once
// What the checker needs of a map file, read by a reader of its own: which columns pair up, of what type, by which key.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::demo {

enum class ColumnType : std::uint8_t { text, integer, decimal, boolean, date, datetime, choice };

struct ColumnPair {
  std::string finops;     ///< F&O property; also the column's name in journal and conflicts
  std::string dataverse;  ///< Dataverse column, or "navigation/column"
  ColumnType type = ColumnType::text;
  bool both_ways = true;
  bool key = false;
  int scale = 2;                                            ///< of a decimal
  std::vector<std::pair<std::string, std::string>> values;  ///< choice: F&O member, Dataverse number or boolean
  std::string navigation;                                   ///< of a lookup; empty: an ordinary column
  std::string lookup_set;
  std::string lookup_column;
  [[nodiscard]] bool is_lookup() const noexcept { return !navigation.empty(); }
};

struct MapFile {
  std::string name;
  std::string finops_entity;
  std::string dataverse_table;
  std::string dataverse_set;
  std::string dataverse_id;
  std::vector<std::string> companies;  ///< empty: the entity is global
  std::vector<ColumnPair> columns;

  [[nodiscard]] const ColumnPair* find(std::string_view finops_name) const noexcept;
  [[nodiscard]] std::vector<const ColumnPair*> keys() const;
};

/// Reads the text of a map file. Errc::invalid with `name` when something that the checker needs is missing.
Result<MapFile> parse_map_file(const std::string& name, std::string_view text);
Result<MapFile> read_map_file(const std::string& path);

}  // namespace dualwrite::demo
