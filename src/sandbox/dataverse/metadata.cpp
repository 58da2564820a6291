// The service document and $metadata, in the shape of A6.
#include "dualwrite/odata/payload.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/dataverse/collections.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

void append_annotations(std::string& xml, const Column& column) {
  xml += "<Annotation Term=\"Org.OData.Core.V1.Description\" String=\"" + column.schema_name + "\"/>";
  if (column.name.ends_with("_base") || column.name == "versionnumber" || column.name == "exchangerate") {
    xml += "<Annotation Term=\"Org.OData.Core.V1.Computed\" Bool=\"true\"/>";
  }
  if (column.read_only) {
    xml +=
        "<Annotation Term=\"Org.OData.Core.V1.Permissions\"><EnumMember>Org.OData.Core.V1.PermissionType/Read"
        "</EnumMember></Annotation>";
  }
}

void append_property(std::string& xml, const Column& column, bool annotated) {
  if (column.write_only) return;
  xml += "<Property Name=\"" + column.wire + "\" Type=\"" + edm_name(column) + "\"";
  if (column.type == Type::string) xml += " Unicode=\"false\"";
  if (column.type == Type::decimal) xml += " Scale=\"Variable\"";
  if (!annotated) {
    xml += "/>\n";
    return;
  }
  xml += ">";
  append_annotations(xml, column);
  xml += "</Property>\n";
}

void append_navigations(std::string& xml, const Schema& schema, const TableSchema& table, const Column& column) {
  for (const LookupTarget& target : column.targets) {
    const TableSchema& far = schema.tables[target.table];
    xml += "<NavigationProperty Name=\"" + target.navigation + "\" Type=\"mscrm." + far.name + "\" Nullable=\"false\"";
    const std::string partner = collection_name(table, column, target);
    if (column.source_type != "Owner" && !is_taken(far, partner)) xml += " Partner=\"" + partner + "\"";
    xml += "><ReferentialConstraint Property=\"" + column.wire + "\" ReferencedProperty=\"" +
           far.column(far.primary.columns.front()).wire + "\"/></NavigationProperty>\n";
    if (column.source_type == "Owner")
      break;  // ownerid has one navigation property, typed principal in the real schema
  }
}

void append_alternate_keys(std::string& xml, const TableSchema& table) {
  if (table.keys.empty()) return;
  xml += "<Annotation Term=\"OData.Community.Keys.V1.AlternateKeys\"><Collection>\n";
  for (const Key& key : table.keys) {
    xml += "<Record Type=\"OData.Community.Keys.V1.AlternateKey\"><PropertyValue Property=\"Key\"><Collection>";
    for (const ColumnId id : key.columns) {
      const std::string& wire = table.column(id).wire;
      xml += "<Record Type=\"OData.Community.Keys.V1.PropertyRef\"><PropertyValue Property=\"Alias\" String=\"" + wire +
             "\"/><PropertyValue Property=\"Name\" PropertyPath=\"" + wire + "\"/></Record>";
    }
    xml += "</Collection></PropertyValue></Record>\n";
  }
  xml += "</Collection></Annotation>\n";
}

void append_entity_type(std::string& xml, const Schema& schema, const TableSchema& table,
                        const std::vector<Collection>& collections, bool annotated) {
  xml += "<EntityType Name=\"" + table.name + "\" BaseType=\"mscrm.crmbaseentity\">\n<Key><PropertyRef Name=\"" +
         table.column(table.primary.columns.front()).wire + "\"/></Key>\n";
  for (const Column& column : table.columns) append_property(xml, column, annotated);
  for (const Column& column : table.columns) append_navigations(xml, schema, table, column);
  for (const Collection& each : collections) {
    xml += "<NavigationProperty Name=\"" + each.name + "\" Type=\"Collection(mscrm." + schema.tables[each.table].name +
           ")\" Partner=\"" + each.navigation + "\"/>\n";
  }
  append_alternate_keys(xml, table);
  xml += "</EntityType>\n";
}

void append_entity_set(std::string& xml, const Schema& schema, const TableSchema& table,
                       const std::vector<Collection>& collections) {
  xml += "<EntitySet Name=\"" + table.set + "\" EntityType=\"Microsoft.Dynamics.CRM." + table.name + "\">\n";
  for (const auto& [navigation, found] : table.by_navigation) {
    xml +=
        "<NavigationPropertyBinding Path=\"" + navigation + "\" Target=\"" + schema.tables[found.target].set + "\"/>\n";
  }
  for (const Collection& each : collections) {
    xml += "<NavigationPropertyBinding Path=\"" + each.name + "\" Target=\"" + schema.tables[each.table].set + "\"/>\n";
  }
  if (table.change_tracking) {
    xml +=
        "<Annotation Term=\"Org.OData.Capabilities.V1.ChangeTracking\"><Record><PropertyValue Property=\"Supported\" "
        "Bool=\"true\"/></Record></Annotation>\n";
  }
  xml += "</EntitySet>\n";
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

std::string metadata(const State& state, bool annotated) {
  const Schema& schema = state.database.schema;
  const auto collections = collections_of(schema);
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n"
      "<edmx:Reference Uri=\"http://vocabularies.odata.org/OData.Community.Keys.V1.xml\"><edmx:Include "
      "Namespace=\"OData.Community.Keys.V1\" Alias=\"Keys\"/><edmx:IncludeAnnotations "
      "TermNamespace=\"OData.Community.Keys.V1\"/></edmx:Reference>\n"
      "<edmx:Reference Uri=\"http://vocabularies.odata.org/OData.Community.Display.V1.xml\"><edmx:Include "
      "Namespace=\"OData.Community.Display.V1\" Alias=\"Display\"/><edmx:IncludeAnnotations "
      "TermNamespace=\"OData.Community.Display.V1\"/></edmx:Reference>\n<edmx:DataServices>\n"
      "<Schema Namespace=\"Microsoft.Dynamics.CRM\" Alias=\"mscrm\" "
      "xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n"
      "<EntityType Name=\"crmbaseentity\" Abstract=\"true\"/>\n";
  for (const TableSchema& table : schema.tables) {
    append_entity_type(xml, schema, table, collections[table.id], annotated);
  }
  xml +=
      "<ComplexType Name=\"WhoAmIResponse\"><Property Name=\"BusinessUnitId\" Type=\"Edm.Guid\" Nullable=\"false\"/>"
      "<Property Name=\"UserId\" Type=\"Edm.Guid\" Nullable=\"false\"/><Property Name=\"OrganizationId\" "
      "Type=\"Edm.Guid\" Nullable=\"false\"/></ComplexType>\n"
      "<Function Name=\"WhoAmI\"><ReturnType Type=\"mscrm.WhoAmIResponse\" Nullable=\"false\"/></Function>\n"
      "<EntityContainer Name=\"System\">\n";
  for (const TableSchema& table : schema.tables) append_entity_set(xml, schema, table, collections[table.id]);
  xml +=
      "<FunctionImport Name=\"WhoAmI\" Function=\"Microsoft.Dynamics.CRM.WhoAmI\"/>\n</EntityContainer>\n</Schema>\n"
      "</edmx:DataServices>\n</edmx:Edmx>\n";
  return xml;
}

}  // namespace dualwrite::sandbox::dataverse
