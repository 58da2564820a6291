#include "dualwrite/maps/translate.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "maps/parts.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::string_view company_column = "dataAreaId";

/// The value at a path, or null when one of the rows on the way is not there.
const Value* find_path(const odata::Entity& entity, const std::string& path) {
  if (const Value* value = entity.find(path)) return value;
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const Value* whole = entity.find(std::string_view(path).substr(0, slash));
    if (whole != nullptr && whole->is_null()) return whole;
  }
  return nullptr;
}

/// The wire value of a column: for a lookup the related row's column, or null when there is no related row.
const Value* find_wire(const Column& column, Side side, const odata::Entity& entity) {
  if (side == Side::finops) return entity.find(column.finops);
  const Value* found = nullptr;
  for (const std::string& path : column.fields(side)) {
    const Value* value = find_path(entity, path);
    if (value == nullptr) return nullptr;
    if (found == nullptr || found->is_null()) found = value;
  }
  return found;
}

/// "/set(column='value')", with the company's GUID where the related table's key holds it.
std::string bind_target(const Lookup& lookup, const std::string& value, std::string_view company_id) {
  const std::string quoted = odata::quote(value);
  std::string target = "/" + lookup.entity_set + "(" + lookup.column + "='";
  target += odata::percent_encode(quoted.substr(1, quoted.size() - 2));
  target += "'";
  if (!lookup.company.empty()) target += ",_" + ascii_lower(lookup.company) + "_value=" + std::string(company_id);
  return target + ")";
}

/// A column that the row does not hold counts as null.
bool holds(const RowFilter& filter, const odata::Entity& row) {
  if (!filter.condition) return true;
  const auto outcome = odata::evaluate(*filter.condition, [&](std::string_view path) {
    const Value* value = row.find(path);
    return value == nullptr ? Value::null() : *value;
  });
  return outcome && *outcome;
}

void append_key_part(std::string& key, std::string_view part) {
  for (const char c : part) {
    if (c == '|' || c == '\\') key += '\\';
    key += c;
  }
}

}  // namespace

std::vector<std::size_t> TableMap::key_columns() const {
  std::vector<std::size_t> keys;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    if (columns[column].key) keys.push_back(column);
  }
  return keys;
}

std::optional<std::size_t> TableMap::company_column() const {
  for (const std::size_t column : key_columns()) {
    if (columns[column].finops == ::dualwrite::maps::company_column) return column;
  }
  return std::nullopt;
}

bool TableMap::knows_company_ids() const {
  const std::optional<std::size_t> company = company_column();
  if (!company || !columns[*company].lookup) return false;
  const Lookup& lookup = *columns[*company].lookup;
  return !lookup.id.empty() && lookup.column.find('/') == std::string::npos;
}

bool TableMap::binds_by_company() const {
  return knows_company_ids() && std::ranges::any_of(columns, [](const Column& column) {
           return column.lookup && !column.lookup->company.empty();
         });
}

std::vector<std::string> Column::fields(Side side) const {
  if (!parts[side].empty()) return parts[side];
  std::vector<std::string> names;
  const std::string& single = side == Side::finops ? finops : dataverse;
  if (!single.empty()) names.push_back(single);
  if (side == Side::dataverse && lookup) {
    for (const Lookup& other : lookup->others) names.push_back(other.navigation + "/" + other.column);
  }
  return names;
}

std::vector<std::string> TableMap::names_to_read(Side side) const {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const std::string& name : more) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  };
  for (const Column& column : columns) add(column.fields(side));
  add(filter[side].columns);
  for (const Column& column : columns) {
    if (flows_from(column.direction, side)) add(column.when.columns);
  }
  return names;
}

Policy TableMap::policy() const {
  Policy policy;
  policy.tie_break = tie_break;
  policy.deletion = deletion;
  // Key fields of F&O entities cannot be edited: a PATCH that names them fails or leaves them out.
  policy.renames[Side::dataverse] = true;
  std::vector<std::string> groups;
  for (const Column& column : columns) {
    ColumnPolicy rule;
    rule.direction = column.direction;
    rule.conflict = column.conflict.value_or(conflict);
    rule.key = column.key;
    if (!column.group.empty()) {
      auto known = std::ranges::find(groups, column.group);
      if (known == groups.end()) known = groups.insert(known, column.group);
      rule.group = static_cast<int>(known - groups.begin()) + 1;
    }
    policy.columns.push_back(rule);
  }
  return policy;
}

Result<Row> to_row(const TableMap& map, Side side, const odata::Entity& entity) {
  Row row(map.columns.size());
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const Column& column = map.columns[index];
    if (column.when.condition && flows_from(column.direction, side) && !holds(column.when, entity)) continue;
    Value joined;
    const Value* wire = nullptr;
    if (column.parts[side].empty()) {
      wire = find_wire(column, side, entity);
    } else {
      auto whole = join_parts(column, side, entity);
      if (!whole) return std::unexpected(std::move(whole).error());
      joined = std::move(*whole);
      if (!joined.is_absent()) wire = &joined;
    }
    if (wire == nullptr) continue;
    auto canonical = to_canonical(column, side, *wire);
    if (!canonical) return std::unexpected(std::move(canonical).error());
    row[index] = std::move(*canonical);
  }
  return row;
}

Result<RecordKey> key_of(const TableMap& map, const Row& row) {
  std::string key;
  bool first = true;
  for (const std::size_t column : map.key_columns()) {
    const Value& value = row[column];
    if (value.is_absent() || value.is_null()) {
      return fail(Errc::invalid, "the key column " + map.columns[column].name() + " is blank",
                  "fill it in on the " + std::string("side where the row was made; a record is known by its key"));
    }
    if (!first) key += '|';
    first = false;
    append_key_part(key, ascii_lower(value.text()));
  }
  return RecordKey(std::move(key));
}

std::vector<std::string> key_parts(const RecordKey& key) {
  std::vector<std::string> parts(1);
  const std::string& text = key.text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '|') {
      parts.emplace_back();
    } else {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      parts.back() += text[at];
    }
  }
  return parts;
}

bool in_scope(const TableMap& map, const Row& row) {
  for (const std::size_t column : map.key_columns()) {
    const Value& value = row[column];
    if (value.is_absent() || value.is_null()) return false;
    if (map.columns[column].finops != company_column) continue;
    const bool covered = std::ranges::any_of(
        map.companies, [&](const std::string& company) { return equal_ignoring_case(company, value.text()); });
    if (!covered) return false;
  }
  return true;
}

bool takes_in(const TableMap& map, Side side, const odata::Entity& row) {
  return holds(map.filter[side], row);
}

std::string company_of(const TableMap& map, const RecordKey& key) {
  const std::optional<std::size_t> company = map.company_column();
  if (!company) return {};
  const std::vector<std::string> parts = key_parts(key);
  const std::vector<std::size_t> columns = map.key_columns();
  for (std::size_t index = 0; index < columns.size() && index < parts.size(); ++index) {
    if (columns[index] == *company) return parts[index];
  }
  return {};
}

bool covers_company(const TableMap& map, const RecordKey& key) {
  if (!map.company_column()) return true;
  const std::string company = company_of(map, key);
  return std::ranges::any_of(map.companies,
                             [&](const std::string& covered) { return equal_ignoring_case(covered, company); });
}

Result<odata::KeyPredicate> finops_key(const TableMap& map, const RecordKey& key) {
  const std::vector<std::string> parts = key_parts(key);
  const std::vector<std::size_t> columns = map.key_columns();
  if (parts.size() != columns.size()) {
    return fail(Errc::invalid, "the key " + key.text() + " has " + std::to_string(parts.size()) + " parts, the map " +
                                   map.name + " has " + std::to_string(columns.size()) + " key columns");
  }
  odata::KeyPredicate predicate;
  for (std::size_t index = 0; index < columns.size(); ++index) {
    const Column& column = map.columns[columns[index]];
    const bool number = column.type == Type::integer || column.type == Type::decimal;
    const Value canonical = number ? Value::number(parts[index]) : Value::string(parts[index]);
    auto wire = to_wire(column, Side::finops, canonical);
    if (!wire) return std::unexpected(std::move(wire).error());
    predicate.emplace_back(column.finops, std::move(*wire));
  }
  return predicate;
}

Result<RecordKey> key_of_finops(const TableMap& map, const odata::KeyPredicate& predicate) {
  odata::Entity entity;
  for (const auto& [name, value] : predicate) entity.members.emplace_back(name, value);
  auto row = to_row(map, Side::finops, entity);
  if (!row) return std::unexpected(std::move(row).error());
  return key_of(map, *row);
}

Result<std::string> body(const TableMap& map, Side side, WriteKind kind, const std::vector<ColumnValue>& cells,
                         std::string_view company_id, const Bindings& bindings) {
  std::string out;
  odata::ObjectWriter writer(out);
  std::vector<std::string> bound;  // by inquiry: once, however many columns go through it
  for (const ColumnValue& cell : cells) {
    const Column& column = map.columns[cell.column];
    const std::string& name = side == Side::finops ? column.finops : column.dataverse;
    if (name.empty()) continue;
    auto wire = to_wire(column, side, cell.value);
    if (!wire) return std::unexpected(std::move(wire).error());
    if (!column.parts[side].empty()) {
      const std::vector<Value> values = split_parts(column, side, *wire);
      for (std::size_t part = 0; part < values.size(); ++part) writer.member(column.parts[side][part], values[part]);
    } else if (side == Side::dataverse && needs_inquiry(map, column)) {
      const std::string& navigation = column.lookup->navigation;
      if (std::ranges::find(bound, navigation) != bound.end()) continue;
      bound.push_back(navigation);
      const auto found = bindings.find(navigation);
      if (found == bindings.end()) {
        writer.member(navigation + "@odata.bind", Value::null());
      } else {
        writer.member(found->second.navigation + "@odata.bind", Value::string(found->second.target));
      }
    } else if (side == Side::dataverse && column.lookup) {
      const std::string bind = column.lookup->navigation + "@odata.bind";
      if (wire->is_null()) {
        writer.member(bind, Value::null());
      } else {
        writer.member(bind, Value::string(bind_target(*column.lookup, wire->text(), company_id)));
      }
    } else {
      writer.member(name, *wire);
    }
  }
  for (const Constant& constant : map.constants) {
    if (constant.side == side && (constant.always || kind == WriteKind::create)) {
      writer.member(constant.column, constant.value);
    }
  }
  writer.close();
  return out;
}

std::string cells_json(const TableMap& map, const std::vector<ColumnValue>& cells) {
  std::string out;
  odata::ObjectWriter writer(out);
  for (const ColumnValue& cell : cells) writer.member(map.columns[cell.column].name(), cell.value);
  writer.close();
  return out;
}

std::string row_json(const TableMap& map, const std::optional<Row>& row) {
  if (!row) return {};
  std::string out;
  odata::ObjectWriter writer(out);
  for (std::size_t column = 0; column < row->size(); ++column) {
    if (!(*row)[column].is_absent()) writer.member(map.columns[column].name(), (*row)[column]);
  }
  writer.close();
  return out;
}

}  // namespace dualwrite::maps
