#include "sandbox/schema_build.hpp"

#include <algorithm>

namespace dualwrite::sandbox {

std::optional<std::string> finops_empty_text(const Column& column, const std::vector<Enumeration>& enumerations) {
  switch (column.type) {
    case Type::guid:
      return std::string(16, '\0');
    case Type::boolean:
    case Type::integer:
    case Type::bigint:
    case Type::decimal:
    case Type::real:
      return "0";
    case Type::date:
    case Type::ax_date:
      return "1900-01-01";
    case Type::datetime:
      return "1900-01-01T00:00:00Z";
    case Type::enumeration:
      for (const auto& [name, value] : enumerations[static_cast<std::size_t>(column.enumeration)].members) {
        if (value == 0) return name;
      }
      return std::nullopt;
    default:
      return std::string();
  }
}

void add_column(TableSchema& table, Column column) {
  const auto id = static_cast<ColumnId>(table.columns.size());
  table.by_wire.emplace(column.wire, id);
  table.by_name.emplace(column.name, id);
  table.columns.push_back(std::move(column));
}

TableSchema& add_table(Schema& schema, TableSchema table) {
  table.id = static_cast<TableId>(schema.tables.size());
  schema.by_set.emplace(table.set, table.id);
  schema.by_name.emplace(table.name, table.id);
  return schema.tables.emplace_back(std::move(table));
}

void sort_members(Enumeration& enumeration) {
  std::ranges::sort(enumeration.members, {}, [](const auto& member) { return std::pair(member.second, member.first); });
}

}  // namespace dualwrite::sandbox
