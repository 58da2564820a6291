#include "sandbox/dataverse/derived.hpp"

#include "dualwrite/model/value.hpp"
#include "sandbox/quotient.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

using Cell = std::optional<std::string>;

Cell after(const Row* before, const Assignments& cells, ColumnId column) {
  if (const Assignment* written = cells.find(column)) return written->text;
  const auto text = before != nullptr ? before->get(column) : std::nullopt;
  return text ? Cell(*text) : std::nullopt;
}

Cell far_cell(const State& state, const Column& lookup, std::string_view key, std::string_view name) {
  for (const LookupTarget& target : lookup.targets) {
    const Table& far = state.database.table(target.table);
    const Hit hit = far.find(key);
    const auto column = far.schema().find_name(name);
    if (!hit || !column) continue;
    const auto text = hit.record->row.get(*column);
    return text ? Cell(*text) : std::nullopt;
  }
  return std::nullopt;
}

void derive_owner(const State& state, const TableSchema& schema, Assignments& cells) {
  const auto owner = schema.find_name("ownerid");
  const Assignment* written = owner ? cells.find(*owner) : nullptr;
  if (written == nullptr || !written->text) return;
  const std::string key = *written->text;
  const bool is_team = static_cast<bool>(state.table("team").find(key));
  if (const auto user = schema.find_name("owninguser")) cells.set(*user, is_team ? Cell() : Cell(key));
  if (const auto team = schema.find_name("owningteam")) cells.set(*team, is_team ? Cell(key) : Cell());
  if (const auto unit = schema.find_name("owningbusinessunit")) {
    cells.set(*unit, far_cell(state, schema.column(*owner), key, "businessunitid"));
  }
}

bool is_money(const Column& column) {
  return column.source_type == "Money" && !column.name.ends_with("_base");
}

Cell base_currency(const State& state) {
  const Table& organizations = state.table("organization");
  if (organizations.rows().empty()) return std::nullopt;
  const auto key = organizations.rows().begin()->second.row.get(*organizations.schema().find_name("basecurrencyid"));
  return key ? Cell(*key) : std::nullopt;
}

// The rate is taken anew whenever an amount or the currency is written; the base amounts of a row always agree with it.
void derive_money(const State& state, const TableSchema& schema, const Row* before, Assignments& cells) {
  const auto currency = schema.find_name("transactioncurrencyid");
  const auto rate = schema.find_name("exchangerate");
  if (!currency || !rate || schema.column(*currency).type != Type::lookup) return;
  bool is_concerned = cells.has(*currency);
  for (const Assignment& cell : cells.all()) is_concerned = is_concerned || is_money(schema.column(cell.column));
  if (!is_concerned) return;
  Cell key = after(before, cells, *currency);
  if (!key) {
    key = base_currency(state);
    if (key) cells.set(*currency, key);
  }
  const Cell value = key ? far_cell(state, schema.column(*currency), *key, "exchangerate") : std::nullopt;
  cells.set(*rate, value);
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    if (!is_money(schema.columns[id])) continue;
    const auto base = schema.find_name(schema.columns[id].name + "_base");
    if (!base) continue;
    const Cell amount = after(before, cells, id);
    const bool is_known = amount && value;
    cells.set(*base, is_known ? quotient(*amount, *value, schema.column(*base).scale) : std::nullopt);
  }
}

}  // namespace

void derive(const State& state, const TableSchema& schema, const Row* before, Assignments& cells) {
  derive_owner(state, schema, cells);
  derive_money(state, schema, before, cells);
}

}  // namespace dualwrite::sandbox::dataverse
