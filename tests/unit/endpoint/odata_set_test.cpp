// How values stand in URLs and bodies of an OData v4 service, by what $metadata says of them.
#include "endpoint/odata_set.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view metadata = R"(<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices><Schema Namespace="n" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EnumType Name="Kind"><Member Name="Red" Value="0"/></EnumType>
    <EntityType Name="Price"><Key><PropertyRef Name="Item"/><PropertyRef Name="Year"/></Key>
      <Property Name="Item" Type="Edm.String" Nullable="false"/>
      <Property Name="Year" Type="Edm.Int32" Nullable="false"/>
      <Property Name="On" Type="Edm.Date"/><Property Name="Blocked" Type="Edm.Boolean"/>
      <Property Name="Amount" Type="Edm.Decimal"/><Property Name="Kind" Type="n.Kind"/></EntityType>
    <EntityType Name="Device"><Key><PropertyRef Name="Id"/></Key>
      <Property Name="Id" Type="Edm.Guid" Nullable="false"/><Property Name="Name" Type="Edm.String"/></EntityType>
    <EntityContainer Name="C"><EntitySet Name="Prices" EntityType="n.Price"/>
      <EntitySet Name="Devices" EntityType="n.Device"/></EntityContainer>
  </Schema></edmx:DataServices></edmx:Edmx>)";

class ODataSetTest : public testing::Test {
 protected:
  ODataSetTest() : document_(odata::csdl::parse_csdl(metadata, "test")) {}
  [[nodiscard]] ODataSet set(const char* name, const char* type) const {
    return {name, *document_.value().find_type(type)};
  }
  [[nodiscard]] ODataSet prices() const { return set("Prices", "n.Price"); }
  [[nodiscard]] ODataSet devices() const { return set("Devices", "n.Device"); }

  static odata::Entity row(const char* json) { return odata::parse_entity(json).value(); }

 private:
  Result<odata::csdl::Document> document_;
};

TEST_F(ODataSetTest, KeysAreQuotedByTheirTypeAndNamedOnlyWhereThereAreSeveral) {
  EXPECT_EQ(prices().predicate(row(R"({"Item":"it's","Year":2026})")).value(), "Item='it''s',Year=2026");
  const char* const id = R"({"Id":"6f9619ff-8b86-4011-b42d-00c04fc964ff"})";
  EXPECT_EQ(devices().predicate(row(id)).value(), "6f9619ff-8b86-4011-b42d-00c04fc964ff");
  // A text that looks like a GUID is a text all the same.
  EXPECT_EQ(prices().literal("Item", Value::string("6f9619ff-8b86-4011-b42d-00c04fc964ff")),
            "'6f9619ff-8b86-4011-b42d-00c04fc964ff'");
  EXPECT_EQ(prices().literal("Kind", Value::string("Red")), "n.Kind'Red'");
  EXPECT_FALSE(prices().predicate(row(R"({"Item":"x"})")).has_value());
}

TEST_F(ODataSetTest, WhatIsBehindARowGoesThroughItsKeyPartByPart) {
  EXPECT_EQ(prices().behind(row(R"({"Item":"A","Year":1})")).value(), "Item gt 'A' or (Item eq 'A' and Year gt 1)");
}

TEST_F(ODataSetTest, BodiesTakeTheFormsThatMetadataNames) {
  const auto body = prices().adapted(
      R"({"Item":7,"Year":"2026","On":"2026-01-02T12:00:00Z","Blocked":"Yes","Amount":"1.50","Kind":"Red"})", {});
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(*body->find("Item"), Value::string("7"));
  EXPECT_EQ(*body->find("Year"), Value::number("2026"));
  EXPECT_EQ(*body->find("On"), Value::string("2026-01-02"));
  EXPECT_EQ(*body->find("Blocked"), Value::boolean(true));
  EXPECT_EQ(*body->find("Amount"), Value::number("1.5"));
  const auto blank = prices().adapted(R"({"On":"1900-01-01T12:00:00Z","Blocked":"No","Amount":""})", {});
  EXPECT_TRUE(blank->find("On")->is_null());
  EXPECT_EQ(*blank->find("Blocked"), Value::boolean(false));
  EXPECT_TRUE(blank->find("Amount")->is_null());
}

TEST_F(ODataSetTest, AChosenKeyIsPutInWhereTheBodyDoesNotSayIt) {
  const auto chosen = devices().adapted(R"({"Name":"x"})", "6f9619ff-8b86-4011-b42d-00c04fc964ff");
  EXPECT_EQ(*chosen->find("Id"), Value::string("6f9619ff-8b86-4011-b42d-00c04fc964ff"));
  const auto said = devices().adapted(R"({"Id":"00000000-0000-4000-8000-000000000001"})", "other");
  EXPECT_EQ(*said->find("Id"), Value::string("00000000-0000-4000-8000-000000000001"));
}

TEST_F(ODataSetTest, ADigestTellsRowsApartByTheColumnsThatAreRead) {
  const std::vector<std::string> names = {"Item", "Amount"};
  const std::string one = row_digest(row(R"({"Item":"A","Amount":1,"Other":1})"), names);
  EXPECT_TRUE(is_digest(one));
  EXPECT_EQ(one, row_digest(row(R"({"Other":2,"Amount":1,"Item":"A"})"), names));
  EXPECT_NE(one, row_digest(row(R"({"Item":"A","Amount":"1"})"), names));
  EXPECT_NE(one, row_digest(row(R"({"Item":"A","Amount":null})"), names));
  EXPECT_NE(row_digest(row(R"({"Item":"A"})"), names), row_digest(row(R"({"Item":"A","Amount":null})"), names));
}

TEST_F(ODataSetTest, AStaleETagHasTheSameFormAndAnotherValue) {
  EXPECT_EQ(stale("W/\"120\""), "W/\"121\"");
  EXPECT_EQ(stale("W/\"129\""), "W/\"120\"");
  EXPECT_EQ(stale("\"abcz==\""), "\"abca==\"");
  EXPECT_EQ(stale("\"--\""), "\"--\"") << "nothing in it can be changed safely";
}

}  // namespace
}  // namespace dualwrite::endpoint
