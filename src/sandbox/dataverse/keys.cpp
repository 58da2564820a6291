#include "sandbox/dataverse/keys.hpp"

#include <algorithm>

#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::unexpected<Refusal> bad_key(const TableSchema& schema) {
  return refuse(400, "0x80060888",
                "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM." + schema.name +
                    "'. Ensure that the names and number of key properties match the declared or alternate key "
                    "properties for the resource 'Microsoft.Dynamics.CRM." +
                    schema.name + "'.");
}

const Key* key_of_columns(const TableSchema& schema, const Assignments& cells) {
  for (const Key& key : schema.keys) {
    const bool matches = key.columns.size() == cells.all().size() &&
                         std::ranges::all_of(key.columns, [&](ColumnId column) { return cells.has(column); });
    if (matches) return &key;
  }
  return nullptr;
}

/// The one segment of a reference: set and key.
Outcome<Segment> referred(const Call& call, const std::string& value) {
  std::string path = value;
  if (path.starts_with('$')) {
    const bool is_known = call.content_ids != nullptr && call.content_ids->contains(path.substr(1));
    if (!is_known) {
      return refuse(400, "0x80060888", "Content-ID Reference: '" + path + "' does not exist in the batch context.");
    }
    path = call.content_ids->find(path.substr(1))->second;
  }
  const std::size_t api = path.find("/api/data/v");
  if (api != std::string::npos) path.erase(0, std::min(path.find('/', api + 10), path.size()));
  auto target = parse_target(path);
  if (!target) return std::unexpected(target.error());
  if (target->segments.size() != 1) {
    return refuse(400, "0x80060888", "Invalid value '" + value + "': an entity reference is expected.");
  }
  return std::move(target->segments.front());
}

}  // namespace

std::unexpected<Refusal> row_missing(const TableSchema& schema, std::string_view key) {
  return refuse(404, "0x80040217", "Entity '" + schema.name + "' With Id = " + guid_text(key) + " Does Not Exist");
}

std::unexpected<Refusal> not_found(const TableSchema& schema, const Address& address) {
  if (!address.by_alternate) return row_missing(schema, address.key);
  return refuse(404, "0x80060891",
                "A record with the specified key values does not exist in " + schema.name + " entity");
}

Outcome<Address> resolve_key(const State& state, const Table& table, const std::string& text) {
  (void)state;
  const TableSchema& schema = table.schema();
  Address address;
  // By far the most common form needs no parser.
  if (const auto guid = guid_bytes(text)) {
    address.key = *guid;
    address.hit = table.find(*guid);
    return address;
  }
  const auto predicate = odata::parse_key_predicate(text);
  if (!predicate || predicate->empty()) return bad_key(schema);
  for (const auto& [name, value] : *predicate) {
    const auto column = schema.find_wire(name);
    if (!column) return bad_key(schema);
    auto cell = cell_text(schema.column(*column), value);
    if (!cell) return bad_key(schema);
    address.cells.set(*column, std::move(cell));
  }
  if (predicate->size() == 1 && address.cells.has(schema.primary.columns.front())) {
    address.key = *address.cells.all().front().text;
    address.cells = {};
    address.hit = table.find(address.key);
    return address;
  }
  const Key* key = key_of_columns(schema, address.cells);
  if (key == nullptr) return bad_key(schema);
  std::vector<std::string> parts;
  for (const ColumnId column : key->columns) {
    parts.push_back(key_part(schema.column(column), *address.cells.find(column)->text));
  }
  address.by_alternate = true;
  address.hit = table.find_by(static_cast<std::size_t>(key - schema.keys.data()), join_key(parts));
  if (address.hit) address.key = *address.hit.key;
  return address;
}

Outcome<bool> check_key_text(const State& state, std::string_view key) {
  if (!state.switches.refuse_special_key_characters) return true;
  bool is_quoted = false;
  for (const char c : key) {
    if (c == '\'') is_quoted = !is_quoted;
    if (!is_quoted || std::string_view("/<>*%&:\\?+").find(c) == std::string_view::npos) continue;
    return refuse(400, "0x80060888",
                  std::string("A potentially dangerous Request.Path value was detected from the client (") + c + ").");
  }
  return true;
}

Outcome<Address> resolve_reference(const Call& call, const Table& table, const std::string& value) {
  auto segment = referred(call, value);
  if (!segment) return std::unexpected(segment.error());
  if (segment->name != table.schema().set || !segment->key) {
    return refuse(400, "0x80060888", "'" + value + "' does not refer to a row of '" + table.schema().set + "'.");
  }
  return resolve_key(call.state, table, *segment->key);
}

Outcome<std::string> resolve_bind(const Call& call, const Column& column, std::string_view navigation,
                                  const std::string& value) {
  auto segment = referred(call, value);
  if (!segment) return std::unexpected(segment.error());
  if (!segment->key) {
    return refuse(400, "0x80060888",
                  "Invalid value '" + value + "' for '" + std::string(navigation) +
                      "@odata.bind': an entity reference is expected.");
  }
  const TableSchema* schema = call.state.database.schema.find_set(segment->name);
  if (schema == nullptr) {
    return refuse(400, "0x80060888", "Resource not found for the segment '" + segment->name + "'.");
  }
  const bool fits = std::ranges::any_of(column.targets, [&](const LookupTarget& lookup) {
    return lookup.table == schema->id && lookup.navigation == navigation;
  });
  if (!fits) {
    return refuse(400, "0x80048d19",
                  "The navigation property '" + std::string(navigation) + "' cannot refer to '" + schema->set + "'.");
  }
  auto address = resolve_key(call.state, call.state.database.table(schema->id), *segment->key);
  if (!address) return std::unexpected(address.error());
  if (!address->hit) {
    Refusal refusal = not_found(*schema, *address).error();
    refusal.status = call.state.switches.missing_bind_status;
    return std::unexpected(std::move(refusal));
  }
  return address->key;
}

}  // namespace dualwrite::sandbox::dataverse
