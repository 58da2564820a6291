#include "sandbox/finops/rename.hpp"

#include <algorithm>

namespace dualwrite::sandbox::finops {

bool rename(State& state, const std::string& entity, const std::string& column, const std::string& from,
            const std::string& to) {
  const TableSchema* schema = state.database.schema.find_set(entity);
  if (schema == nullptr) return false;
  const auto id =
      std::ranges::find_if(schema->primary.columns, [&](ColumnId each) { return schema->column(each).name == column; });
  if (id == schema->primary.columns.end()) return false;
  Table& table = state.database.table(schema->id);
  const std::string wanted = key_part(schema->column(*id), from);
  const auto row = std::ranges::find_if(table.rows(), [&](const auto& each) {
    return key_part(schema->column(*id), each.second.row.get(*id).value_or("")) == wanted;
  });
  if (row == table.rows().end()) return false;
  Assignments cells;
  cells.set(*id, to);
  Record renamed;
  renamed.row = row->second.row.with(cells);
  renamed.rec_id = row->second.rec_id;
  renamed.version = state.new_rec_version();
  const std::string old_key = row->first;
  const std::string new_key = *key_of(*schema, schema->primary, renamed.row, true);
  if (table.find(new_key)) return false;
  Transaction transaction;
  transaction.erase(table, old_key, 0);
  transaction.put(table, new_key, std::move(renamed));
  transaction.commit();
  return true;
}

}  // namespace dualwrite::sandbox::finops
