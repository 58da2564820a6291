// RetrieveMetadataChanges: definitions by a query in JSON (A1). Definitions never change here, so that a client which
// comes with a stamp is told of nothing.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/definition_members.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

using nlohmann::json;

constexpr std::string_view stamp = "500000!01/01/2026 00:00:00";
constexpr int levels_max = 10;

std::unexpected<Refusal> wrong(const std::string& why) {
  return refuse(400, "0x80060888", "The parameter 'Query' is not valid: " + why);
}

/// {"Type": "System.String", "Value": "account"}, or a list as text: "['account','contact']".
std::vector<std::string> values_of(const json& condition) {
  json value = condition.value("Value", json());
  if (value.is_object()) value = value.value("Value", json());
  std::vector<std::string> values;
  const auto add = [&](const json& each) {
    values.push_back(each.is_string() ? each.get<std::string>() : each.dump());
  };
  if (value.is_array()) {
    for (const json& each : value) add(each);
    return values;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  if (!text.starts_with('[') || !text.ends_with(']')) {
    add(value);
    return values;
  }
  for (std::string_view each : split_top_level(std::string_view(text).substr(1, text.size() - 2), ',')) {
    if (each.size() >= 2 && (each.front() == '\'' || each.front() == '"')) each = each.substr(1, each.size() - 2);
    values.emplace_back(each);
  }
  return values;
}

/// As a condition's value is written: text without its quotes.
std::string text_of(const Members& members, const std::string& name) {
  const Value value = member_value(members, name);
  if (value.kind() == Value::Kind::boolean) return value.is_true() ? "true" : "false";
  return value.is_null() ? "null" : value.text();
}

Outcome<bool> meets(const json& condition, const Members& members) {
  const std::string name = condition.value("PropertyName", "");
  const std::string comparison = condition.value("ConditionOperator", "");
  const auto known = std::ranges::find(members, name, &std::pair<std::string, std::string>::first);
  if (known == members.end()) return wrong("there is no property '" + name + "' to compare.");
  const std::vector<std::string> values = values_of(condition);
  const bool is_in = std::ranges::find(values, text_of(members, name)) != values.end();
  if (comparison == "Equals" || comparison == "In") return is_in;
  if (comparison == "NotEquals" || comparison == "NotIn") return !is_in;
  return wrong("the operator '" + comparison + "' is not supported by this sandbox.");
}

Outcome<bool> passes(const json& criteria, const Members& members, int level = 1) {
  if (!criteria.is_object()) return true;
  if (level > levels_max) return wrong("it is nested too deep.");
  const bool is_or = criteria.value("FilterOperator", "And") == "Or";
  bool is_empty = true;
  bool decided = false;
  const auto take = [&](const Outcome<bool>& result) {
    is_empty = false;
    decided = decided || *result == is_or;
  };
  for (const json& condition : criteria.value("Conditions", json::array())) {
    auto result = condition.is_object() ? meets(condition, members) : wrong("a condition is no object.");
    if (!result) return result;
    take(result);
  }
  for (const json& nested : criteria.value("Filters", json::array())) {
    auto result = passes(nested, members, level + 1);
    if (!result) return result;
    take(result);
  }
  return is_empty || decided == is_or;
}

/// The list for object(); empty: all properties.
std::string select_of(const json& query) {
  const json properties = query.value("Properties", json::object());
  if (!properties.is_object() || properties.value("AllProperties", false)) return {};
  std::string names = "MetadataId";
  for (const json& name : properties.value("PropertyNames", json::array())) {
    if (name.is_string()) names += "," + name.get<std::string>();
  }
  return names;
}

/// Whether the table's definition is to hold that collection.
bool wants(const json& query, std::string_view collection) {
  const json properties = query.value("Properties", json::object());
  if (!properties.is_object()) return false;
  if (properties.value("AllProperties", false)) return true;
  const json names = properties.value("PropertyNames", json::array());
  return std::ranges::find(names, json(collection)) != names.end();
}

Outcome<std::string> items(const json& query, const std::vector<Members>& all) {
  std::string list;
  for (const Members& members : all) {
    auto is_wanted = passes(query.value("Criteria", json()), members);
    if (!is_wanted) return std::unexpected(is_wanted.error());
    if (*is_wanted) list += (list.empty() ? "" : ",") + object(members, select_of(query));
  }
  return "[" + list + "]";
}

Outcome<std::string> table_of(const Schema& schema, const TableSchema& table, const json& query) {
  std::string more;
  const auto add = [&](const char* name, const char* sub_query, const std::vector<Members>& all) -> Outcome<bool> {
    if (!wants(query, name)) return true;
    const json sub = query.value(sub_query, json::object());
    if (!sub.is_object()) return wrong(std::string("'") + sub_query + "' is no object.");
    auto list = items(sub, all);
    if (!list) return std::unexpected(list.error());
    more += std::string(",\"") + name + "\":" + *list;
    return true;
  };
  std::vector<Members> columns;
  for (const Column& column : table.columns) columns.push_back(attribute_members(table, column));
  std::vector<Members> keys;
  for (const Key& key : table.keys) keys.push_back(key_members(table, key));
  if (auto done = add("Attributes", "AttributeQuery", columns); !done) return std::unexpected(done.error());
  if (auto done = add("Keys", "KeyQuery", keys); !done) return std::unexpected(done.error());
  const auto lookups = lookup_members(schema, table);
  if (auto done = add("ManyToOneRelationships", "RelationshipQuery", lookups); !done) {
    return std::unexpected(done.error());
  }
  return object(table_members(table), select_of(query), more);
}

/// What a parameter of the function stands for: the alias's value, or what was written.
std::optional<std::string> argument(const Call& call, std::string_view name) {
  const std::string given = call.target.segments[0].key.value_or("");
  for (const std::string_view item : split_top_level(given, ',')) {
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || item.substr(0, equals) != name) continue;
    const std::string_view value = item.substr(equals + 1);
    const std::string* alias = value.starts_with('@') ? call.target.option(value) : nullptr;
    return alias != nullptr ? *alias : std::string(value);
  }
  return std::nullopt;
}

}  // namespace

Outcome<http::Response> metadata_changes(Call& call) {
  const auto text = argument(call, "Query");
  const json query = json::parse(text.value_or("{}"), nullptr, false);
  if (!query.is_object()) return wrong("it is no JSON object.");
  const auto known = argument(call, "ClientVersionStamp");
  const Schema& schema = call.state.database.schema;
  std::string tables;
  try {
    for (const TableSchema& table : schema.tables) {
      if (known && *known != "null") break;
      auto is_wanted = passes(query.value("Criteria", json()), table_members(table));
      if (!is_wanted) return std::unexpected(is_wanted.error());
      if (!*is_wanted) continue;
      auto one = table_of(schema, table, query);
      if (!one) return std::unexpected(one.error());
      tables += (tables.empty() ? "" : ",") + *one;
    }
  } catch (const json::exception&) {
    return wrong("a member is of another type than it must be.");
  }
  return json_response(200, "{\"@odata.context\":\"" + call.root +
                                "$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse\","
                                "\"ServerVersionStamp\":\"" +
                                std::string(stamp) + "\",\"EntityMetadata\":[" + tables +
                                "],\"DeletedMetadata\":null}");
}

}  // namespace dualwrite::sandbox::dataverse
