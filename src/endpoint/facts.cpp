#include "endpoint/facts.hpp"

#include <algorithm>
#include <charconv>

#include "dualwrite/odata/uri.hpp"

namespace dualwrite::endpoint {

Task<Result<std::optional<maps::EntityFacts>>> Endpoint::facts(std::string name, std::vector<std::string>) {
  co_return fail(Errc::invalid, "reading the metadata of " + name + ": services of this dialect do not tell enough",
                 "validate maps against services of the dialects finops and dataverse");
}

Task<Result<std::vector<odata::Entity>>> Endpoint::table_rows(std::string set, std::string) {
  co_return fail(Errc::invalid, "reading " + set + ": services of this dialect have no such table");
}

namespace {

using maps::EntityFacts;
using maps::Kind;
using maps::PropertyFacts;

constexpr std::string_view definitions = "/api/data/v9.2/EntityDefinitions(LogicalName='";

std::string text_of(const odata::Entity& entity, std::string_view name) {
  const Value* value = entity.find(name);
  return value == nullptr || value->is_null() ? std::string() : value->text();
}

bool told(const odata::Entity& entity, std::string_view name, bool otherwise) {
  const std::string text = text_of(entity, name);
  return text.empty() ? otherwise : text == "true";
}

template <class Number>
Number number_of(const odata::Entity& entity, std::string_view name, Number otherwise) {
  const std::string text = text_of(entity, name);
  Number number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The objects of an array member; none if it is missing.
Result<std::vector<odata::Entity>> items_of(const odata::Entity& entity, std::string_view name) {
  const auto array = std::ranges::find(entity.arrays, name, &std::pair<std::string, std::string>::first);
  if (array == entity.arrays.end()) return {};
  auto page = odata::parse_page("{\"value\":" + array->second + "}");
  if (!page) return std::unexpected(std::move(page).error().while_doing(std::string(name)));
  return std::move(page->entities);
}

/// The texts of a JSON array of texts: column names, which hold nothing that is escaped.
std::vector<std::string> names_in(const odata::Entity& entity, std::string_view name) {
  std::vector<std::string> names;
  const auto array = std::ranges::find(entity.arrays, name, &std::pair<std::string, std::string>::first);
  if (array == entity.arrays.end()) return names;
  const std::string& json = array->second;
  for (std::size_t from = json.find('"'); from != std::string::npos; from = json.find('"', from)) {
    const std::size_t to = json.find('"', from + 1);
    if (to == std::string::npos) break;
    names.push_back(json.substr(from + 1, to - from - 1));
    from = to + 1;
  }
  return names;
}

Kind dataverse_kind(std::string_view type) {
  constexpr std::pair<std::string_view, Kind> kinds[] = {
      {"String", Kind::text},          {"Memo", Kind::text},          {"Integer", Kind::whole},
      {"BigInt", Kind::whole},         {"Decimal", Kind::decimal},    {"Money", Kind::decimal},
      {"Double", Kind::decimal},       {"Boolean", Kind::boolean},    {"DateTime", Kind::moment},
      {"Picklist", Kind::choice},      {"State", Kind::choice},       {"Status", Kind::choice},
      {"Lookup", Kind::reference},     {"Customer", Kind::reference}, {"Owner", Kind::reference},
      {"Uniqueidentifier", Kind::guid}};
  const auto found = std::ranges::find(kinds, type, &std::pair<std::string_view, Kind>::first);
  return found == std::end(kinds) ? Kind::other : found->second;
}

Kind finops_kind(std::string_view type) {
  constexpr std::pair<std::string_view, Kind> kinds[] = {
      {"String", Kind::text},  {"Memo", Kind::text},      {"Int32", Kind::whole},        {"Int64", Kind::whole},
      {"Real", Kind::decimal}, {"Date", Kind::day},       {"UtcDateTime", Kind::moment}, {"Enum", Kind::choice},
      {"Guid", Kind::guid},    {"Boolean", Kind::boolean}};
  const auto found = std::ranges::find(kinds, type, &std::pair<std::string_view, Kind>::first);
  return found == std::end(kinds) ? Kind::other : found->second;
}

Result<EntityFacts> read_definition(const std::string& table, const std::string& body) {
  auto entity = odata::parse_entity(body);
  if (!entity) return std::unexpected(std::move(entity).error());
  EntityFacts facts;
  facts.name = table;
  facts.set = text_of(*entity, "EntitySetName");
  facts.id = text_of(*entity, "PrimaryIdAttribute");
  facts.tracks_changes = told(*entity, "ChangeTrackingEnabled", true);
  auto columns = items_of(*entity, "Attributes");
  if (!columns) return std::unexpected(std::move(columns).error());
  for (const odata::Entity& column : *columns) {
    PropertyFacts property;
    property.name = text_of(column, "LogicalName");
    property.kind = dataverse_kind(text_of(column, "AttributeType"));
    property.required = text_of(column, "RequiredLevel/Value") == "ApplicationRequired";
    property.settable = told(column, "IsValidForCreate", true);
    property.editable = told(column, "IsValidForUpdate", true);
    facts.properties.push_back(std::move(property));
  }
  auto lookups = items_of(*entity, "ManyToOneRelationships");
  if (!lookups) return std::unexpected(std::move(lookups).error());
  for (const odata::Entity& lookup : *lookups) {
    facts.references.push_back({text_of(lookup, "ReferencingEntityNavigationPropertyName"),
                                text_of(lookup, "ReferencedEntity"), text_of(lookup, "ReferencingAttribute")});
  }
  auto keys = items_of(*entity, "Keys");
  if (!keys) return std::unexpected(std::move(keys).error());
  for (const odata::Entity& key : *keys) facts.keys.push_back(names_in(key, "KeyAttributes"));
  return facts;
}

/// What only the definitions of one kind of column hold.
Result<void> add_details(const std::string& body, EntityFacts& facts) {
  auto page = odata::parse_page(body);
  if (!page) return std::unexpected(std::move(page).error());
  for (const odata::Entity& column : page->entities) {
    const auto property = std::ranges::find(facts.properties, text_of(column, "LogicalName"), &PropertyFacts::name);
    if (property == facts.properties.end()) continue;
    property->length = number_of(column, "MaxLength", property->length);
    property->precision = number_of(column, "Precision", property->precision);
    if (text_of(column, "DateTimeBehavior/Value") == "DateOnly") property->kind = Kind::day;
    auto options = items_of(column, "OptionSet/Options");
    if (!options) return std::unexpected(std::move(options).error());
    for (const odata::Entity& option : *options) {
      property->options.push_back(
          {text_of(option, "Label/UserLocalizedLabel/Label"), number_of(option, "Value", std::int64_t{})});
    }
    for (const std::string_view either : {"OptionSet/FalseOption", "OptionSet/TrueOption"}) {
      const std::string at(either);
      if (column.find(at + "/Value") == nullptr) continue;
      property->options.push_back(
          {text_of(column, at + "/Label/UserLocalizedLabel/Label"), number_of(column, at + "/Value", std::int64_t{})});
    }
  }
  return {};
}

/// The kinds of column that `choices` names, each with the query for what else they tell.
std::vector<std::string> details_of(const EntityFacts& facts, const std::vector<std::string>& choices,
                                    const std::vector<std::pair<std::string, std::string>>& types) {
  constexpr std::pair<std::string_view, std::string_view> queries[] = {
      {"String", "$select=LogicalName,MaxLength"},          {"Memo", "$select=LogicalName,MaxLength"},
      {"Decimal", "$select=LogicalName,Precision"},         {"Money", "$select=LogicalName,Precision"},
      {"Double", "$select=LogicalName,Precision"},          {"Picklist", "$select=LogicalName&$expand=OptionSet"},
      {"State", "$select=LogicalName&$expand=OptionSet"},   {"Status", "$select=LogicalName&$expand=OptionSet"},
      {"Boolean", "$select=LogicalName&$expand=OptionSet"}, {"DateTime", "$select=LogicalName,DateTimeBehavior"}};
  std::vector<std::string> targets;
  for (const auto& [type, query] : queries) {
    const bool wanted = std::ranges::any_of(types, [&](const auto& column) {
      return column.second == type && std::ranges::find(choices, column.first) != choices.end();
    });
    if (!wanted) continue;
    targets.push_back(std::string(definitions) + facts.name + "')/Attributes/Microsoft.Dynamics.CRM." +
                      std::string(type) + "AttributeMetadata?" + std::string(query));
  }
  return targets;
}

std::vector<std::pair<std::string, std::string>> types_in(const std::string& body) {
  std::vector<std::pair<std::string, std::string>> types;
  auto entity = odata::parse_entity(body);
  if (!entity) return types;
  auto columns = items_of(*entity, "Attributes");
  if (!columns) return types;
  for (const odata::Entity& column : *columns) {
    types.emplace_back(text_of(column, "LogicalName"), text_of(column, "AttributeType"));
  }
  return types;
}

Result<EntityFacts> read_entity(const odata::Entity& row, std::vector<std::string>& enumerations) {
  EntityFacts facts;
  facts.name = facts.set = text_of(row, "EntitySetName");
  auto properties = items_of(row, "Properties");
  if (!properties) return std::unexpected(std::move(properties).error());
  for (const odata::Entity& each : *properties) {
    PropertyFacts property;
    property.name = text_of(each, "Name");
    property.kind = finops_kind(text_of(each, "DataType"));
    property.key = told(each, "IsKey", false);
    property.required = told(each, "IsMandatory", false);
    property.settable = told(each, "AllowEditOnCreate", true);
    property.editable = told(each, "AllowEdit", true);
    const std::string type = text_of(each, "TypeName");
    if (type == "Edm.Boolean") property.kind = Kind::boolean;
    enumerations.push_back(property.kind == Kind::choice ? type.substr(type.rfind('.') + 1) : std::string());
    facts.properties.push_back(std::move(property));
  }
  return facts;
}

}  // namespace

Task<Result<std::optional<EntityFacts>>> facts_dataverse(Service& service, std::string table,
                                                         std::vector<std::string> choices) {
  const std::string what = "reading the definition of the table " + table;
  std::string target = std::string(definitions) + table +
                       "')?$select=LogicalName,EntitySetName,PrimaryIdAttribute,ChangeTrackingEnabled" +
                       "&$expand=Attributes($select=LogicalName,AttributeType,IsValidForCreate,IsValidForUpdate," +
                       "RequiredLevel),Keys($select=KeyAttributes),ManyToOneRelationships($select=ReferencedEntity," +
                       "ReferencingAttribute,ReferencingEntityNavigationPropertyName)";
  http::Headers headers;
  auto body = co_await service.get(std::move(target), std::move(headers), what);
  if (!body) {
    if (body.error().code() == Errc::not_found) co_return std::optional<EntityFacts>();
    co_return std::unexpected(std::move(body).error());
  }
  auto facts = read_definition(table, *body);
  if (!facts) co_return std::unexpected(std::move(facts).error().while_doing(what));
  for (std::string& more : details_of(*facts, choices, types_in(*body))) {
    http::Headers none;
    auto details = co_await service.get(std::move(more), std::move(none), what);
    if (!details) co_return std::unexpected(std::move(details).error());
    auto added = add_details(*details, *facts);
    if (!added) co_return std::unexpected(std::move(added).error().while_doing(what));
  }
  co_return std::optional<EntityFacts>(std::move(*facts));
}

Task<Result<std::optional<EntityFacts>>> facts_finops(Service& service, std::string entity_set,
                                                      std::vector<std::string> choices) {
  const std::string what = "reading the definition of the entity " + entity_set;
  const std::string filter = "EntitySetName eq " + odata::quote(entity_set);
  std::string target = "/metadata/PublicEntities?$filter=" + odata::percent_encode_query(filter);
  std::string continuation;
  http::Headers headers;
  auto page = co_await service.scan_page(std::move(target), std::move(continuation), std::move(headers), what);
  if (!page) co_return std::unexpected(std::move(page).error());
  // Not every version filters: what came is looked through.
  const auto row = std::ranges::find_if(
      page->rows, [&](const odata::Entity& each) { return text_of(each, "EntitySetName") == entity_set; });
  if (row == page->rows.end()) co_return std::optional<EntityFacts>();
  std::vector<std::string> enumerations;
  auto facts = read_entity(*row, enumerations);
  if (!facts) co_return std::unexpected(std::move(facts).error().while_doing(what));
  for (std::size_t index = 0; index < facts->properties.size(); ++index) {
    PropertyFacts& property = facts->properties[index];
    const bool wanted = std::ranges::find(choices, property.name) != choices.end();
    if (enumerations[index].empty() || !wanted) continue;
    std::string one = "/metadata/PublicEnumerations('" + enumerations[index] + "')";
    http::Headers none;
    auto body = co_await service.get(std::move(one), std::move(none), what);
    if (!body) co_return std::unexpected(std::move(body).error());
    auto enumeration = odata::parse_entity(*body);
    if (!enumeration) co_return std::unexpected(std::move(enumeration).error().while_doing(what));
    auto members = items_of(*enumeration, "Members");
    if (!members) co_return std::unexpected(std::move(members).error().while_doing(what));
    for (const odata::Entity& member : *members) {
      property.options.push_back({text_of(member, "Name"), number_of(member, "Value", std::int64_t{})});
    }
  }
  co_return std::optional<EntityFacts>(std::move(*facts));
}

}  // namespace dualwrite::endpoint
