// Schemas from CSDL: the sandbox's own, read back, and what other documents say.
#include <gmock/gmock.h>

#include <algorithm>

#include "sandbox/schema_build.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

using testing::HasSubstr;

odata::csdl::Document document_of(const std::string& xml) {
  auto document = odata::csdl::parse_csdl(xml, "x.xml");
  EXPECT_TRUE(document) << document.error().text();
  return document ? std::move(*document) : odata::csdl::Document();
}

std::string wrapped(const std::string& ns, const std::string& types, const std::string& sets) {
  return "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>"
         "<Schema Namespace=\"" +
         ns + "\" Alias=\"mscrm\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">" + types +
         "<EntityContainer Name=\"C\">" + sets + "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>";
}

const std::string widget_types =
    "<EntityType Name=\"acme_widget\"><Key><PropertyRef Name=\"acme_widgetid\"/></Key>"
    "<Property Name=\"acme_widgetid\" Type=\"Edm.Guid\"/><Property Name=\"acme_name\" Type=\"Edm.String\" "
    "MaxLength=\"10\"/><Property Name=\"acme_price\" Type=\"Edm.Decimal\" Scale=\"2\"/><Property "
    "Name=\"acme_price_base\" Type=\"Edm.Decimal\"/><Property Name=\"_acme_parent_value\" Type=\"Edm.Guid\"/>"
    "<Property Name=\"_ownerid_value\" Type=\"Edm.Guid\"/><Property Name=\"createdon\" Type=\"Edm.DateTimeOffset\"/>"
    "<Property Name=\"statecode\" Type=\"Edm.Int32\"/><Property Name=\"acme_photo\" Type=\"Edm.Binary\"/>"
    "<NavigationProperty Name=\"acme_Parent\" Type=\"mscrm.acme_widget\"><ReferentialConstraint "
    "Property=\"_acme_parent_value\" ReferencedProperty=\"acme_widgetid\"/></NavigationProperty>"
    "<NavigationProperty Name=\"ownerid\" Type=\"mscrm.principal\"><ReferentialConstraint "
    "Property=\"_ownerid_value\" ReferencedProperty=\"ownerid\"/></NavigationProperty>"
    "<Annotation Term=\"Org.OData.Core.V1.AlternateKeys\" Qualifier=\"acme_key\"><Collection><Record><PropertyValue "
    "Property=\"Key\"><Collection><Record><PropertyValue Property=\"Name\" PropertyPath=\"acme_name\"/></Record>"
    "</Collection></PropertyValue></Record></Collection></Annotation></EntityType>"
    "<EntityType Name=\"principal\"><Key><PropertyRef Name=\"ownerid\"/></Key><Property Name=\"ownerid\" "
    "Type=\"Edm.Guid\"/></EntityType>"
    "<EntityType Name=\"odd\"><Key><PropertyRef Name=\"n\"/></Key><Property Name=\"n\" Type=\"Edm.Int32\"/>"
    "</EntityType>";
const std::string widget_sets =
    "<EntitySet Name=\"acme_widgets\" EntityType=\"mscrm.acme_widget\"/><EntitySet Name=\"odds\" "
    "EntityType=\"mscrm.odd\"/>";

class DataverseCsdl : public testing::Test {
 protected:
  DataverseCsdl() {
    auto made = dataverse_schema_of(document_of(wrapped("Microsoft.Dynamics.CRM", widget_types, widget_sets)),
                                    *dataverse_schema());
    EXPECT_TRUE(made) << made.error().what;
    if (made) schema = std::move(*made);
    widget = schema.find_set("acme_widgets");
  }
  const Column& column(const char* name) const { return widget->column(widget->find_name(name).value()); }
  Schema schema;
  const TableSchema* widget = nullptr;
};

TEST_F(DataverseCsdl, LookupsAreFoundByTheirNavigationProperties) {
  ASSERT_NE(widget, nullptr);
  EXPECT_EQ(column("acme_parent").type, Type::lookup);
  EXPECT_EQ(column("acme_parent").wire, "_acme_parent_value");
  ASSERT_EQ(column("acme_parent").targets.size(), 1U);
  EXPECT_EQ(column("acme_parent").targets[0].navigation, "acme_Parent");
  EXPECT_TRUE(widget->by_navigation.contains("acme_Parent"));
}

TEST_F(DataverseCsdl, AnOwnerIsAUserOrATeam) {
  EXPECT_TRUE(widget->user_owned);
  EXPECT_EQ(column("ownerid").source_type, "Owner");
  EXPECT_EQ(column("ownerid").targets.size(), 2U);
}

TEST_F(DataverseCsdl, FacetsAndSystemColumnsAreTakenOver) {
  EXPECT_EQ(column("acme_name").length_max, 10U);
  EXPECT_EQ(column("acme_price").scale, 2);
  EXPECT_EQ(column("acme_price").source_type, "Money") << "it has a base column";
  EXPECT_TRUE(column("acme_price_base").read_only);
  EXPECT_TRUE(column("createdon").read_only);
  EXPECT_EQ(column("statecode").source_type, "State");
  EXPECT_EQ(widget->column(widget->primary_name).name, "acme_name");
  EXPECT_FALSE(widget->find_name("acme_photo")) << "a binary column has no cell";
}

TEST_F(DataverseCsdl, AlternateKeysAreIndexed) {
  ASSERT_EQ(widget->keys.size(), 1U);
  EXPECT_EQ(widget->keys[0].name, "acme_key");
}

TEST_F(DataverseCsdl, TablesWithoutAGuidOfTheirOwnAreLeftOutAndTheSandboxsOwnAreThere) {
  EXPECT_EQ(schema.find_set("odds"), nullptr);
  for (const char* name : {"systemuser", "team", "serviceendpoint", "sdkmessageprocessingstep", "cdm_company"}) {
    EXPECT_NE(schema.find_name(name), nullptr) << name;
  }
  EXPECT_EQ(schema.find_name("account"), nullptr) << "only what the document has";
}

TEST_F(DataverseCsdl, CopiedTablesPointToTheirNewPlaces) {
  for (const TableSchema& table : schema.tables) {
    EXPECT_EQ(&schema.tables[table.id], &table);
    for (const auto& [name, navigation] : table.by_navigation) {
      ASSERT_LT(navigation.target, schema.tables.size()) << name;
    }
  }
  const TableSchema& step = *schema.find_name("sdkmessageprocessingstep");
  const auto handler = step.by_navigation.find("eventhandler_serviceendpoint");
  ASSERT_NE(handler, step.by_navigation.end());
  EXPECT_EQ(schema.tables[handler->second.target].name, "serviceendpoint");
}

TEST(DataverseCsdlErrors, ADocumentWithoutUsableTablesIsRefused) {
  const auto made = dataverse_schema_of(
      document_of(wrapped("N",
                          "<EntityType Name=\"odd\"><Key><PropertyRef Name=\"n\"/></Key><Property Name=\"n\" "
                          "Type=\"Edm.Int32\"/></EntityType>",
                          "<EntitySet Name=\"odds\" EntityType=\"N.odd\"/>")),
      *dataverse_schema());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "there is no entity set whose rows have one GUID as their key");
}

TEST(FinopsCsdl, DatesAndTimesAreToldApartByName) {
  const auto made = finops_schema_of(document_of(
      wrapped("N",
              "<EnumType Name=\"NoYes\"><Member Name=\"Yes\" Value=\"1\"/><Member Name=\"No\" Value=\"0\"/></EnumType>"
              "<EntityType Name=\"T\"><Key><PropertyRef Name=\"dataAreaId\"/><PropertyRef Name=\"Id\"/></Key><Property "
              "Name=\"dataAreaId\" Type=\"Edm.String\"/><Property Name=\"Id\" Type=\"Edm.String\"/><Property "
              "Name=\"InvoiceDate\" Type=\"Edm.DateTimeOffset\"/><Property Name=\"ModifiedDateTime\" "
              "Type=\"Edm.DateTimeOffset\"/><Property Name=\"IsOpen\" Type=\"N.NoYes\"/></EntityType>",
              "<EntitySet Name=\"Ts\" EntityType=\"N.T\"/>")));
  ASSERT_TRUE(made) << made.error().what;
  const TableSchema& table = *made->find_set("Ts");
  EXPECT_TRUE(table.by_company);
  EXPECT_EQ(table.column(*table.find_name("InvoiceDate")).type, Type::ax_date);
  EXPECT_EQ(table.column(*table.find_name("ModifiedDateTime")).type, Type::datetime);
  EXPECT_EQ(table.column(*table.find_name("IsOpen")).empty, "No") << "the member with the value 0";
}

/// Name, wire name and kind of every column of every table, and its keys.
std::vector<std::string> outline(const Schema& schema) {
  std::vector<std::string> lines;
  for (const TableSchema& table : schema.tables) {
    for (const Column& column : table.columns) {
      if (!column.write_only) lines.push_back(table.set + "/" + column.wire + " " + std::to_string(int(column.type)));
    }
    std::string key = table.set + " by";
    for (const ColumnId id : table.primary.columns) key += " " + table.column(id).wire;
    lines.push_back(key);
  }
  std::ranges::sort(lines);
  return lines;
}

class OwnMetadata : public SandboxTest {};

TEST_F(OwnMetadata, OfFinopsReadBackGivesTheSameEntities) {
  const http::Response xml = fo("GET", "$metadata");
  const auto again = finops_schema_of(document_of(xml.body));
  ASSERT_TRUE(again) << again.error().what;

  std::vector<std::string> expected = outline(*finops_schema());
  std::vector<std::string> found = outline(*again);
  const auto without_dates = [](std::string& line) {  // which the XML does not tell apart
    for (const Type type : {Type::ax_date, Type::datetime}) {
      const std::string suffix = " " + std::to_string(int(type));
      if (line.ends_with(suffix)) line.replace(line.size() - suffix.size(), suffix.size(), " time");
    }
  };
  std::ranges::for_each(expected, without_dates);
  std::ranges::for_each(found, without_dates);
  EXPECT_EQ(found, expected);
}

TEST_F(OwnMetadata, OfDataverseReadBackGivesTheSameTables) {
  const http::Response xml = dv("GET", "$metadata");
  const auto again = dataverse_schema_of(document_of(xml.body), *dataverse_schema());
  ASSERT_TRUE(again) << again.error().what;

  EXPECT_EQ(again->tables.size(), dataverse_schema()->tables.size());
  const TableSchema& before = *dataverse_schema()->find_name("account");
  const TableSchema& after = *again->find_name("account");
  EXPECT_EQ(after.keys.size(), before.keys.size());
  for (const Column& column : before.columns) {
    if (column.write_only) continue;
    const auto id = after.find_wire(column.wire);
    ASSERT_TRUE(id) << column.wire;
    EXPECT_EQ(after.column(*id).type == Type::lookup, column.type == Type::lookup) << column.wire;
  }
}

TEST(BuiltInSchema, HasTheEntitiesOfThirtyMaps) {
  for (const char* set : {"CustomersV3", "VendorsV2", "CDSParties", "ContactPersons", "LegalEntities", "Currencies",
                          "CustomerGroups", "PaymentTerms", "ReleasedProductsV2", "CDSSalesOrderHeaders",
                          "CDSSalesOrderLines", "SalesInvoiceHeadersV2", "Warehouses", "UnitsOfMeasure", "Workers"}) {
    EXPECT_NE(finops_schema()->find_set(set), nullptr) << set;
  }
  for (const char* set : {"accounts", "contacts", "msdyn_vendors", "msdyn_parties", "products", "salesorders",
                          "salesorderdetails", "quotes", "invoices", "msdyn_warehouses", "uoms", "cdm_workers"}) {
    EXPECT_NE(dataverse_schema()->find_set(set), nullptr) << set;
  }
}

TEST(BuiltInSchema, EveryKeyColumnIsThere) {
  for (const auto& schema : {dataverse_schema(), finops_schema()}) {
    for (const TableSchema& table : schema->tables) {
      EXPECT_FALSE(table.primary.columns.empty()) << table.name;
      for (const Key& key : table.keys) EXPECT_FALSE(key.columns.empty()) << table.name << " " << key.name;
    }
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
