// EntityDefinitions: the part of the definitions API that general clients use (A1).
#include <algorithm>

#include "dualwrite/odata/filter.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/definition_members.hpp"
#include "sandbox/dataverse/state.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

/// "Keys($select=LogicalName)" -> its $select, if $expand names Keys.
std::optional<std::string> expanded(const Target& target, std::string_view navigation) {
  const std::string* expand = target.option("$expand");
  if (expand == nullptr) return std::nullopt;
  for (const std::string_view item : split_top_level(*expand, ',')) {
    if (item.substr(0, item.find('(')) != navigation) continue;
    const std::size_t select = item.find("$select=");
    if (select == std::string_view::npos) return std::string();
    return std::string(item.substr(select + 8, item.find_first_of(";)", select) - select - 8));
  }
  return std::nullopt;
}

std::string keys_json(const TableSchema& table, const std::string& select) {
  std::string json;
  for (const Key& key : table.keys) json += (json.empty() ? "" : ",") + object(key_members(table, key), select);
  return "[" + json + "]";
}

std::string attributes_json(const TableSchema& table, const std::string& select) {
  std::string json;
  for (const Column& column : table.columns) {
    json += (json.empty() ? "" : ",") + object(attribute_members(table, column), select);
  }
  return "[" + json + "]";
}

std::string attribute_json(const Target& target, const TableSchema& table, const Column& column) {
  const std::string* select = target.option("$select");
  std::string more;
  if (expanded(target, "OptionSet") && has_options(column)) more += ",\"OptionSet\":" + option_set_json(table, column);
  if (expanded(target, "GlobalOptionSet") && has_options(column)) more += ",\"GlobalOptionSet\":null";
  return object(attribute_members(table, column), select != nullptr ? *select : "", more);
}

std::string table_json(const Call& call, const TableSchema& table, const std::string& head) {
  const std::string* select = call.target.option("$select");
  std::string more;
  if (const auto keys = expanded(call.target, "Keys")) more += ",\"Keys\":" + keys_json(table, *keys);
  if (const auto columns = expanded(call.target, "Attributes")) {
    more += ",\"Attributes\":" + attributes_json(table, *columns);
  }
  if (const auto lookups = expanded(call.target, "ManyToOneRelationships")) {
    more += ",\"ManyToOneRelationships\":" + lookups_json(call.state.database.schema, table, *lookups);
  }
  std::string json = object(table_members(table), select != nullptr ? *select : "", more);
  json.insert(1, head);
  return json;
}

const TableSchema* named_table(const Schema& schema, const std::string& key) {
  const auto predicate = odata::parse_key_predicate(key);
  if (!predicate || predicate->size() != 1) return nullptr;
  const auto& [name, value] = predicate->front();
  if (name == "LogicalName") return schema.find_name(value.text());
  for (const TableSchema& table : schema.tables) {
    if (guid_text(seed_guid("table/" + table.name)) == value.text()) return &table;
  }
  return nullptr;
}

Outcome<odata::ExprPtr> filter_of(const Call& call) {
  const std::string* text = call.target.option("$filter");
  if (text == nullptr) return nullptr;
  auto parsed = odata::parse_filter(*text);
  if (!parsed) return refuse(400, "0x80060888", parsed.error().message());
  return std::move(*parsed);
}

Outcome<bool> passes(const odata::ExprPtr& filter, const Members& members) {
  if (!filter) return true;
  const auto result = odata::evaluate(*filter, [&](std::string_view path) { return member_value(members, path); });
  if (!result) return refuse(400, "0x80060888", result.error().message());
  return *result;
}

/// Attributes, Attributes(LogicalName='name'), and either cast to one type of definition.
Outcome<http::Response> attributes(const Call& call, const TableSchema& table, const std::string& context) {
  const auto& segments = call.target.segments;
  const Segment& part = segments[1];
  constexpr std::string_view cast_prefix = "Microsoft.Dynamics.CRM.";
  const bool is_cast = segments.size() == 3 && segments[2].name.starts_with(cast_prefix);
  if (segments.size() > 3 || (segments.size() == 3 && !is_cast)) {
    return refuse(404, "0x80060888", "Resource not found for the segment '" + segments.back().name + "'.");
  }
  const std::string type = is_cast ? segments[2].name.substr(cast_prefix.size()) : std::string();
  const auto is_of_type = [&](const Column& column) { return !is_cast || definition_type(column) == type; };
  if (part.key) {
    const auto predicate = odata::parse_key_predicate(*part.key);
    const auto id =
        predicate && predicate->size() == 1 ? table.find_name(predicate->front().second.text()) : std::nullopt;
    if (!id || !is_of_type(table.column(*id))) {
      return refuse(404, "0x80060888", "Could not find an attribute with the specified key: " + *part.key);
    }
    std::string json = attribute_json(call.target, table, table.column(*id));
    json.insert(1, "\"@odata.context\":\"" + context + "/$entity\",");
    return json_response(200, json);
  }
  auto filter = filter_of(call);
  if (!filter) return std::unexpected(filter.error());
  std::string json;
  for (const Column& column : table.columns) {
    if (!is_of_type(column)) continue;
    auto is_wanted = passes(*filter, attribute_members(table, column));
    if (!is_wanted) return std::unexpected(is_wanted.error());
    if (*is_wanted) json += (json.empty() ? "" : ",") + attribute_json(call.target, table, column);
  }
  return json_response(200, "{\"@odata.context\":\"" + context + (is_cast ? "/" + segments[2].name : "") +
                                "\",\"value\":[" + json + "]}");
}

Outcome<http::Response> all_tables(const Call& call) {
  auto filter = filter_of(call);
  if (!filter) return std::unexpected(filter.error());
  std::string json;
  for (const TableSchema& table : call.state.database.schema.tables) {
    auto is_wanted = passes(*filter, table_members(table));
    if (!is_wanted) return std::unexpected(is_wanted.error());
    if (!*is_wanted) continue;
    json += (json.empty() ? "" : ",") + table_json(call, table, {});
  }
  return json_response(
      200, "{\"@odata.context\":\"" + call.root + "$metadata#EntityDefinitions\",\"value\":[" + json + "]}");
}

}  // namespace

Outcome<http::Response> definitions(Call& call) {
  if (call.request.method != "GET") {
    return refuse(405, "0x80060888", "Definitions cannot be changed in this sandbox.");
  }
  const Segment& first = call.target.segments[0];
  if (!first.key) return all_tables(call);
  const Schema& schema = call.state.database.schema;
  const TableSchema* table = named_table(schema, *first.key);
  if (table == nullptr) {
    return refuse(404, "0x80060888", "Could not find an entity with the specified key: " + *first.key);
  }
  const std::string context = call.root + "$metadata#EntityDefinitions";
  if (call.target.segments.size() == 1) {
    return json_response(200, table_json(call, *table, "\"@odata.context\":\"" + context + "/$entity\","));
  }
  const std::string& part = call.target.segments[1].name;
  const std::string* select = call.target.option("$select");
  const std::string columns = select != nullptr ? *select : std::string();
  if (part == "Attributes") return attributes(call, *table, context + "('" + table->name + "')/Attributes");
  std::string value;
  if (part == "Keys") value = keys_json(*table, columns);
  if (part == "ManyToOneRelationships") value = lookups_json(schema, *table, columns);
  if (part == "OneToManyRelationships") {
    for (const TableSchema& near : schema.tables) {
      const std::string some = lookups_json(schema, near, columns, table);
      if (some.size() > 2) value += (value.empty() ? "[" : ",") + some.substr(1, some.size() - 2);
    }
    value += value.empty() ? "[]" : "]";
  }
  if (value.empty()) return refuse(404, "0x80060888", "Resource not found for the segment '" + part + "'.");
  return json_response(
      200, "{\"@odata.context\":\"" + context + "('" + table->name + "')/" + part + "\",\"value\":" + value + "}");
}

/// No choice here is shared between columns.
Outcome<http::Response> global_choices(Call& call) {
  const Segment& first = call.target.segments[0];
  if (first.key) {
    return refuse(404, "0x80060888", "Could not find an option set with the specified key: " + *first.key);
  }
  return json_response(200,
                       "{\"@odata.context\":\"" + call.root + "$metadata#GlobalOptionSetDefinitions\",\"value\":[]}");
}

}  // namespace dualwrite::sandbox::dataverse
