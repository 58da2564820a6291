#include "demo/tables.hpp"

#include <algorithm>
#include <utility>

#include "demo/canonical.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::demo {
namespace {

const Value* cell_of(const ColumnPair& column, Side side, const odata::Entity& entity) {
  return entity.find(side == Side::finops ? column.finops : column.dataverse);
}

bool in_scope(const MapFile& map, Side side, const odata::Entity& entity) {
  if (map.companies.empty()) return true;
  const ColumnPair* company = map.find("dataAreaId");
  const Value* value = company == nullptr ? nullptr : cell_of(*company, side, entity);
  if (value == nullptr) return false;
  return std::any_of(map.companies.begin(), map.companies.end(),
                     [&](const std::string& name) { return equal_ignoring_case(name, value->text()); });
}

std::string finops_predicate(const MapFile& map, const odata::Entity& entity) {
  odata::KeyPredicate key;
  for (const ColumnPair* column : map.keys()) {
    const Value* value = entity.find(column->finops);
    key.emplace_back(column->finops, value == nullptr ? Value::string("") : *value);
  }
  return odata::format_key_predicate(key);
}

}  // namespace

const TableRow* SideTable::find(std::string_view key) const noexcept {
  const auto it = rows.find(key);
  return it == rows.end() ? nullptr : &it->second;
}

void add_row(const MapFile& map, Side side, const odata::Entity& entity, SideTable& into) {
  if (!in_scope(map, side, entity)) return;
  std::vector<std::string> parts;
  for (const ColumnPair* column : map.keys()) {
    const Value* value = cell_of(*column, side, entity);
    if (value == nullptr || value->is_null() || value->text().empty()) return;
    parts.push_back(value->text());
  }
  TableRow row;
  if (side == Side::finops) {
    row.endpoint_key = finops_predicate(map, entity);
  } else if (const Value* id = entity.find(map.dataverse_id)) {
    row.endpoint_key = id->text();
  }
  for (const ColumnPair& column : map.columns) {
    const Value* value = cell_of(column, side, entity);
    row.cells.push_back(canonical(column, value == nullptr ? Value{} : *value));
  }
  const std::string key = record_key(parts);
  if (!into.rows.emplace(key, std::move(row)).second) into.doubled.push_back(key);
}

std::string to_string(const Difference& difference) {
  const std::string record = difference.map + " " + difference.key;
  if (difference.column.empty()) return record + ": F&O " + difference.finops + ", Dataverse " + difference.dataverse;
  return record + ", " + difference.column + ": F&O \"" + difference.finops + "\", Dataverse \"" +
         difference.dataverse + "\"";
}

std::vector<Difference> differences(const MapFile& map, const PerSide<SideTable>& sides) {
  std::vector<Difference> found;
  for (const std::string& key : sides[Side::finops].doubled) found.push_back({map.name, key, "", "has it twice", "-"});
  for (const std::string& key : sides[Side::dataverse].doubled)
    found.push_back({map.name, key, "", "-", "has it twice"});
  for (const auto& [key, row] : sides[Side::finops].rows) {
    const TableRow* twin = sides[Side::dataverse].find(key);
    if (twin == nullptr) {
      found.push_back({map.name, key, "", "has the row", "has none"});
      continue;
    }
    for (std::size_t i = 0; i < map.columns.size(); ++i) {
      const ColumnPair& column = map.columns[i];
      if (!column.both_ways || column.key || row.cells[i] == twin->cells[i]) continue;
      found.push_back({map.name, key, column.finops, row.cells[i], twin->cells[i]});
    }
  }
  for (const auto& [key, row] : sides[Side::dataverse].rows) {
    if (sides[Side::finops].find(key) == nullptr) found.push_back({map.name, key, "", "has none", "has the row"});
  }
  return found;
}

}  // namespace dualwrite::demo
