// CreateMultiple, UpdateMultiple, UpsertMultiple, DeleteMultiple: many rows of one table in one transaction (A9).
#include "sandbox/dataverse/multiple.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/dataverse/conditions.hpp"
#include "sandbox/dataverse/rows.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view prefix = "Microsoft.Dynamics.CRM.";

std::unexpected<Refusal> bad_payload(const std::string& why) {
  return refuse(400, "0x80048d19", "Error identified in Payload provided by the user for Entity :''. " + why);
}

std::string type_of(const odata::Entity& entity) {
  const Value* type = entity.find("@odata.type");
  std::string name = type != nullptr ? type->text() : std::string();
  if (name.starts_with('#')) name.erase(0, 1);
  return name;
}

Outcome<std::vector<odata::Entity>> targets_of(const Call& call, const TableSchema& schema) {
  const auto body = odata::parse_entity(call.request.body.empty() ? "{}" : call.request.body);
  if (!body) return bad_payload(body.error().message());
  const auto found =
      std::ranges::find(body->arrays, std::string_view("Targets"), &std::pair<std::string, std::string>::first);
  if (found == body->arrays.end()) return bad_payload("The parameter 'Targets' is missing or is no collection.");
  auto page = odata::parse_page("{\"value\":" + found->second + "}");
  if (!page) return bad_payload(page.error().message());
  if (page->entities.empty()) return refuse(400, "0x80040203", "The Targets parameter must not be empty.");
  for (const odata::Entity& entity : page->entities) {
    const std::string type = type_of(entity);
    if (type == std::string(prefix) + schema.name) continue;
    return bad_payload(type.empty() ? "Each item of 'Targets' needs its @odata.type."
                                    : "The @odata.type '" + type + "' is not that of '" + schema.set + "'.");
  }
  return std::move(page->entities);
}

/// The row that an item means, by @odata.id or by its primary key; without either an address without a key.
Outcome<Address> address_of(const Call& call, const Table& table, const odata::Entity& entity) {
  if (!entity.id.empty()) return resolve_reference(call, table, entity.id);
  const Column& primary = table.schema().column(table.schema().primary.columns.front());
  const Value* id = entity.find(primary.wire);
  if (id == nullptr) return Address{};
  const auto key = guid_bytes(id->text());
  if (!key) return bad_payload("The value of '" + primary.wire + "' is no GUID.");
  Address address;
  address.key = *key;
  address.hit = table.find(*key);
  return address;
}

std::unexpected<Refusal> rows_missing(const TableSchema& schema, const Address& address) {
  if (address.by_alternate) return not_found(schema, address);
  return refuse(404, "0x80040217", schema.name + " With Ids = " + guid_text(address.key) + " Do Not Exist");
}

/// Its ETag, where an item of UpdateMultiple carries one, is not looked at: the platform has no such condition there.
Outcome<bool> update(Call& call, Table& table, const Address& address, const odata::Entity& entity) {
  auto body = read_entity(call, table, entity, false);
  if (!body) return std::unexpected(body.error());
  for (const Assignment& cell : address.cells.all()) body->cells.erase(cell.column);
  return change_row(call, table, address.hit, std::move(body->cells));
}

http::Response no_content() {
  http::Response response(204);
  response.headers.add("OData-Version", "4.0");
  return response;
}

Outcome<http::Response> create_all(Call& call, Table& table, const std::vector<odata::Entity>& targets) {
  std::string ids;
  for (const odata::Entity& entity : targets) {
    auto body = read_entity(call, table, entity, true);
    if (!body) return std::unexpected(body.error());
    auto key = insert_row(call, table, std::move(*body));
    if (!key) return std::unexpected(key.error());
    ids += (ids.empty() ? "\"" : ",\"") + guid_text(*key) + "\"";
  }
  return json_response(200, "{\"@odata.context\":\"" + call.root +
                                "$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse\",\"Ids\":[" + ids + "]}");
}

Outcome<http::Response> update_all(Call& call, Table& table, const std::vector<odata::Entity>& targets) {
  for (const odata::Entity& entity : targets) {
    auto address = address_of(call, table, entity);
    if (!address) return std::unexpected(address.error());
    if (!address->hit && address->key.empty() && !address->by_alternate) {
      return refuse(400, "0x80040203", "Each item of 'Targets' needs its primary key or an @odata.id.");
    }
    if (!address->hit) return rows_missing(table.schema(), *address);
    if (auto updated = update(call, table, *address, entity); !updated) return std::unexpected(updated.error());
  }
  return no_content();
}

Outcome<bool> upsert_one(Call& call, Table& table, const odata::Entity& entity) {
  auto address = address_of(call, table, entity);
  if (!address) return std::unexpected(address.error());
  if (address->hit) return update(call, table, *address, entity);
  auto body = read_entity(call, table, entity, true);
  if (!body) return std::unexpected(body.error());
  const auto is_repeated = [&](const Assignment& cell) { return body->cells.has(cell.column); };
  if (call.state.switches.upsert_multiple_refuses_key_in_body &&
      std::ranges::any_of(address->cells.all(), is_repeated)) {
    return refuse(400, "0x80040216", "An unexpected error occurred.");
  }
  if (!address->key.empty() || address->by_alternate) complete_from_address(*body, *address);
  auto key = insert_row(call, table, std::move(*body));
  if (!key) return std::unexpected(key.error());
  return true;
}

Outcome<http::Response> upsert_all(Call& call, Table& table, const std::vector<odata::Entity>& targets) {
  for (const odata::Entity& entity : targets) {
    if (auto done = upsert_one(call, table, entity); !done) return std::unexpected(done.error());
  }
  return no_content();
}

Outcome<http::Response> delete_all(Call& call, Table& table, const std::vector<odata::Entity>& targets) {
  for (const odata::Entity& entity : targets) {
    auto address = address_of(call, table, entity);
    if (!address) return std::unexpected(address.error());
    if (!address->hit) return rows_missing(table.schema(), *address);
    if (auto removed = remove_row(call, table, address->hit); !removed) return std::unexpected(removed.error());
  }
  return no_content();
}

}  // namespace

bool is_multiple(std::string_view segment) {
  return segment.starts_with(prefix) && segment.ends_with("Multiple");
}

Outcome<http::Response> multiple(Call& call, Table& table) {
  const std::string& segment = call.target.segments[1].name;
  const std::string_view action = std::string_view(segment).substr(prefix.size());
  if (call.request.method != "POST") {
    return refuse(405, "0x80060888",
                  "The requested resource does not support http method '" + call.request.method + "'.");
  }
  if (action == "DeleteMultiple" && !call.state.switches.delete_multiple) {
    return refuse(501, "0x80040216", "DeleteMultiple has not yet been implemented.");
  }
  auto targets = targets_of(call, table.schema());
  if (!targets) return std::unexpected(targets.error());
  if (action == "CreateMultiple") return create_all(call, table, *targets);
  if (action == "UpdateMultiple") return update_all(call, table, *targets);
  if (action == "UpsertMultiple") return upsert_all(call, table, *targets);
  if (action == "DeleteMultiple") return delete_all(call, table, *targets);
  return refuse(404, "0x80060888", "Resource not found for the segment '" + segment + "'.");
}

}  // namespace dualwrite::sandbox::dataverse
