#pragma once
// All tables of one service.
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "sandbox/schema.hpp"
#include "sandbox/table.hpp"

namespace dualwrite::sandbox {

struct Database {
  std::shared_ptr<const Schema> owned;
  const Schema& schema;
  std::deque<Table> tables;

  Database(std::shared_ptr<const Schema> from, bool log_changes) : owned(std::move(from)), schema(*owned) {
    for (const TableSchema& table : schema.tables) tables.emplace_back(table, log_changes);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void save(Writer& to) const {
    to.number(static_cast<std::int64_t>(tables.size()));
    for (const Table& table : tables) table.save(to);
  }
  /// Throws ArchiveError.
  void load(Reader& from) {
    if (from.count() != tables.size()) throw ArchiveError("it has other tables");
    for (Table& table : tables) table.load(from);
  }

  [[nodiscard]] Table& table(TableId id) { return tables[id]; }
  [[nodiscard]] const Table& table(TableId id) const { return tables[id]; }
};

/// A cell as a client reads it: F&O gives the type's empty value where there is none.
inline std::optional<std::string_view> cell_of(const TableSchema& schema, const Row& row, ColumnId column) {
  auto text = row.get(column);
  if (!text && schema.column(column).empty) text = *schema.column(column).empty;
  return text;
}

}  // namespace dualwrite::sandbox
