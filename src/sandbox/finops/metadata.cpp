// The service document and $metadata in F&O's flavour (C5).
#include <algorithm>

#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

std::string annotation(std::string_view term, bool value) {
  return "<Annotation Term=\"Microsoft.Dynamics.OData.Core.V1." + std::string(term) + "\" Bool=\"" +
         (value ? "true" : "false") + "\"/>";
}

void append_property(std::string& xml, const Schema& schema, const TableSchema& table, ColumnId id) {
  const Column& column = table.column(id);
  const bool is_key = std::ranges::find(table.primary.columns, id) != table.primary.columns.end();
  std::string type = edm_name(column);
  if (column.type == Type::enumeration) {
    type = std::string(type_namespace) + "." + schema.enumerations[static_cast<std::size_t>(column.enumeration)].name;
  }
  const bool can_be_null = column.type == Type::string || column.type == Type::enumeration;
  xml += "<Property Name=\"" + column.wire + "\" Type=\"" + type + "\"";
  if (is_key || !can_be_null) xml += " Nullable=\"false\"";
  std::string annotations;
  if (is_key || column.create_only) annotations += annotation("AllowEdit", false);
  if (column.required || (is_key && !column.number_sequence)) annotations += annotation("IsRequired", true);
  xml += annotations.empty() ? "/>\n" : ">" + annotations + "</Property>\n";
}

/// Both ends are written alike: F&O names no partner.
void append_relations(std::string& xml, const Schema& schema, const TableSchema& table) {
  for (const Relation& relation : table.relations) {
    const TableSchema& far = schema.tables[relation.target];
    const std::string type = std::string(type_namespace) + "." + far.name;
    xml += "<NavigationProperty Name=\"" + relation.name + "\" Type=\"" +
           (relation.many ? "Collection(" + type + ")" : type) + "\"";
    if (relation.many) {
      xml += "/>\n";
      continue;
    }
    xml += ">";
    for (const auto& [own, theirs] : relation.columns) {
      xml += "<ReferentialConstraint Property=\"" + table.column(own).wire + "\" ReferencedProperty=\"" +
             far.column(theirs).wire + "\"/>";
    }
    xml += "</NavigationProperty>\n";
  }
}

}  // namespace

std::string service_document(const State& state, const std::string& root) {
  std::string body = "{\"@odata.context\":\"" + root + "$metadata\",\"value\":[";
  for (const TableSchema& table : state.database.schema.tables) {
    if (table.id != 0) body += ',';
    body += "{\"name\":\"" + table.set + "\",\"kind\":\"EntitySet\",\"url\":\"" + table.set + "\"}";
  }
  return body + "]}";
}

std::string metadata(const State& state) {
  const Schema& schema = state.database.schema;
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n<edmx:DataServices>\n"
      "<Schema Namespace=\"Microsoft.Dynamics.DataEntities\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n";
  for (const TableSchema& table : schema.tables) {
    xml += "<EntityType Name=\"" + table.name + "\">\n<Key>";
    for (const ColumnId id : table.primary.columns) xml += "<PropertyRef Name=\"" + table.column(id).wire + "\"/>";
    xml += "</Key>\n";
    for (ColumnId id = 0; id < table.columns.size(); ++id) append_property(xml, schema, table, id);
    append_relations(xml, schema, table);
    xml += "</EntityType>\n";
  }
  for (const Enumeration& enumeration : schema.enumerations) {
    xml += "<EnumType Name=\"" + enumeration.name + "\">";
    for (const auto& [name, value] : enumeration.members) {
      xml += "<Member Name=\"" + name + "\" Value=\"" + std::to_string(value) + "\"/>";
    }
    xml += "</EnumType>\n";
  }
  xml += "<EntityContainer Name=\"Resources\">\n";
  for (const TableSchema& table : schema.tables) {
    xml +=
        "<EntitySet Name=\"" + table.set + "\" EntityType=\"" + std::string(type_namespace) + "." + table.name + "\"";
    for (std::size_t i = 0; i < table.relations.size(); ++i) {
      xml += std::string(i == 0 ? ">" : "") + "<NavigationPropertyBinding Path=\"" + table.relations[i].name +
             "\" Target=\"" + schema.tables[table.relations[i].target].set + "\"/>";
    }
    xml += table.relations.empty() ? "/>\n" : "</EntitySet>\n";
  }
  return xml + "</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n";
}

}  // namespace dualwrite::sandbox::finops
