// The metadata service beside /data (C1): entities, enumerations and labels one by one, without the size of $metadata.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/filter.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

using nlohmann::ordered_json;
using odata::Expr;

constexpr std::string_view roots[]{"/metadata/", "/namespaces/axsf/metadata/"};
constexpr std::string_view label_prefix = "@Sandbox:";

std::string_view root_of(std::string_view target) {
  for (const std::string_view root : roots) {
    if (ascii_lower(target.substr(0, root.size())) == root) return target.substr(0, root.size());
  }
  return {};
}

std::string label_id(std::string_view name) {
  return std::string(label_prefix) + std::string(name);
}

std::string type_of(const Schema& schema, const Column& column) {
  if (column.type != Type::enumeration) return edm_name(column);
  return std::string(type_namespace) + "." + schema.enumerations[static_cast<std::size_t>(column.enumeration)].name;
}

/// The kind of field in X++.
std::string kind_of(const Column& column) {
  switch (column.type) {
    case Type::integer:
      return "Int32";
    case Type::bigint:
      return "Int64";
    case Type::decimal:
      return "Real";
    case Type::ax_date:
      return "Date";
    case Type::datetime:
      return "UtcDateTime";
    case Type::enumeration:
      return "Enum";
    case Type::guid:
      return "Guid";
    default:
      return "String";
  }
}

ordered_json property_of(const Schema& schema, const TableSchema& table, ColumnId id) {
  const Column& column = table.column(id);
  const bool is_key = std::ranges::find(table.primary.columns, id) != table.primary.columns.end();
  return {{"Name", column.wire},
          {"TypeName", type_of(schema, column)},
          {"DataType", kind_of(column)},
          {"LabelId", label_id(column.name)},
          {"IsKey", is_key},
          {"IsMandatory", column.required},
          {"ConfigurationEnabled", true},
          {"AllowEdit", !is_key && !column.create_only && !column.read_only},
          {"AllowEditOnCreate", !column.read_only},
          {"IsDimension", false},
          {"DimensionRelation", nullptr},
          {"IsDynamicDimension", false},
          {"DimensionLegalEntityProperty", nullptr},
          {"DimensionTypeProperty", nullptr}};
}

ordered_json relation_of(const Schema& schema, const TableSchema& table, const Relation& relation) {
  const TableSchema& far = schema.tables[relation.target];
  ordered_json constraints = ordered_json::array();
  for (const auto& [own, other] : relation.columns) {
    constraints.push_back({{"@odata.type", "#Microsoft.Dynamics.Metadata.ReferentialConstraint"},
                           {"Property", table.column(own).wire},
                           {"ReferencedProperty", far.column(other).wire}});
  }
  return {{"Name", relation.name},
          {"RelatedEntity", far.name},
          {"RelatedRelationName", nullptr},
          {"Cardinality", relation.many ? "Multiple" : "Single"},
          {"Constraints", std::move(constraints)}};
}

ordered_json public_entity(const Schema& schema, const TableSchema& table) {
  ordered_json properties = ordered_json::array();
  for (ColumnId id = 0; id < table.columns.size(); ++id) properties.push_back(property_of(schema, table, id));
  ordered_json relations = ordered_json::array();
  for (const Relation& relation : table.relations) relations.push_back(relation_of(schema, table, relation));
  return {{"Name", table.name},
          {"EntitySetName", table.set},
          {"LabelId", label_id(table.set)},
          {"IsReadOnly", false},
          {"ConfigurationEnabled", true},
          {"Properties", std::move(properties)},
          {"NavigationProperties", std::move(relations)},
          {"PropertyGroups", ordered_json::array()},
          {"Actions", ordered_json::array()}};
}

ordered_json data_entity(const TableSchema& table) {
  return {{"Name", table.aot_name},
          {"PublicEntityName", table.name},
          {"PublicCollectionName", table.set},
          {"LabelId", label_id(table.set)},
          {"DataServiceEnabled", true},
          {"DataManagementEnabled", true},
          {"EntityCategory", "Master"},
          {"IsReadOnly", false}};
}

ordered_json public_enumeration(const Enumeration& enumeration) {
  ordered_json members = ordered_json::array();
  for (const auto& [name, value] : enumeration.members) {
    members.push_back({{"Name", name}, {"Value", value}, {"LabelId", label_id(name)}, {"ConfigurationEnabled", true}});
  }
  return {{"Name", enumeration.name}, {"LabelId", label_id(enumeration.name)}, {"Members", std::move(members)}};
}

/// Clients write contains(tolower(Name),'x'). Comparisons are without regard to case anyway, so tolower and toupper are
/// left out.
odata::ExprPtr without_case_functions(const odata::ExprPtr& expr) {
  if (expr->kind == Expr::Kind::call && expr->operands.size() == 1 &&
      (expr->name == "tolower" || expr->name == "toupper")) {
    return expr->operands.front();
  }
  auto copy = std::make_shared<Expr>(*expr);
  for (auto& operand : copy->operands) operand = without_case_functions(operand);  // as deep as the parser allows
  return copy;
}

Value member_value(const ordered_json& item, std::string_view path) {
  const auto member = item.find(path);
  if (member == item.end()) return Value::null();
  if (member->is_boolean()) return Value::boolean(member->get<bool>());
  return member->is_string() ? Value::string(member->get<std::string>()) : Value::null();
}

Outcome<ordered_json> filtered(ordered_json items, const std::string& text) {
  auto parsed = odata::parse_filter(text);
  if (!parsed) return bad_request(parsed.error().message());
  const odata::ExprPtr filter = without_case_functions(*parsed);
  ordered_json kept = ordered_json::array();
  for (ordered_json& item : items) {
    const auto passes = odata::evaluate(*filter, [&](std::string_view path) { return member_value(item, path); });
    if (!passes) return bad_request(passes.error().message());
    if (*passes) kept.push_back(std::move(item));
  }
  return kept;
}

void keep_selected(ordered_json& item, std::string_view select) {
  ordered_json kept = ordered_json::object();
  for (const std::string_view name : split_top_level(select, ',')) {
    if (const auto member = item.find(name); member != item.end()) kept[std::string(name)] = *member;
  }
  item = std::move(kept);
}

Outcome<http::Response> page(const std::string& context, const Target& target, ordered_json items) {
  if (const std::string* filter = target.option("$filter")) {
    auto kept = filtered(std::move(items), *filter);
    if (!kept) return std::unexpected(kept.error());
    items = std::move(*kept);
  }
  ordered_json body{{"@odata.context", context}};
  const std::string* count = target.option("$count");
  if (count != nullptr && *count == "true") body["@odata.count"] = items.size();
  const auto number = [&](std::string_view option, std::size_t otherwise) {
    const std::string* text = target.option(option);
    return text == nullptr ? otherwise : parse_count(*text).value_or(otherwise);
  };
  const std::size_t skip = std::min(number("$skip", 0), items.size());
  const std::size_t top = std::min(number("$top", items.size()), items.size() - skip);
  const auto at = [&](std::size_t index) { return items.begin() + static_cast<std::ptrdiff_t>(index); };
  ordered_json value(ordered_json::array());
  for (auto item = at(skip); item != at(skip + top); ++item) {
    if (const std::string* select = target.option("$select")) keep_selected(*item, *select);
    value.push_back(std::move(*item));
  }
  body["value"] = std::move(value);
  return json_response(200, body.dump());
}

Outcome<http::Response> single(const std::string& context, const ordered_json& item) {
  ordered_json body{{"@odata.context", context + "/$entity"}};
  body.update(item);
  return json_response(200, body.dump());
}

/// Labels(Id='@SYS1',Language='en-us'). An id that nobody knows is its own text, as in the client.
Outcome<http::Response> label(const std::string& context, const Schema& schema, const odata::KeyPredicate& key) {
  std::string id;
  std::string language;
  for (const auto& [name, value] : key) {
    if (name == "Id") id = value.text();
    if (name == "Language") language = value.text();
  }
  std::string text = id;
  if (id.starts_with(label_prefix)) {
    const std::string name = id.substr(label_prefix.size());
    const TableSchema* table = schema.find_set(name);
    text = table != nullptr ? table->label : words_of(name);
  }
  return single(context, {{"Id", id}, {"Language", language}, {"Value", text}});
}

std::unexpected<Refusal> not_there(const http::Request& request) {
  return refuse(404, {}, "No HTTP resource was found that matches the request URI '" + request.target + "'.");
}

Outcome<http::Response> answer(const State& state, const http::Request& request, const std::string& origin) {
  if (request.method != "GET") return http::Response(405);
  const std::string_view root = root_of(request.target);
  const auto target = parse_target(std::string_view(request.target).substr(root.size()));
  if (!target) return std::unexpected(target.error());
  if (target->segments.size() != 1) return not_there(request);
  const Segment& segment = target->segments.front();
  const std::string kind = ascii_lower(segment.name);
  const Schema& schema = state.database.schema;
  const std::string context = origin + std::string(root) + "$metadata#" + segment.name;
  std::optional<odata::KeyPredicate> key;
  if (segment.key) {
    const auto parsed = odata::parse_key_predicate(*segment.key);
    if (!parsed || parsed->empty()) return bad_request("The key of '" + segment.name + "' cannot be read.");
    key = *parsed;
  }
  if (kind == "labels" && key) return label(context, schema, *key);
  const std::string name = key ? key->front().second.text() : std::string();
  ordered_json items = ordered_json::array();
  if (kind == "publicenumerations") {
    for (const Enumeration& enumeration : schema.enumerations) {
      if (key && enumeration.name == name) return single(context, public_enumeration(enumeration));
      items.push_back(public_enumeration(enumeration));
    }
  } else if (kind == "dataentities" || kind == "publicentities") {
    const bool is_public = kind == "publicentities";
    for (const TableSchema& table : schema.tables) {
      if (key && name != (is_public ? table.name : table.aot_name)) continue;
      ordered_json item = is_public ? public_entity(schema, table) : data_entity(table);
      if (key) return single(context, item);
      items.push_back(std::move(item));
    }
  } else {
    return not_there(request);
  }
  if (key) return not_there(request);
  return page(context, *target, std::move(items));
}

}  // namespace

bool is_metadata(std::string_view target) {
  return !root_of(target).empty();
}

http::Response light_metadata(const State& state, const http::Request& request, const std::string& origin) {
  auto response = answer(state, request, origin);
  return response ? std::move(*response) : error_response(state, response.error());
}

}  // namespace dualwrite::sandbox::finops
