// Creates, updates and deletes rows.
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/body.hpp"
#include "sandbox/dataverse/conditions.hpp"
#include "sandbox/dataverse/derived.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/dataverse/rows.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/steps.hpp"
#include "sandbox/dataverse/values.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/plugins.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::string resource_of(const TableSchema& schema, std::string_view key) {
  return schema.set + "(" + guid_text(key) + ")";
}

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
  alter_cells(call.state.faults, Side::dataverse, schema, before != nullptr ? before->row : Row{}, cells);
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
    return refuse(412, "0x80060892",
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

Outcome<http::Response> written(Call& call, const Table& table, const std::string& key, bool is_new,
                                const std::string& resource) {
  call.created = resource_of(table.schema(), key);
  const std::string url = call.root + resource;
  if (!call.preferences.representation) {
    http::Response response(204);
    response.headers.add("OData-Version", "4.0");
    if (call.in_batch) response.headers.add("Location", url);
    response.headers.add("OData-EntityId", url);
    return response;
  }
  auto query = parse_query_options(call.state.database, table, call.target.options, dialect(), {});
  if (!query) return std::unexpected(query.error());
  const Rendering how = rendering_of(call, table, *query);
  const Hit hit = table.find(key);
  std::string body;
  append_row(body, how, *hit.record, context_member(call, how, "/$entity"));
  http::Response response = json_response(is_new ? 201 : 200, std::move(body));
  response.headers.add("ETag", etag_of(*hit.record));
  add_applied(call, response, "return=representation");
  if (call.in_batch) response.headers.add("Location", url);
  response.headers.add("OData-EntityId", url);
  return response;
}

Outcome<Address> existing(Call& call, const Table& table) {
  auto address = resolve_key(call.state, table, *call.target.segments[0].key);
  if (!address) return address;
  if (!address->hit) return std::unexpected(not_found(table.schema(), *address).error());
  if (auto match = check_if_match(call, table.schema(), *address->hit.record); !match)
    return std::unexpected(match.error());
  return address;
}

Outcome<http::Response> inserted(Call& call, Table& table, Body body) {
  auto key = insert_row(call, table, std::move(body));
  if (!key) return std::unexpected(key.error());
  return written(call, table, *key, true, resource_of(table.schema(), *key));
}

http::Response no_content() {
  http::Response response(204);
  response.headers.add("OData-Version", "4.0");
  return response;
}

/// The column that set(key)/name or set(key)/nav/$ref means.
Outcome<ColumnId> property_of(const Call& call, const TableSchema& schema) {
  const std::string& name = call.target.segments[1].name;
  std::optional<ColumnId> column;
  if (call.target.segments.size() == 3) {
    const auto found = schema.by_navigation.find(name);
    if (found != schema.by_navigation.end()) column = found->second.column;
  } else {
    column = schema.find_wire(name);
  }
  if (!column || column == schema.primary.columns.front()) {
    return refuse(404, "0x80060888", "Resource not found for the segment '" + name + "'.");
  }
  if (schema.column(*column).read_only) {
    return refuse(400, "0x80040203", "The property '" + name + "' cannot be changed.");
  }
  return *column;
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
        call.transaction.put(table, child, Record{before.row.with(cells), version_after(call.state, &before), 0});
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
  return key;
}

Outcome<bool> change_row(Call& call, Table& table, const Hit& hit, Assignments cells) {
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

Outcome<http::Response> create(Call& call, Table& table) {
  auto body = read_body(call, table, true);
  if (!body) return std::unexpected(body.error());
  return inserted(call, table, std::move(*body));
}

Outcome<http::Response> upsert(Call& call, Table& table) {
  const TableSchema& schema = table.schema();
  auto address = resolve_key(call.state, table, *call.target.segments[0].key);
  if (!address) return std::unexpected(address.error());
  if (address->hit) {
    if (call.request.headers.get("If-None-Match") == "*") {
      return refuse(412, "0x80040237", "A record with matching key values already exists.");
    }
    if (auto match = check_if_match(call, table.schema(), *address->hit.record); !match)
      return std::unexpected(match.error());
    auto body = read_body(call, table, false);
    if (!body) return std::unexpected(body.error());
    // Key columns named in the URL are left out of an update (A4, server-side upsert).
    for (const Assignment& cell : address->cells.all()) body->cells.erase(cell.column);
    if (auto changed = change_row(call, table, address->hit, std::move(body->cells)); !changed) {
      return std::unexpected(changed.error());
    }
    return written(call, table, address->key, false, call.target.segments[0].raw);
  }
  if (call.request.headers.has("If-Match")) return std::unexpected(not_found(schema, *address).error());
  auto body = read_body(call, table, true);
  if (!body) return std::unexpected(body.error());
  complete_from_address(*body, *address);
  return inserted(call, table, std::move(*body));
}

Outcome<http::Response> remove(Call& call, Table& table) {
  auto address = existing(call, table);
  if (!address) return std::unexpected(address.error());
  if (auto removed = remove_row(call, table, address->hit); !removed) return std::unexpected(removed.error());
  return no_content();
}

Outcome<http::Response> put_property(Call& call, Table& table) {
  const TableSchema& schema = table.schema();
  auto address = existing(call, table);
  if (!address) return std::unexpected(address.error());
  auto column = property_of(call, schema);
  if (!column) return std::unexpected(column.error());
  const auto entity = odata::parse_entity(call.request.body);
  if (!entity) return refuse(400, "0x80048d19", entity.error().message());
  Assignments cells;
  if (call.target.segments.size() == 3) {
    auto key = resolve_bind(call, schema.column(*column), call.target.segments[1].name, entity->id);
    if (!key) return std::unexpected(key.error());
    cells.set(*column, std::move(*key));
  } else {
    if (schema.column(*column).type == Type::lookup) {
      return refuse(400, "0x80048d19", "A reference is set with PUT to its /$ref.");
    }
    const Value* value = entity->find("value");
    if (value == nullptr) return refuse(400, "0x80048d19", "The body must be an object with the member 'value'.");
    auto text = accept(call.state, schema, schema.column(*column), *value);
    if (!text) return std::unexpected(text.error());
    cells.set(*column, std::move(*text));
  }
  if (auto changed = change_row(call, table, address->hit, std::move(cells)); !changed) {
    return std::unexpected(changed.error());
  }
  return no_content();
}

Outcome<http::Response> delete_property(Call& call, Table& table) {
  auto address = existing(call, table);
  if (!address) return std::unexpected(address.error());
  auto column = property_of(call, table.schema());
  if (!column) return std::unexpected(column.error());
  Assignments cells;
  cells.set(*column, std::nullopt);
  if (auto changed = change_row(call, table, address->hit, std::move(cells)); !changed) {
    return std::unexpected(changed.error());
  }
  return no_content();
}

}  // namespace dualwrite::sandbox::dataverse
