// Requests that write: POST, PATCH, DELETE, and PUT of one property.
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/body.hpp"
#include "sandbox/dataverse/conditions.hpp"
#include "sandbox/dataverse/execution.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/render.hpp"
#include "sandbox/dataverse/rows.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/dataverse/values.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::string resource_of(const TableSchema& schema, std::string_view key) {
  return schema.set + "(" + guid_text(key) + ")";
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

}  // namespace

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
