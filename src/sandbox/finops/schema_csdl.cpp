// An F&O schema from CSDL. The XML has no lengths and one type for dates and date-times: those are told apart by name.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "dualwrite/base/text.hpp"
#include "sandbox/schema_build.hpp"

namespace dualwrite::sandbox {
namespace {

namespace csdl = odata::csdl;

constexpr std::size_t columns_max = 60'000;
constexpr std::string_view company_column = "dataareaid";

struct PlainType {
  std::string_view edm;
  Type type;
  std::string_view source;
};
constexpr std::array plain_types{
    PlainType{"Edm.String", Type::string, "String"},    PlainType{"Edm.Guid", Type::guid, "Guid"},
    PlainType{"Edm.Boolean", Type::boolean, "Boolean"}, PlainType{"Edm.Int32", Type::integer, "Int32"},
    PlainType{"Edm.Int16", Type::integer, "Int32"},     PlainType{"Edm.Byte", Type::integer, "Int32"},
    PlainType{"Edm.SByte", Type::integer, "Int32"},     PlainType{"Edm.Int64", Type::bigint, "Int64"},
    PlainType{"Edm.Decimal", Type::decimal, "Decimal"}, PlainType{"Edm.Double", Type::real, "Real"},
    PlainType{"Edm.Single", Type::real, "Real"},        PlainType{"Edm.Date", Type::date, "Date"}};

/// By the names of published entities: those of a time say so, and validity is kept to the second.
bool names_a_time(std::string_view property) {
  const std::string name = ascii_lower(property);
  return name.ends_with("time") || name.find("datetime") != std::string::npos || name.ends_with("validfrom") ||
         name.ends_with("validto");
}

class Builder {
 public:
  explicit Builder(const csdl::Document& document) : document_(document) {
    for (const csdl::EntityType& type : document.entity_types) types_.emplace(type.name, &type);
    for (const csdl::EnumType& from : document.enum_types) {
      if (from.members.empty()) continue;
      enumerations_.emplace(from.name, static_cast<int>(schema_.enumerations.size()));
      Enumeration enumeration;
      enumeration.name = csdl::bare_name(from.name);
      enumeration.members = from.members;
      sort_members(enumeration);
      schema_.enumerations.push_back(std::move(enumeration));
    }
  }

  std::expected<Schema, CsdlProblem> run() {
    for (const csdl::EntitySet& set : document_.entity_sets) {
      const csdl::EntityType& type = *types_.at(set.type);
      if (type.properties.size() > columns_max) {
        return std::unexpected(CsdlProblem{type.line, type.name + " has too many properties"});
      }
      if (schema_.by_name.contains(csdl::bare_name(type.name))) continue;  // a second set of one type
      add(set, type);
    }
    if (schema_.tables.empty()) return std::unexpected(CsdlProblem{1, "there is no entity set that could be served"});
    resolve_references();
    return std::move(schema_);
  }

 private:
  std::optional<Column> column_of(const csdl::Property& property) const {
    if (property.is_collection) return std::nullopt;
    Column column;
    const auto plain = std::ranges::find(plain_types, property.type, &PlainType::edm);
    if (plain != plain_types.end()) {
      column.type = plain->type;
      column.source_type = plain->source;
    } else if (property.type == "Edm.DateTimeOffset") {
      column.type = names_a_time(property.name) ? Type::datetime : Type::ax_date;
      column.source_type = column.type == Type::datetime ? "UtcDateTime" : "Date";
    } else if (const auto found = enumerations_.find(property.type); found != enumerations_.end()) {
      column.type = Type::enumeration;
      column.source_type = "Enum";
      column.enumeration = found->second;
    } else {
      return std::nullopt;
    }
    column.name = property.name;
    column.schema_name = property.name;
    column.wire = property.name;
    column.length_max = property.length_max;
    column.scale = property.scale;
    column.read_only = property.is_read_only;
    column.create_only = property.is_create_only;
    column.empty = finops_empty_text(column, schema_.enumerations);
    return column;
  }

  void add(const csdl::EntitySet& set, const csdl::EntityType& type) {
    TableSchema table;
    table.name = csdl::bare_name(type.name);
    table.set = set.name;
    table.schema_name = table.name;
    table.aot_name = table.name;
    table.label = set.name;
    // Only a document that marks what is required can say of a key column that it is not: then a number sequence fills
    // it.
    const bool has_marks = std::ranges::any_of(type.properties, &csdl::Property::is_required);
    for (const csdl::Property& property : type.properties) {
      auto column = column_of(property);
      if (!column) continue;
      const bool is_key = std::ranges::find(type.key, property.name) != type.key.end();
      column->required = property.is_required && !is_key;
      column->number_sequence = is_key && has_marks && !property.is_required && column->type == Type::string;
      add_column(table, std::move(*column));
    }
    table.primary.name = "primary";
    for (const std::string& name : type.key) {
      const auto column = table.find_wire(name);
      if (!column) return;  // a key that has no cell here: such rows cannot be told apart
      table.primary.columns.push_back(*column);
    }
    if (table.primary.columns.empty()) return;
    table.by_company = ascii_lower(table.column(table.primary.columns.front()).name) == company_column;
    add_table(schema_, std::move(table));
  }

  /// A constraint to an entity with a one-column key is a reference that must be found.
  void resolve_references() {
    for (const csdl::EntitySet& set : document_.entity_sets) {
      const auto at = schema_.by_set.find(set.name);
      if (at == schema_.by_set.end()) continue;
      TableSchema& table = schema_.tables[at->second];
      for (const csdl::Navigation& navigation : types_.at(set.type)->navigations) {
        const TableSchema* far = schema_.find_name(csdl::bare_name(navigation.type));
        if (far == nullptr || navigation.is_collection || navigation.constraints.size() != 1) continue;
        const auto& [here, there] = navigation.constraints.front();
        const auto column = table.find_wire(here);
        const auto key = far->find_wire(there);
        if (!column || !key || far->primary.columns.size() != 1 || far->primary.columns.front() != *key) continue;
        table.columns[*column].must_exist = MustExist{far->id, *key, here, far->name};
      }
    }
  }

  const csdl::Document& document_;
  std::unordered_map<std::string_view, const csdl::EntityType*> types_;
  std::unordered_map<std::string_view, int> enumerations_;
  Schema schema_;
};

}  // namespace

std::expected<Schema, CsdlProblem> finops_schema_of(const csdl::Document& document) {
  return Builder(document).run();
}

}  // namespace dualwrite::sandbox
