#include "sandbox/dataverse/definition_members.hpp"

#include <algorithm>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/dataverse/collections.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

std::string label(std::string_view text) {
  return "{\"UserLocalizedLabel\":{\"Label\":" + quoted(text) + ",\"LanguageCode\":1033}}";
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string json;
  odata::append_json_string(json, text);
  return json;
}

Members table_members(const TableSchema& table) {
  return {{"MetadataId", quoted(guid_text(seed_guid("table/" + table.name)))},
          {"LogicalName", quoted(table.name)},
          {"SchemaName", quoted(table.schema_name)},
          {"EntitySetName", quoted(table.set)},
          {"LogicalCollectionName", quoted(table.set)},
          {"PrimaryIdAttribute", quoted(table.column(table.primary.columns.front()).name)},
          {"PrimaryNameAttribute", quoted(table.column(table.primary_name).name)},
          {"ChangeTrackingEnabled", table.change_tracking ? "true" : "false"},
          {"IsOptimisticConcurrencyEnabled", table.optimistic_concurrency ? "true" : "false"},
          {"IsCustomEntity", table.name.find('_') != std::string::npos ? "true" : "false"},
          {"OwnershipType", quoted(table.user_owned ? "UserOwned" : "OrganizationOwned")},
          {"ObjectTypeCode", std::to_string(10000 + table.id)},
          {"DataProviderId", "null"},
          {"DisplayName", label(table.schema_name)}};
}

std::string definition_type(const Column& column) {
  return (column.source_type == "Customer" || column.source_type == "Owner" ? "Lookup" : column.source_type) +
         "AttributeMetadata";
}

Members attribute_members(const TableSchema& table, const Column& column) {
  const bool is_primary = &column == &table.column(table.primary.columns.front());
  Members members{
      {"@odata.type", quoted("#Microsoft.Dynamics.CRM." + definition_type(column))},
      {"MetadataId", quoted(guid_text(seed_guid("column/" + table.name + "/" + column.name)))},
      {"LogicalName", quoted(column.name)},
      {"SchemaName", quoted(column.schema_name)},
      {"EntityLogicalName", quoted(table.name)},
      {"AttributeType", quoted(column.source_type == "MultiSelectPicklist" ? "Virtual" : column.source_type)},
      {"AttributeTypeName", "{\"Value\":" + quoted(column.source_type + "Type") + "}"},
      {"IsPrimaryId", is_primary ? "true" : "false"},
      {"IsPrimaryName", &column == &table.column(table.primary_name) ? "true" : "false"},
      {"IsValidForRead", column.write_only ? "false" : "true"},
      {"IsValidForCreate", column.read_only ? "false" : "true"},
      {"IsValidForUpdate", column.read_only || column.create_only ? "false" : "true"},
      {"RequiredLevel", std::string("{\"Value\":") + (column.required ? "\"SystemRequired\"" : "\"None\"") + "}"},
      {"DisplayName", label(column.schema_name)}};
  if (column.length_max != 0) members.emplace_back("MaxLength", std::to_string(column.length_max));
  if (column.scale >= 0) members.emplace_back("Precision", std::to_string(column.scale));
  if (column.type == Type::date) members.emplace_back("DateTimeBehavior", "{\"Value\":\"DateOnly\"}");
  if (column.type == Type::datetime) members.emplace_back("DateTimeBehavior", "{\"Value\":\"UserLocal\"}");
  return members;
}

Members key_members(const TableSchema& table, const Key& key) {
  std::string columns;
  for (const ColumnId id : key.columns) columns += (columns.empty() ? "" : ",") + quoted(table.column(id).name);
  return {{"MetadataId", quoted(guid_text(seed_guid("key/" + table.name + "/" + key.name)))},
          {"LogicalName", quoted(key.name)},
          {"SchemaName", quoted(key.name)},
          {"EntityLogicalName", quoted(table.name)},
          {"KeyAttributes", "[" + columns + "]"},
          {"EntityKeyIndexStatus", "\"Active\""}};
}

std::string object(const Members& members, const std::string& select, const std::string& more) {
  const auto wanted = split_top_level(select, ',');
  std::string json = "{";
  for (const auto& [name, value] : members) {
    const bool is_wanted = wanted.empty() || name == "MetadataId" || name == "@odata.type" ||
                           std::ranges::find(wanted, name) != wanted.end();
    if (!is_wanted) continue;
    if (json.size() > 1) json += ',';
    json += quoted(name) + ":" + value;
  }
  return json + more + "}";
}

std::string option_set_json(const TableSchema& table, const Column& column) {
  const std::string head =
      "{\"Name\":" + quoted(table.name + "_" + column.name) + ",\"IsGlobal\":false,\"OptionSetType\":";
  if (column.type == Type::boolean) {
    return head + "\"Boolean\",\"TrueOption\":{\"Value\":1,\"Label\":" + label("Yes") +
           "},\"FalseOption\":{\"Value\":0,\"Label\":" + label("No") + "}}";
  }
  std::string options;
  for (const Option& option : column.options) {
    options += (options.empty() ? "" : ",");
    options += "{\"Value\":" + std::to_string(option.value) + ",\"Label\":" + label(option.label) + "}";
  }
  const bool is_special = column.source_type == "State" || column.source_type == "Status";
  return head + quoted(is_special ? column.source_type : "Picklist") + ",\"Options\":[" + options + "]}";
}

bool has_options(const Column& column) {
  return column.type == Type::choice || column.type == Type::boolean || column.source_type == "MultiSelectPicklist";
}

std::vector<Members> lookup_members(const Schema& schema, const TableSchema& table, const TableSchema* only) {
  std::vector<Members> all;
  for (const Column& column : table.columns) {
    for (const LookupTarget& target : column.targets) {
      const TableSchema& far = schema.tables[target.table];
      if (only != nullptr && only != &far) continue;
      all.push_back(
          {{"MetadataId", quoted(guid_text(seed_guid("lookup/" + table.name + "/" + column.name + "/" + far.name)))},
           {"SchemaName", quoted(collection_name(table, column, target))},
           {"ReferencingAttribute", quoted(column.name)},
           {"ReferencingEntity", quoted(table.name)},
           {"ReferencedEntity", quoted(far.name)},
           {"ReferencedAttribute", quoted(far.column(far.primary.columns.front()).name)},
           {"ReferencingEntityNavigationPropertyName", quoted(target.navigation)},
           {"ReferencedEntityNavigationPropertyName", quoted(collection_name(table, column, target))}});
    }
  }
  return all;
}

std::string lookups_json(const Schema& schema, const TableSchema& table, const std::string& select,
                         const TableSchema* only) {
  std::string json;
  for (const Members& members : lookup_members(schema, table, only)) {
    json += (json.empty() ? "" : ",") + object(members, select);
  }
  return "[" + json + "]";
}

Value member_value(const Members& members, std::string_view name) {
  const auto found = std::ranges::find(members, name, &std::pair<std::string, std::string>::first);
  if (found == members.end() || found->second == "null") return Value::null();
  const std::string& json = found->second;
  if (json.starts_with('"')) return Value::string(json.substr(1, json.size() - 2));
  if (json == "true" || json == "false") return Value::boolean(json == "true");
  return Value::number(json);
}

}  // namespace dualwrite::sandbox::dataverse
