// A Dataverse schema from CSDL. What the XML does not say is filled in as the platform names things: lookups are GUIDs
// called _x_value with a navigation property, state and status are numbers, system columns are read-only.
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "sandbox/schema_build.hpp"

namespace dualwrite::sandbox {
namespace {

namespace csdl = odata::csdl;

constexpr std::size_t columns_max = 60'000;
// The sandbox reads and writes these itself, so its own columns must be there, and come first.
constexpr std::array<std::string_view, 10> own_tables{"systemuser",
                                                      "team",
                                                      "businessunit",
                                                      "organization",
                                                      "serviceendpoint",
                                                      "sdkmessage",
                                                      "sdkmessagefilter",
                                                      "sdkmessageprocessingstep",
                                                      "sdkmessageprocessingstepimage",
                                                      "asyncoperation"};
constexpr std::array<std::string_view, 2> needed_tables{"cdm_company", "transactioncurrency"};
constexpr std::array<std::string_view, 12> read_only_columns{
    "createdon",          "createdby",  "modifiedon", "modifiedby",    "createdonbehalfby", "modifiedonbehalfby",
    "owningbusinessunit", "owninguser", "owningteam", "versionnumber", "exchangerate",      "createdbyexternalparty"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// _primarycontactid_value -> primarycontactid.
std::optional<std::string> lookup_name(std::string_view wire) {
  constexpr std::string_view suffix = "_value";
  if (!wire.starts_with('_') || !wire.ends_with(suffix) || wire.size() <= suffix.size() + 1) return std::nullopt;
  return std::string(wire.substr(1, wire.size() - suffix.size() - 1));
}

struct PlainType {
  std::string_view edm;
  Type type;
  std::string_view source;
};
constexpr std::array plain_types{PlainType{"Edm.String", Type::string, "String"},
                                 PlainType{"Edm.Guid", Type::guid, "Uniqueidentifier"},
                                 PlainType{"Edm.Boolean", Type::boolean, "Boolean"},
                                 PlainType{"Edm.Int32", Type::integer, "Integer"},
                                 PlainType{"Edm.Int16", Type::integer, "Integer"},
                                 PlainType{"Edm.Byte", Type::integer, "Integer"},
                                 PlainType{"Edm.SByte", Type::integer, "Integer"},
                                 PlainType{"Edm.Int64", Type::bigint, "BigInt"},
                                 PlainType{"Edm.Decimal", Type::decimal, "Decimal"},
                                 PlainType{"Edm.Double", Type::real, "Double"},
                                 PlainType{"Edm.Single", Type::real, "Double"},
                                 PlainType{"Edm.Date", Type::date, "DateTime"},
                                 PlainType{"Edm.DateTimeOffset", Type::datetime, "DateTime"}};

/// Nothing for what has no cell: collections, complex values, binary.
std::optional<Column> column_of(const csdl::EntityType& type, const csdl::Property& property) {
  const auto plain = std::ranges::find(plain_types, property.type, &PlainType::edm);
  if (property.is_collection || plain == plain_types.end()) return std::nullopt;
  Column column;
  column.name = property.name;
  column.wire = property.name;
  column.type = plain->type;
  column.source_type = plain->source;
  const auto lookup = property.type == "Edm.Guid" ? lookup_name(property.name) : std::nullopt;
  if (lookup) {
    column.name = *lookup;
    column.type = Type::lookup;
    column.source_type = *lookup == "ownerid" ? "Owner" : "Lookup";
  } else if (property.type == "Edm.Int32" && (property.name == "statecode" || property.name == "statuscode")) {
    column.type = Type::choice;
    column.source_type = property.name == "statecode" ? "State" : "Status";
  } else if (property.type == "Edm.Decimal" && type.find(property.name + "_base") != nullptr) {
    column.source_type = "Money";
  }
  column.schema_name = column.name;
  column.length_max = property.length_max;
  column.scale = property.scale;
  const bool is_base = property.name.ends_with("_base") &&
                       type.find(std::string_view(property.name).substr(0, property.name.size() - 5)) != nullptr;
  column.read_only = property.is_read_only || is_base || is_one_of(read_only_columns, column.name);
  column.create_only = property.is_create_only || column.name == "overriddencreatedon";
  return column;
}

ColumnId primary_name_of(const TableSchema& table) {
  const std::string prefix = table.name.substr(0, table.name.find('_') + 1);
  for (const std::string& name : {std::string("name"), std::string("fullname"), std::string("title"),
                                  std::string("subject"), prefix + "name", table.name + "name"}) {
    const auto column = table.find_name(name);
    if (column && table.column(*column).type == Type::string) return *column;
  }
  for (ColumnId id = 0; id < table.columns.size(); ++id) {
    if (table.columns[id].type == Type::string) return id;
  }
  return table.primary.columns.front();
}

class Builder {
 public:
  Builder(const csdl::Document& document, const Schema& builtin) : document_(document), builtin_(builtin) {
    for (const csdl::EntityType& type : document.entity_types) types_.emplace(type.name, &type);
  }

  std::expected<Schema, CsdlProblem> run() {
    for (const csdl::EntitySet& set : document_.entity_sets) {
      const csdl::EntityType& type = *types_.at(set.type);
      if (type.properties.size() > columns_max) {
        return std::unexpected(CsdlProblem{type.line, type.name + " has too many properties"});
      }
      if (!in_file_.emplace(csdl::bare_name(type.name), &type).second) continue;  // a second set of one type
      add(set, type);
    }
    if (schema_.tables.empty()) {
      return std::unexpected(CsdlProblem{1, "there is no entity set whose rows have one GUID as their key"});
    }
    using Names = std::span<const std::string_view>;
    for (const Names names : {Names(own_tables), Names(needed_tables)}) {
      for (const std::string_view name : names) {
        if (schema_.find_name(name) == nullptr) add_table(schema_, copy_of(*builtin_.find_name(name)));
      }
    }
    for (TableSchema& table : schema_.tables) resolve(table);
    return std::move(schema_);
  }

 private:
  void add(const csdl::EntitySet& set, const csdl::EntityType& type) {
    const std::string name(csdl::bare_name(type.name));
    const bool is_own = is_one_of(own_tables, name);
    const csdl::Property* key = type.key.size() == 1 ? type.find(type.key.front()) : nullptr;
    if (!is_own && (key == nullptr || key->type != "Edm.Guid")) return;
    if (schema_.find_set(set.name) != nullptr || schema_.find_name(name) != nullptr) return;
    TableSchema table;
    if (is_own) {
      table = copy_of(*builtin_.find_name(name));
      table.set = set.name;
    } else {
      table.name = name;
      table.set = set.name;
      table.schema_name = name;
    }
    for (const csdl::Property& property : type.properties) {
      auto column = column_of(type, property);
      if (column && !table.by_name.contains(column->name) && !table.by_wire.contains(column->wire)) {
        add_column(table, std::move(*column));
      }
    }
    if (!is_own) {
      table.user_owned = table.by_name.contains("ownerid");
      table.primary = {"primary", {table.by_wire.at(key->name)}};
      Column& primary = table.columns[table.primary.columns.front()];
      primary.create_only = true;
      primary.read_only = false;
      table.primary_name = primary_name_of(table);
      add_keys(table, type);
    }
    add_table(schema_, std::move(table));
  }

  static void add_keys(TableSchema& table, const csdl::EntityType& type) {
    for (const csdl::AlternateKey& from : type.alternate_keys) {
      Key key;
      key.name = !from.name.empty() ? from.name : table.name + "_key" + std::to_string(table.keys.size() + 1);
      for (const std::string& property : from.properties) {
        if (const auto column = table.find_wire(property)) key.columns.push_back(*column);
      }
      // One over a column that has no cell here cannot be kept unique.
      if (key.columns.size() == from.properties.size()) table.keys.push_back(std::move(key));
    }
  }

  /// Its lookups lose their targets, whose ids mean nothing here: resolve() finds them by name.
  TableSchema copy_of(const TableSchema& from) {
    TableSchema copy = from;
    copy.by_navigation.clear();
    for (Column& column : copy.columns) column.targets.clear();
    return copy;
  }

  void target(TableSchema& table, ColumnId column, std::string_view far_name, const std::string& navigation) {
    const auto far = schema_.by_name.find(far_name);
    if (far == schema_.by_name.end()) return;
    const auto [at, is_new] = table.by_navigation.try_emplace(navigation, Navigation{column, far->second});
    if (!is_new && at->second.column != column) return;
    table.columns[column].targets.push_back({far->second, navigation});
  }

  void resolve(TableSchema& table) {
    const TableSchema* own = builtin_.find_name(table.name);
    const bool is_copy = own != nullptr && (is_one_of(own_tables, table.name) || !in_file_.contains(table.name));
    for (ColumnId id = 0; is_copy && id < own->columns.size(); ++id) {
      for (const LookupTarget& old : own->columns[id].targets) {
        target(table, id, builtin_.tables[old.table].name, old.navigation);
      }
    }
    const auto type = in_file_.find(table.name);
    if (type == in_file_.end()) return;
    for (const csdl::Navigation& navigation : type->second->navigations) {
      if (navigation.is_collection || navigation.constraints.size() != 1) continue;
      const auto column = table.find_wire(navigation.constraints.front().first);
      if (!column || table.column(*column).type != Type::lookup) continue;
      if (is_copy && *column < own->columns.size()) continue;
      const std::string_view far = csdl::bare_name(navigation.type);
      if (far == "principal" || far == "owner") {
        target(table, *column, "systemuser", navigation.name);
        target(table, *column, "team", navigation.name);
      } else {
        target(table, *column, far, navigation.name);
      }
    }
    for (Column& column : table.columns) {
      if (column.type == Type::lookup && column.source_type == "Lookup" && column.targets.size() == 2 &&
          schema_.tables[column.targets[0].table].name == "account" &&
          schema_.tables[column.targets[1].table].name == "contact") {
        column.source_type = "Customer";
      }
    }
  }

  const csdl::Document& document_;
  const Schema& builtin_;
  std::unordered_map<std::string_view, const csdl::EntityType*> types_;
  std::unordered_map<std::string_view, const csdl::EntityType*> in_file_;  ///< those with a set, by bare name
  Schema schema_;
};

}  // namespace

std::expected<Schema, CsdlProblem> dataverse_schema_of(const csdl::Document& document, const Schema& builtin) {
  return Builder(document, builtin).run();
}

}  // namespace dualwrite::sandbox
