// Creates, updates and deletes F&O rows, in the order of checks that C4 gives.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"
#include "sandbox/plugins.hpp"

namespace dualwrite::sandbox::finops {
namespace {

Outcome<Assignments> read_body(const Call& call, const TableSchema& schema) {
  const auto entity = odata::parse_entity(call.request.body.empty() ? "{}" : call.request.body);
  if (!entity) return bad_request(entity.error().message());
  const bool as_text = sends_numbers_as_text(call.request.headers);
  Assignments cells;
  for (const auto& [name, value] : entity->members) {
    if (name.find('@') != std::string::npos) continue;
    const auto column = schema.find_wire(name);
    if (!column) {
      return bad_request("The property '" + name + "' does not exist on type '" + std::string(type_namespace) + "." +
                         schema.name + "'. Make sure to only use property names that are defined by the type.");
    }
    const Type type = schema.column(*column).type;
    const bool is_quoted_number =
        as_text && value.kind() == Value::Kind::string && (type == Type::bigint || type == Type::decimal);
    auto text =
        accept(call.state, schema, schema.column(*column), is_quoted_number ? Value::number(value.text()) : value);
    if (!text) return std::unexpected(text.error());
    cells.set(*column, std::move(*text));
  }
  if (!entity->arrays.empty())
    return bad_request("The property '" + entity->arrays.front().first + "' is no collection.");
  return cells;
}

Outcome<bool> check_references(const Call& call, const TableSchema& schema, const Assignments& cells) {
  if (!call.state.switches.check_references) return true;
  for (const Assignment& cell : cells.all()) {
    const auto& rule = schema.column(cell.column).must_exist;
    if (!rule || !cell.text) continue;
    const Table& related = call.state.database.table(rule->table);
    if (related.find(key_part(related.schema().column(rule->column), *cell.text))) continue;
    return write_failed(call.state, schema,
                        "Error: The value '" + *cell.text + "' in field '" + rule->field_label +
                            "' is not found in the related table '" + rule->table_label + "'.");
  }
  return true;
}

Outcome<bool> check_mandatory(const Call& call, const TableSchema& schema, const Row& row) {
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    const bool is_key = std::ranges::find(schema.primary.columns, id) != schema.primary.columns.end();
    // A number or an enumeration is never missing: nothing given is 0.
    const Type type = schema.columns[id].type;
    const bool can_be_blank = type == Type::string || type == Type::ax_date || type == Type::datetime;
    const int known_by = schema.columns[id].required_unless;
    const bool is_known = known_by >= 0 && row.get(static_cast<ColumnId>(known_by));
    if (is_known) continue;
    if ((!is_key && !schema.columns[id].required) || (is_key && !can_be_blank) || row.get(id)) continue;
    return write_failed(call.state, schema,
                        "Error: Field '" + schema.columns[id].name +
                            "' must be filled in.; Error: validateWrite failed on data source '" + schema.aot_name +
                            " (" + schema.aot_name + ")'");
  }
  return true;
}

Outcome<bool> put_company(const Call& call, const TableSchema& schema, Assignments& cells) {
  if (!schema.by_company) return true;
  const ColumnId id = schema.primary.columns.front();
  const Assignment* given = cells.find(id);
  const std::string company =
      ascii_lower(given != nullptr && given->text ? *given->text : call.state.company_of(call.user));
  if (std::ranges::find(call.state.legal_entities, company) == call.state.legal_entities.end()) {
    return write_failed(call.state, schema, "Error: The company '" + company + "' does not exist.");
  }
  if (!may_see(call, company)) {
    return write_failed(call.state, schema, "Error: You are not authorized to access the company '" + company + "'.");
  }
  cells.set(id, company);
  return true;
}

void put_number_sequence(const Call& call, const Table& table, Assignments& cells) {
  const TableSchema& schema = table.schema();
  for (const ColumnId id : schema.primary.columns) {
    const Assignment* given = cells.find(id);
    if (!schema.column(id).number_sequence || (given != nullptr && given->text)) continue;
    for (;;) {
      std::string number = std::to_string(call.state.next_number++);
      number.insert(0, number.size() < 6 ? 6 - number.size() : 0, '0');
      cells.set(id, std::move(number));
      if (!table.find(*key_of(schema, schema.primary, Row{}.with(cells), true))) return;
    }
  }
}

/// initValue(): what a new row starts with, before the fields that were sent are set.
void put_initial(const Call& call, const TableSchema& schema, Assignments& cells) {
  if (!call.state.switches.defaulting) return;
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    if (!schema.columns[id].initial.empty() && !cells.has(id)) cells.set(id, schema.columns[id].initial);
  }
}

/// defaultRow(): fills what is empty from what is not, on updates too.
Row with_defaults(const Call& call, const TableSchema& schema, const Row& row) {
  Assignments cells;
  for (ColumnId id = 0; id < schema.columns.size() && call.state.switches.defaulting; ++id) {
    const Column& column = schema.columns[id];
    if (column.filled_from < 0 || row.get(id)) continue;
    const auto from = row.get(static_cast<ColumnId>(column.filled_from));
    if (from) cells.set(id, cut_to(std::string(*from), column.length_max));
  }
  return cells.empty() ? row : row.with(cells);
}

/// What the kernel says when somebody else wrote the row between its read and its write.
Outcome<bool> check_update_conflict(Call& call, const TableSchema& schema, const Row& row) {
  if (call.state.update_conflicts_left <= 0) return true;
  --call.state.update_conflicts_left;
  return write_failed(call.state, schema,
                      "Error: Cannot edit a record in " + schema.label + " (" + schema.aot_name + "). " +
                          key_labels(schema, row) +
                          ".\nAn update conflict occurred due to another user process deleting the record or "
                          "changing one or more fields in the record.");
}

Outcome<bool> check_if_match(const Call& call, const TableSchema& schema, const Record& record) {
  const std::string_view wanted = call.request.headers.get("If-Match");
  if (wanted.empty() || wanted == "*" || wanted == etag_of(schema, record)) return true;
  return refuse(call.state.switches.stale_etag_status, {},
                "The record was changed by another user or process since it was read.", std::string(write_exception));
}

/// Key columns cannot be edited: the same value is let through, another is refused or left out.
Outcome<bool> drop_key_columns(const Call& call, const TableSchema& schema, const Row& before, Assignments& cells) {
  for (const ColumnId id : schema.primary.columns) {
    const Assignment* given = cells.find(id);
    if (given == nullptr) continue;
    const Column& column = schema.column(id);
    const bool is_same = key_part(column, given->text.value_or("")) == key_part(column, before.get(id).value_or(""));
    if (!is_same && call.state.switches.refuse_key_edit) {
      return write_failed(call.state, schema, "Error: Field '" + column.name + "' cannot be edited.");
    }
    cells.erase(id);
  }
  return true;
}

void drop_uneditable(const TableSchema& schema, Assignments& cells, bool is_create) {
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    const Column& column = schema.columns[id];
    const bool is_key = std::ranges::find(schema.primary.columns, id) != schema.primary.columns.end();
    if (column.read_only || (column.create_only && !is_create && !is_key)) cells.erase(id);
  }
}

http::Response no_content() {
  http::Response response(204);
  response.headers.add("OData-Version", "4.0");
  return response;
}

}  // namespace

Outcome<http::Response> create(Call& call, Table& table) {
  const TableSchema& schema = table.schema();
  auto cells = read_body(call, schema);
  if (!cells) return std::unexpected(cells.error());
  drop_uneditable(schema, *cells, true);
  if (auto company = put_company(call, schema, *cells); !company) return std::unexpected(company.error());
  if (auto found = check_references(call, schema, *cells); !found) return std::unexpected(found.error());
  put_number_sequence(call, table, *cells);
  put_initial(call, schema, *cells);
  alter_cells(call.state.faults, Side::finops, schema, Row{}, *cells);
  Record record;
  record.row = with_defaults(call, schema, Row{}.with(*cells));
  if (auto filled = check_mandatory(call, schema, record.row); !filled) return std::unexpected(filled.error());
  const std::string key = *key_of(schema, schema.primary, record.row, true);
  if (table.find(key)) {
    return write_failed(call.state, schema,
                        "Info: Cannot create a record in " + schema.label + " (" + schema.aot_name + "). " +
                            key_labels(schema, record.row) + ".\nThe record already exists.");
  }
  record.version = 1;
  record.rec_id = call.state.next_rec_id++;
  notify_after_commit(call, schema, record, "Created");
  call.transaction.put(table, key, std::move(record));

  const Hit hit = table.find(key);
  call.created = schema.set + "(" + odata::percent_encode_key(key_predicate(call.state, schema, hit.record->row)) + ")";
  std::string body;
  append_row(body, call, Shape{&schema, nullptr, nullptr}, *hit.record, context_member(call, schema.set + "/$entity"));
  http::Response response = json_response(201, std::move(body));
  if (call.state.switches.location_header) response.headers.add("Location", call.root + call.created);
  return response;
}

Outcome<http::Response> update(Call& call, Table& table) {
  const TableSchema& schema = table.schema();
  auto hit = addressed(call, table);
  if (!hit) return std::unexpected(hit.error());
  if (auto match = check_if_match(call, table.schema(), *hit->record); !match) return std::unexpected(match.error());
  auto cells = read_body(call, schema);
  if (!cells) return std::unexpected(cells.error());
  if (auto kept = drop_key_columns(call, schema, hit->record->row, *cells); !kept) return std::unexpected(kept.error());
  drop_uneditable(schema, *cells, false);
  alter_cells(call.state.faults, Side::finops, schema, hit->record->row, *cells);
  if (auto found = check_references(call, schema, *cells); !found) return std::unexpected(found.error());
  Record record;
  record.row = with_defaults(call, schema, hit->record->row.with(*cells));
  if (auto filled = check_mandatory(call, schema, record.row); !filled) return std::unexpected(filled.error());
  // The kernel writes nothing when no field has changed, so the row's version stays.
  if (record.row == hit->record->row && !call.state.switches.identical_update_is_write) return no_content();
  if (auto free = check_update_conflict(call, schema, record.row); !free) return std::unexpected(free.error());
  record.version = call.state.new_rec_version();
  record.rec_id = hit->record->rec_id;
  const std::string key = *hit->key;
  notify_after_commit(call, schema, record, "Updated");
  call.transaction.put(table, key, std::move(record));
  return no_content();
}

Outcome<http::Response> remove(Call& call, Table& table) {
  auto hit = addressed(call, table);
  if (!hit) return std::unexpected(hit.error());
  if (auto match = check_if_match(call, table.schema(), *hit->record); !match) return std::unexpected(match.error());
  if (auto free = check_update_conflict(call, table.schema(), hit->record->row); !free) {
    return std::unexpected(free.error());
  }
  notify_after_commit(call, table.schema(), *hit->record, "Deleted");
  const std::string key = *hit->key;
  call.transaction.erase(table, key, 0);
  return no_content();
}

}  // namespace dualwrite::sandbox::finops
