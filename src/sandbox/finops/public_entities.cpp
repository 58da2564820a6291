// /metadata/PublicEntities: entities with their properties, without the size of $metadata (C1): names, types, keys and
// what may be edited.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/filter.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

constexpr std::string_view segment = "/metadata/publicentities";

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  odata::append_json_string(json, name);
  json += ':';
  odata::append_json_string(json, text);
}

std::string property_json(const Schema& schema, const TableSchema& table, ColumnId id) {
  const Column& column = table.column(id);
  const bool is_key = std::ranges::find(table.primary.columns, id) != table.primary.columns.end();
  std::string type = edm_name(column);
  if (column.type == Type::enumeration) {
    type = std::string(type_namespace) + "." + schema.enumerations[static_cast<std::size_t>(column.enumeration)].name;
  }
  std::string json = "{";
  append_member(json, "Name", column.wire);
  append_member(json, "TypeName", type);
  json += std::string(",\"IsKey\":") + (is_key ? "true" : "false");
  json += std::string(",\"IsMandatory\":") + (column.required ? "true" : "false");
  json += std::string(",\"AllowEdit\":") + (is_key || column.create_only || column.read_only ? "false" : "true");
  return json + "}";
}

std::string entity_json(const Schema& schema, const TableSchema& table) {
  std::string json = "{";
  append_member(json, "Name", table.name);
  append_member(json, "EntitySetName", table.set);
  json += ",\"Properties\":[";
  for (ColumnId id = 0; id < table.columns.size(); ++id) {
    if (id != 0) json += ',';
    json += property_json(schema, table, id);
  }
  return json + "]}";
}

http::Response not_found() {
  return finops_error(Refusal(404, {}, "No HTTP resource was found.", "System.Web.Http.HttpResponseException"));
}

}  // namespace

bool is_metadata(std::string_view target) {
  return ascii_lower(target.substr(0, segment.size())) == segment;
}

http::Response public_entities(const State& state, const http::Request& request) {
  if (request.method != "GET") return http::Response(405);
  const auto target = parse_target(std::string_view(request.target).substr(std::string_view("/metadata/").size()));
  if (!target) return finops_error(target.error());
  if (target->segments.size() != 1) return not_found();
  const Schema& schema = state.database.schema;
  if (const auto& key = target->segments[0].key) {
    const auto predicate = odata::parse_key_predicate(*key);
    const TableSchema* table =
        predicate && predicate->size() == 1 ? schema.find_name(predicate->front().second.text()) : nullptr;
    return table == nullptr ? not_found() : json_response(200, entity_json(schema, *table));
  }
  odata::ExprPtr filter;
  if (const std::string* text = target->option("$filter")) {
    auto parsed = odata::parse_filter(*text);
    if (!parsed) return finops_error(Refusal(400, {}, parsed.error().message(), "Microsoft.OData.ODataException"));
    filter = std::move(*parsed);
  }
  std::string json;
  for (const TableSchema& table : schema.tables) {
    if (filter) {
      const auto passes = odata::evaluate(*filter, [&table](std::string_view path) {
        return path == "EntitySetName" ? Value::string(table.set) : Value::string(table.name);
      });
      if (!passes) return finops_error(Refusal(400, {}, passes.error().message(), "Microsoft.OData.ODataException"));
      if (!*passes) continue;
    }
    json += (json.empty() ? "" : ",") + entity_json(schema, table);
  }
  return json_response(200, "{\"value\":[" + json + "]}");
}

}  // namespace dualwrite::sandbox::finops
