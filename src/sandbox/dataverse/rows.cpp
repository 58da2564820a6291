// Rows are created, changed and deleted, each with its steps around it.
#include "sandbox/dataverse/rows.hpp"

#include "sandbox/dataverse/body.hpp"
#include "sandbox/dataverse/collections.hpp"
#include "sandbox/dataverse/derived.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/rights.hpp"
#include "sandbox/dataverse/steps.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

void set_by_name(const TableSchema& schema, Assignments& cells, std::string_view name, const std::string& text) {
  if (const auto column = schema.find_name(name)) cells.set(*column, text);
}

void default_by_name(const TableSchema& schema, Assignments& cells, std::string_view name, const std::string& text) {
  const auto column = schema.find_name(name);
  if (column && !cells.has(*column)) cells.set(*column, text);
}

Outcome<bool> check_required(const TableSchema& schema, const Row& row) {
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    if (schema.columns[id].required && !row.get(id)) {
      return refuse(400, "0x80040203", "Required field '" + schema.columns[id].name + "' is missing");
    }
  }
  return true;
}

/// The event of a write that steps are registered for.
Outcome<Event> event_of(const Call& call, Message message, TableId table, const std::string& key) {
  Event event;
  event.message = message;
  event.table = table;
  event.key = key;
  event.user_id = call.user.id;
  event.initiating_user_id = call.on_behalf_by;
  event.correlation = call.execution.correlation();
  event.request = guid_text(new_guid());
  if (const std::string* tag = call.target.option("tag")) event.tag = *tag;
  auto bypass = bypass_of(call.request.headers);
  if (!bypass) return std::unexpected(bypass.error());
  event.bypass = std::move(*bypass);
  return event;
}

/// A version above the one that the row has.
std::int64_t version_after(State& state, const Record* before) {
  std::int64_t version = ++state.version;
  while (before != nullptr && version <= before->version) version = ++state.version;
  return version;
}

Outcome<bool> check_registration(const State& state, const TableSchema& schema, const Row& row) {
  if (schema.name == "serviceendpoint") return check_endpoint(state, row);
  if (schema.name == "sdkmessageprocessingstep") return check_step(state, row);
  if (schema.name == "sdkmessageprocessingstepimage") return check_image(state, row);
  return true;
}

/// Writes the row with its synchronous steps around it, and queues the asynchronous ones for after the commit.
Outcome<bool> store(Call& call, Table& table, const std::string& key, const Record* before, Assignments cells) {
  const TableSchema& schema = table.schema();
  call.execution.alter(schema, key, before != nullptr ? before->row : Row{}, cells);
  Record record;
  record.row = (before != nullptr ? before->row : Row{}).with(cells);
  if (auto required = check_required(schema, record.row); !required) return required;
  if (auto possible = check_registration(call.state, schema, record.row); !possible) return possible;
  const Message message = before != nullptr ? Message::update : Message::create;
  Event event;
  const bool is_wanted = call.steps.wants(message, schema.id);
  if (is_wanted) {
    auto made = event_of(call, message, schema.id, key);
    if (!made) return std::unexpected(made.error());
    event = std::move(*made);
    if (before != nullptr) event.before = before->row;
    event.after = record.row;
    event.changed = cells;
    for (const int stage : {10, 20}) {
      if (auto done = call.steps.call(call.execution, call.transaction, stage, event); !done) return done;
    }
  }
  record.version = version_after(call.state, before);
  event.version = record.version;
  if (const auto violated = call.transaction.put(table, key, std::move(record))) {
    const Key& alternate = schema.keys[*violated];
    std::string columns;
    for (const ColumnId id : alternate.columns) columns += (columns.empty() ? "" : ", ") + schema.column(id).name;
    return refuse(call.state.switches.duplicate_key_status, "0x80060892",
                  "Entity Key " + alternate.name + " violated. A record with the same value for " + columns +
                      " already exists. A duplicate record cannot be created. Select one or more unique values and "
                      "try again.");
  }
  call.transaction.after_commit([steps = &call.steps, &schema] { steps->written(schema); });
  if (is_wanted) {
    if (auto done = call.steps.call(call.execution, call.transaction, 40, event); !done) return done;
    call.transaction.after_commit([steps = &call.steps, event = std::move(event)] { steps->fire(event); });
  }
  return true;
}

std::unexpected<Refusal> associated() {
  return refuse(405, "0x80040227",
                "The object you tried to delete is associated with another object and cannot be deleted.");
}

Outcome<bool> check_deletable(const Call& call, const TableSchema& schema, const std::string& key) {
  if (schema.name != "serviceendpoint") return true;
  const Table& steps = call.state.table("sdkmessageprocessingstep");
  const ColumnId handler = *steps.schema().find_name("eventhandler");
  for (const auto& [step_key, step] : steps.rows()) {
    if (step.row.get(handler) == std::string_view(key)) return associated();
  }
  return true;
}

/// Rows nested in a body come first: the row points to them (deep insert, A4).
Outcome<bool> insert_nested(Call& call, const Table& table, Body& body) {
  for (auto& [navigation, entity] : body.nested) {
    const Navigation& found = table.schema().by_navigation.find(navigation)->second;
    Table& far = call.state.database.table(found.target);
    auto nested = read_entity(call, far, entity, true);
    if (!nested) return std::unexpected(nested.error());
    auto key = insert_row(call, far, std::move(*nested));
    if (!key) return std::unexpected(key.error());
    body.cells.set(found.column, std::move(*key));
  }
  return true;
}

/// And those that are to be in a collection of the row come behind it.
Outcome<bool> insert_members(Call& call, const Table& table, const std::string& key, const Body& body) {
  for (const auto& [name, entity] : body.members) {
    const auto collection = find_collection(call.state.database.schema, table.schema(), name);
    Table& near = call.state.database.table(collection->table);
    auto member = read_entity(call, near, entity, true);
    if (!member) return std::unexpected(member.error());
    member->cells.set(collection->column, key);
    if (auto made = insert_row(call, near, std::move(*member)); !made) return std::unexpected(made.error());
  }
  return true;
}

/// The relationships' default behaviour, RemoveLink: rows that point to one that goes lose their lookup, get a new
/// version, and raise no event of their own unless the switch says so (A14).
Outcome<bool> clear_references(Call& call, const Table& gone, const std::string& key) {
  const bool restricts = call.state.switches.delete_restricts;
  for (Table& table : call.state.database.tables) {
    for (const ColumnId id : table.lookups()) {
      for (const std::string& child : table.referring(id, key)) {
        if (&table == &gone && child == key) continue;
        if (restricts) return associated();
        Assignments cells;
        cells.set(id, std::nullopt);
        Record before = *table.find(child).record;
        if (call.state.switches.remove_link_raises_update) {
          if (auto stored = store(call, table, child, &before, cells); !stored) return stored;
          continue;
        }
        const bool is_new_version = call.state.switches.remove_link_in_delta;
        const std::int64_t version = is_new_version ? version_after(call.state, &before) : before.version;
        call.transaction.put(table, child, Record{before.row.with(cells), version, 0});
      }
    }
  }
  return true;
}

/// The images of a step go with it.
void erase_images(Call& call, const std::string& step_key) {
  Table& images = call.state.table("sdkmessageprocessingstepimage");
  const ColumnId step = *images.schema().find_name("sdkmessageprocessingstepid");
  std::vector<std::string> keys;
  for (const auto& [key, image] : images.rows()) {
    if (image.row.get(step) == std::string_view(step_key)) keys.push_back(key);
  }
  for (const std::string& key : keys) call.transaction.erase(images, key, ++call.state.version);
}

}  // namespace

void complete_from_address(Body& body, const Address& address) {
  if (!address.by_alternate) body.key = address.key;
  for (const Assignment& cell : address.cells.all()) {
    if (!body.cells.has(cell.column)) body.cells.set(cell.column, cell.text);
  }
}

Outcome<std::string> insert_row(Call& call, Table& table, Body body) {
  if (auto may = check_right(call, table.schema(), "Create"); !may) return std::unexpected(may.error());
  const TableSchema& schema = table.schema();
  const std::string key = body.key.empty() ? new_guid() : body.key;
  if (table.find(key)) return refuse(412, "0x80040237", "A record with matching key values already exists.");
  if (auto nested = insert_nested(call, table, body); !nested) return std::unexpected(nested.error());
  Assignments& cells = body.cells;
  cells.set(schema.primary.columns.front(), key);
  // A row that was imported keeps its own creation time, and overriddencreatedon holds the real one (A14).
  std::string created = call.now;
  const auto overridden = schema.find_name("overriddencreatedon");
  if (const Assignment* given = overridden ? cells.find(*overridden) : nullptr; given != nullptr && given->text) {
    created = *given->text;
    cells.set(*overridden, call.now);
  }
  set_by_name(schema, cells, "createdon", created);
  set_by_name(schema, cells, "modifiedon", call.now);
  set_by_name(schema, cells, "createdby", call.user.id);
  set_by_name(schema, cells, "modifiedby", call.user.id);
  if (!call.on_behalf_by.empty()) {
    set_by_name(schema, cells, "createdonbehalfby", call.on_behalf_by);
    set_by_name(schema, cells, "modifiedonbehalfby", call.on_behalf_by);
  }
  default_by_name(schema, cells, "statecode", "0");
  default_by_name(schema, cells, "statuscode", "1");
  if (schema.user_owned) default_by_name(schema, cells, "ownerid", call.user.id);
  derive(call.state, schema, nullptr, cells);
  if (auto stored = store(call, table, key, nullptr, cells); !stored) return std::unexpected(stored.error());
  if (auto made = insert_members(call, table, key, body); !made) return std::unexpected(made.error());
  return key;
}

Outcome<bool> change_row(Call& call, Table& table, const Hit& hit, Assignments cells) {
  if (auto may = check_right(call, table.schema(), "Write"); !may) return may;
  set_by_name(table.schema(), cells, "modifiedon", call.now);
  set_by_name(table.schema(), cells, "modifiedby", call.user.id);
  const Record before = *hit.record;
  if (const auto column = table.schema().find_name("modifiedonbehalfby")) {
    if (!call.on_behalf_by.empty()) cells.set(*column, call.on_behalf_by);
    if (call.on_behalf_by.empty() && before.row.get(*column)) cells.set(*column, std::nullopt);
  }
  derive(call.state, table.schema(), &before.row, cells);
  const std::string key = *hit.key;
  return store(call, table, key, &before, cells);
}

Outcome<bool> remove_row(Call& call, Table& table, const Hit& hit) {
  if (auto may = check_right(call, table.schema(), "Delete"); !may) return may;
  const TableSchema& schema = table.schema();
  const std::string key = *hit.key;
  if (auto possible = check_deletable(call, schema, key); !possible) return possible;
  std::optional<Event> event;
  if (call.steps.wants(Message::remove, schema.id)) {
    auto made = event_of(call, Message::remove, schema.id, key);
    if (!made) return std::unexpected(made.error());
    event = std::move(*made);
    event->before = hit.record->row;
    for (const int stage : {10, 20}) {
      if (auto done = call.steps.call(call.execution, call.transaction, stage, *event); !done) return done;
    }
  }
  if (schema.name == "sdkmessageprocessingstep") erase_images(call, key);
  if (auto cleared = clear_references(call, table, key); !cleared) return cleared;
  const std::int64_t version = version_after(call.state, table.find(key).record);
  call.transaction.erase(table, key, version);
  if (event) {
    event->version = version;
    if (auto done = call.steps.call(call.execution, call.transaction, 40, *event); !done) return done;
    call.transaction.after_commit([steps = &call.steps, event = std::move(*event)] { steps->fire(event); });
  }
  call.transaction.after_commit([steps = &call.steps, &schema] { steps->written(schema); });
  return true;
}

}  // namespace dualwrite::sandbox::dataverse
