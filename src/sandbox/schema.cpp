#include "sandbox/schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "embedded/sandbox_dataverse_maps.hpp"
#include "embedded/sandbox_dataverse_schema.hpp"
#include "embedded/sandbox_finops_maps.hpp"
#include "embedded/sandbox_finops_schema.hpp"
#include "sandbox/schema_build.hpp"

namespace dualwrite::sandbox {
namespace {

using nlohmann::json;

Type dataverse_type(const std::string& source, const std::string& behavior) {
  static const TextMap<Type> types{
      {"String", Type::string},         {"Memo", Type::string},
      {"Uniqueidentifier", Type::guid}, {"Boolean", Type::boolean},
      {"Integer", Type::integer},       {"BigInt", Type::bigint},
      {"Decimal", Type::decimal},       {"Money", Type::decimal},
      {"Double", Type::real},           {"Picklist", Type::choice},
      {"State", Type::choice},          {"Status", Type::choice},
      {"Lookup", Type::lookup},         {"Owner", Type::lookup},
      {"Customer", Type::lookup},       {"MultiSelectPicklist", Type::string},
  };
  if (source == "DateTime") return behavior == "DateOnly" ? Type::date : Type::datetime;
  const auto found = types.find(source);
  if (found == types.end()) throw std::runtime_error("sandbox schema: unknown column type " + source);
  return found->second;
}

Type finops_type(const std::string& source) {
  static const TextMap<Type> types{
      {"String", Type::string}, {"Guid", Type::guid},        {"Boolean", Type::boolean},
      {"Int32", Type::integer}, {"Int64", Type::bigint},     {"Decimal", Type::decimal},
      {"Date", Type::ax_date},  {"Enum", Type::enumeration}, {"UtcDateTime", Type::datetime},
  };
  const auto found = types.find(source);
  if (found == types.end()) throw std::runtime_error("sandbox schema: unknown column type " + source);
  return found->second;
}

Column read_column(const json& from) {
  Column column;
  column.name = from.at("name").get<std::string>();
  column.schema_name = from.value("schemaName", column.name);
  column.wire = column.name;
  column.source_type = from.at("type").get<std::string>();
  column.length_max = from.value("maxLength", 0U);
  column.scale = from.value("precision", -1);
  column.read_only = from.value("readOnly", false);
  column.create_only = from.value("createOnly", false);
  column.write_only = from.value("writeOnly", false);
  column.required = from.value("required", false) || from.value("systemRequired", false);
  column.number_sequence = from.value("numberSequence", false);
  column.truncates = from.value("truncates", false);
  column.upper_case = from.value("upperCase", false);
  column.initial = from.value("default", "");
  for (const json& option : from.value("options", json::array())) {
    column.options.push_back({option.at(0).get<std::int64_t>(), option.at(1).get<std::string>()});
  }
  return column;
}

Key read_key(const TableSchema& table, std::string name, const json& columns) {
  Key key;
  key.name = std::move(name);
  for (const json& column : columns) key.columns.push_back(table.by_name.at(column.get<std::string>()));
  return key;
}

void resolve_targets(Schema& schema, const json& tables) {
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    TableSchema& table = schema.tables[t];
    for (ColumnId c = 0; c < table.columns.size(); ++c) {
      const json& from = tables.at(t).at("columns").at(c);
      if (!from.contains("nav")) continue;
      for (const auto& [target, navigation] : from.at("nav").items()) {
        const auto found = schema.by_name.find(target);
        if (found == schema.by_name.end()) continue;
        table.columns[c].targets.push_back({found->second, navigation.get<std::string>()});
        table.by_navigation.try_emplace(navigation.get<std::string>(), Navigation{c, found->second});
      }
    }
  }
}

void resolve_must_exist(Schema& schema, const json& tables) {
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    for (ColumnId c = 0; c < schema.tables[t].columns.size(); ++c) {
      const json& from = tables.at(t).at("columns").at(c);
      if (!from.contains("mustExistIn")) continue;
      const json& rule = from.at("mustExistIn");
      const TableSchema& target = schema.tables[schema.by_set.at(rule.at(0).get<std::string>())];
      schema.tables[t].columns[c].must_exist = MustExist{target.id, target.by_name.at(rule.at(1).get<std::string>()),
                                                         rule.at(2).get<std::string>(), rule.at(3).get<std::string>()};
    }
  }
}

void resolve_relations(Schema& schema, const json& tables) {
  for (std::size_t t = 0; t < schema.tables.size(); ++t) {
    TableSchema& table = schema.tables[t];
    for (ColumnId c = 0; c < table.columns.size(); ++c) {
      const json& from = tables.at(t).at("columns").at(c);
      if (from.contains("defaultFrom")) {
        table.columns[c].filled_from = table.by_name.at(from.at("defaultFrom").get<std::string>());
      }
      if (from.contains("requiredUnless")) {
        table.columns[c].required_unless = table.by_name.at(from.at("requiredUnless").get<std::string>());
      }
    }
    for (const json& from : tables.at(t).value("relations", json::array())) {
      Relation relation;
      relation.name = from.at("name").get<std::string>();
      relation.many = from.value("many", false);
      const TableSchema& target = schema.tables[schema.by_set.at(from.at("target").get<std::string>())];
      relation.target = target.id;
      for (const auto& [own, far] : from.at("columns").items()) {
        relation.columns.emplace_back(table.by_name.at(own), target.by_name.at(far.get<std::string>()));
      }
      table.relations.push_back(std::move(relation));
    }
  }
}

}  // namespace

bool Enumeration::has(std::string_view member) const noexcept {
  return std::ranges::any_of(members, [&](const auto& entry) { return entry.first == member; });
}

std::optional<ColumnId> TableSchema::find_wire(std::string_view wire) const {
  const auto found = by_wire.find(wire);
  if (found == by_wire.end()) return std::nullopt;
  return found->second;
}

std::optional<ColumnId> TableSchema::find_name(std::string_view name_) const {
  const auto found = by_name.find(name_);
  if (found == by_name.end()) return std::nullopt;
  return found->second;
}

const Relation* TableSchema::find_relation(std::string_view relation) const {
  const auto found = std::ranges::find(relations, relation, &Relation::name);
  return found == relations.end() ? nullptr : &*found;
}

const TableSchema* Schema::find_set(std::string_view set) const {
  const auto found = by_set.find(set);
  return found == by_set.end() ? nullptr : &tables[found->second];
}

const TableSchema* Schema::find_name(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &tables[found->second];
}

namespace {

/// One document of two: the tables made by hand, and those that scripts/sandbox-schema makes.
json joined(std::string_view first, std::string_view second) {
  json file = json::parse(first);
  json more = json::parse(second);
  for (json& table : more.at("tables")) file.at("tables").push_back(std::move(table));
  if (more.contains("enums")) file.at("enums").update(more.at("enums"));
  return file;
}

Schema make_dataverse_schema() {
  const json file = joined(embedded::sandbox_dataverse_schema, embedded::sandbox_dataverse_maps);
  Schema schema;
  for (const json& from : file.at("tables")) {
    TableSchema table;
    table.id = static_cast<TableId>(schema.tables.size());
    table.name = from.at("name").get<std::string>();
    table.set = from.at("set").get<std::string>();
    table.schema_name = from.at("schemaName").get<std::string>();
    table.user_owned = from.at("ownership") == "UserOwned";
    table.change_tracking = from.value("changeTracking", true);
    table.optimistic_concurrency = from.value("optimisticConcurrency", true);
    for (const json& source : from.at("columns")) {
      Column column = read_column(source);
      column.type = dataverse_type(column.source_type, source.value("behavior", ""));
      if (column.type == Type::lookup) column.wire = "_" + column.name + "_value";
      add_column(table, std::move(column));
    }
    table.primary = read_key(table, "primary", json::array({from.at("primaryId")}));
    table.primary_name = table.by_name.at(from.at("primaryName").get<std::string>());
    for (const json& key : from.at("keys")) {
      table.keys.push_back(read_key(table, key.at("name").get<std::string>(), key.at("columns")));
    }
    add_table(schema, std::move(table));
  }
  resolve_targets(schema, file.at("tables"));
  return schema;
}

Schema make_finops_schema() {
  const json file = joined(embedded::sandbox_finops_schema, embedded::sandbox_finops_maps);
  Schema schema;
  TextMap<int> enumeration_ids;
  for (const auto& [name, members] : file.at("enums").items()) {
    Enumeration enumeration;
    enumeration.name = name;
    for (const auto& [member, value] : members.items())
      enumeration.members.emplace_back(member, value.get<std::int64_t>());
    sort_members(enumeration);
    enumeration_ids.emplace(name, static_cast<int>(schema.enumerations.size()));
    schema.enumerations.push_back(std::move(enumeration));
  }
  for (const json& from : file.at("tables")) {
    TableSchema table;
    table.id = static_cast<TableId>(schema.tables.size());
    table.name = from.at("name").get<std::string>();
    table.set = from.at("set").get<std::string>();
    table.schema_name = table.name;
    table.aot_name = from.at("aotName").get<std::string>();
    table.label = from.value("label", table.set);
    table.data_sources = from.value("dataSources", 1);
    for (const json& source : from.at("columns")) {
      Column column = read_column(source);
      column.type = finops_type(column.source_type);
      if (column.type == Type::enumeration)
        column.enumeration = enumeration_ids.at(source.at("enum").get<std::string>());
      column.empty = finops_empty_text(column, schema.enumerations);
      add_column(table, std::move(column));
    }
    table.primary = read_key(table, "primary", from.at("keys"));
    table.by_company = from.at("keys").at(0) == "dataAreaId";
    add_table(schema, std::move(table));
  }
  resolve_must_exist(schema, file.at("tables"));
  resolve_relations(schema, file.at("tables"));
  return schema;
}

}  // namespace

std::shared_ptr<const Schema> dataverse_schema() {
  static const auto schema = std::make_shared<const Schema>(make_dataverse_schema());
  return schema;
}

std::shared_ptr<const Schema> finops_schema() {
  static const auto schema = std::make_shared<const Schema>(make_finops_schema());
  return schema;
}

}  // namespace dualwrite::sandbox
