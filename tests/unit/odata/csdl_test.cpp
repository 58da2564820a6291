#include "dualwrite/odata/csdl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace dualwrite::odata::csdl {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::StartsWith;

std::string document(const std::string& content, const std::string& container = "") {
  return "<?xml version=\"1.0\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">"
         "<edmx:DataServices><Schema Namespace=\"N.S\" Alias=\"Self\" "
         "xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n" +
         content + "\n<EntityContainer Name=\"C\">" + container +
         "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>";
}

Document parsed(const std::string& xml) {
  auto result = parse_csdl(xml, "x.xml");
  EXPECT_TRUE(result) << result.error().text();
  return result ? std::move(*result) : Document();
}

std::string error_of(const std::string& xml) {
  const auto result = parse_csdl(xml, "x.xml");
  return result ? "no error" : result.error().message();
}

const std::string thing =
    "<EntityType Name=\"T\"><Key><PropertyRef Name=\"id\"/></Key><Property Name=\"id\" Type=\"Edm.Guid\" "
    "Nullable=\"false\"/>";

TEST(Csdl, ReadsFacets) {
  const Document it = parsed(document(
      thing +
      "<Property Name=\"name\" Type=\"Edm.String\" MaxLength=\"100\"/><Property Name=\"long\" Type=\"Edm.String\" "
      "MaxLength=\"max\"/><Property Name=\"amt\" Type=\"Edm.Decimal\" Precision=\"19\" Scale=\"4\"/><Property "
      "Name=\"any\" Type=\"Edm.Decimal\" Scale=\"Variable\"/><Property Name=\"tags\" "
      "Type=\"Collection(Edm.String)\"/></EntityType>"));

  ASSERT_EQ(it.entity_types.size(), 1U);
  const EntityType& type = it.entity_types[0];
  EXPECT_EQ(type.name, "N.S.T");
  EXPECT_THAT(type.key, ElementsAre("id"));
  EXPECT_FALSE(type.find("id")->is_nullable);
  EXPECT_TRUE(type.find("name")->is_nullable);
  EXPECT_EQ(type.find("name")->length_max, 100U);
  EXPECT_EQ(type.find("long")->length_max, 0U);
  EXPECT_EQ(type.find("amt")->precision, 19);
  EXPECT_EQ(type.find("amt")->scale, 4);
  EXPECT_EQ(type.find("any")->scale, -1);
  EXPECT_TRUE(type.find("tags")->is_collection);
  EXPECT_EQ(type.find("tags")->type, "Edm.String");
}

TEST(Csdl, FoldsBaseTypesWhereverTheyStand) {
  const Document it = parsed(document(
      "<EntityType Name=\"Leaf\" BaseType=\"Self.Middle\"><Property Name=\"c\" Type=\"Edm.Int32\"/></EntityType>"
      "<EntityType Name=\"Middle\" BaseType=\"N.S.Root\"><Property Name=\"b\" Type=\"Edm.Int32\"/></EntityType>"
      "<EntityType Name=\"Root\" Abstract=\"true\"><Key><PropertyRef Name=\"a\"/></Key>"
      "<Property Name=\"a\" Type=\"Edm.Int32\"/></EntityType>",
      "<EntitySet Name=\"Leaves\" EntityType=\"Self.Leaf\"/>"));

  const EntityType* leaf = it.find_type("N.S.Leaf");
  ASSERT_NE(leaf, nullptr);
  EXPECT_THAT(leaf->key, ElementsAre("a"));
  EXPECT_EQ(leaf->properties.size(), 3U);
  EXPECT_EQ(leaf->properties[0].name, "a");
  EXPECT_EQ(it.entity_sets.at(0).type, "N.S.Leaf");
}

TEST(Csdl, CountsEnumMembersWithoutValues) {
  const Document it = parsed(document(
      "<EnumType Name=\"K\"><Member Name=\"A\"/><Member Name=\"B\" Value=\"7\"/><Member Name=\"C\"/></EnumType>"));

  EXPECT_THAT(it.find_enum("N.S.K")->members, ElementsAre(Pair("A", 0), Pair("B", 7), Pair("C", 8)));
}

TEST(Csdl, ReadsReferentialConstraints) {
  const Document it = parsed(
      document(thing + "<Property Name=\"_p_value\" Type=\"Edm.Guid\"/><NavigationProperty Name=\"p\" Type=\"Self.T\" "
                       "Partner=\"kids\"><ReferentialConstraint Property=\"_p_value\" ReferencedProperty=\"id\"/>"
                       "<OnDelete Action=\"SetNull\"/></NavigationProperty><NavigationProperty Name=\"kids\" "
                       "Type=\"Collection(Self.T)\"/></EntityType>"));

  const auto& navigations = it.entity_types.at(0).navigations;
  ASSERT_EQ(navigations.size(), 2U);
  EXPECT_EQ(navigations[0].type, "N.S.T");
  EXPECT_THAT(navigations[0].constraints, ElementsAre(Pair("_p_value", "id")));
  EXPECT_TRUE(navigations[1].is_collection);
}

const std::string key_record =
    "<Collection><Record Type=\"Org.OData.Core.V1.AlternateKey\"><PropertyValue Property=\"Key\"><Collection>"
    "<Record><PropertyValue Property=\"Alias\" String=\"x\"/><PropertyValue Property=\"Name\" PropertyPath=\"name\"/>"
    "</Record><Record><PropertyValue Property=\"Name\"><PropertyPath>id</PropertyPath></PropertyValue></Record>"
    "</Collection></PropertyValue></Record></Collection>";

TEST(Csdl, ReadsAlternateKeysInTheTypeAndFromOutside) {
  const std::string property = "<Property Name=\"name\" Type=\"Edm.String\"/>";
  const Document inside =
      parsed(document(thing + property + "<Annotation Term=\"Org.OData.Core.V1.AlternateKeys\" Qualifier=\"k\">" +
                      key_record + "</Annotation></EntityType>"));
  const Document outside =
      parsed(document("<Annotations Target=\"Self.T\"><Annotation Term=\"OData.Community.Keys.V1.AlternateKeys\">" +
                      key_record + "</Annotation></Annotations>" + thing + property + "</EntityType>"));

  ASSERT_EQ(inside.entity_types.at(0).alternate_keys.size(), 1U);
  EXPECT_EQ(inside.entity_types[0].alternate_keys[0].name, "k");
  EXPECT_THAT(inside.entity_types[0].alternate_keys[0].properties, ElementsAre("name", "id"));
  ASSERT_EQ(outside.entity_types.at(0).alternate_keys.size(), 1U);
  EXPECT_THAT(outside.entity_types[0].alternate_keys[0].properties, ElementsAre("name", "id"));
}

TEST(Csdl, ReadsWhatIsComputedAndPassesOverOtherAnnotations) {
  const Document it = parsed(document(
      thing +
      "<Property Name=\"a\" Type=\"Edm.String\"><Annotation Term=\"Org.OData.Core.V1.Computed\"/>"
      "<Annotation Term=\"Acme.V1.Colour\" String=\"red\"><Record><PropertyValue Property=\"x\"/></Record></Annotation>"
      "</Property><Property Name=\"b\" Type=\"Edm.String\"><Annotation Term=\"Org.OData.Core.V1.Permissions\">"
      "<EnumMember>Core.Permission/Read</EnumMember></Annotation></Property><Property Name=\"c\" Type=\"Edm.String\">"
      "<Annotation Term=\"Org.OData.Core.V1.Permissions\" EnumMember=\"Org.OData.Core.V1.PermissionType/Read\"/>"
      "</Property><Property Name=\"d\" Type=\"Edm.String\"><Annotation "
      "Term=\"Microsoft.Dynamics.OData.Core.V1.AllowEdit\" Bool=\"false\"/></Property><Property Name=\"e\" "
      "Type=\"Edm.String\"/></EntityType><Annotations Target=\"N.S.T/e\"><Annotation "
      "Term=\"Org.OData.Core.V1.Immutable\" Bool=\"true\"/></Annotations>"));

  const EntityType& type = it.entity_types.at(0);
  EXPECT_TRUE(type.find("a")->is_read_only);
  EXPECT_FALSE(type.find("b")->is_read_only) << "only the attribute form is read";
  EXPECT_TRUE(type.find("c")->is_read_only);
  EXPECT_TRUE(type.find("d")->is_create_only);
  EXPECT_TRUE(type.find("e")->is_create_only);
}

TEST(Csdl, PassesOverElementsOfOtherNamespaces) {
  const Document it = parsed(document(thing + "<x:Property xmlns:x=\"urn:x\" Name=\"y\"/></EntityType>"));

  EXPECT_EQ(it.entity_types.at(0).properties.size(), 1U);
}

TEST(Csdl, NamesFileLineAndWhatIsWrong) {
  const std::string end = "</EntityType>";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "x.xml:1: the XML is not well-formed: no element found"},
      {"<a/>", "x.xml:1: the document is no CSDL: it begins with <a>"},
      {"<edmx:Edmx xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\"/>",
       "x.xml:1: this is metadata of an OData version before 4"},
      {"<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"/>",
       "x.xml:1: there is no Schema in it: this is no CSDL document"},
      {document("<EntityType>"), "x.xml:3: an EntityType has no Name"},
      {document(thing), "x.xml:4: the XML is not well-formed: mismatched tag"},
      {document(thing + "\n<Property Name=\"p\" Type=\"Edm.Nothing\"/>" + end),
       "x.xml:4: the property N.S.T/p has an unknown type: Edm.Nothing"},
      {document(thing + "\n<Property Name=\"p\" Type=\"Self.Kind\"/>" + end),
       "x.xml:4: the property N.S.T/p has an unknown type: N.S.Kind"},
      {document(thing + "\n<Property Name=\"p\" Type=\"Edm.String\" MaxLength=\"-1\"/>" + end),
       "x.xml:4: the property p has a MaxLength that cannot be: -1"},
      {document(thing + "\n<Property Name=\"id\" Type=\"Edm.String\"/>" + end),
       "x.xml:4: N.S.T has the property id twice"},
      {document("<EntityType Name=\"T\">\n<Key><PropertyRef Name=\"no\"/></Key>" + end),
       "x.xml:3: the key of N.S.T names a property that it does not have: no"},
      {document("<EntityType Name=\"T\" BaseType=\"Self.B\"/>"), "x.xml:3: N.S.T has an unknown base type: N.S.B"},
      {document("<EntityType Name=\"T\" BaseType=\"Self.T\"/>"),
       "x.xml:3: N.S.T has more than 32 base types, or is its own"},
      {document("<EntityType Name=\"T\"/>", "\n<EntitySet Name=\"Ts\" EntityType=\"Self.T\"/>"),
       "x.xml:3: N.S.T has no key, and the entity set Ts needs one"},
      {document(thing + end, "\n<EntitySet Name=\"Ts\" EntityType=\"Self.U\"/>"),
       "x.xml:5: the entity set Ts has an unknown type: N.S.U"},
      {document(thing + end + thing + end), "x.xml:3: the type N.S.T is there twice"},
      {document(thing +
                "\n<NavigationProperty Name=\"n\" Type=\"Self.T\"><ReferentialConstraint Property=\"no\" "
                "ReferencedProperty=\"id\"/></NavigationProperty>" +
                end),
       "x.xml:4: a referential constraint of N.S.T/n names a property that is not there: no"},
      {document("<EnumType Name=\"K\"><Member Name=\"A\" Value=\"x\"/></EnumType>"),
       "x.xml:3: the Value of the member A is no whole number"},
  };
  for (const auto& [xml, error] : cases) EXPECT_EQ(error_of(xml), error) << xml;
}

TEST(Csdl, TakesNoDocumentTypeDeclarationAndNoEntities) {
  const std::string bomb =
      "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n<edmx:Edmx "
      "xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">&b;</edmx:Edmx>";

  EXPECT_EQ(error_of(bomb), "x.xml:1: a document type declaration is not accepted");
}

TEST(Csdl, DepthIsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<Annotation>";

  EXPECT_EQ(error_of(document(deep)), "x.xml:3: elements are nested deeper than 64");
}

TEST(Csdl, NamesAreBounded) {
  EXPECT_EQ(error_of(document("<EntityType Name=\"" + std::string(5000, 'a') + "\"/>")),
            "x.xml:3: the attribute Name is longer than 1024 bytes");
}

TEST(Csdl, ADocumentCutAnywhereIsAnErrorAndNothingWorse) {
  const std::string whole = document(thing +
                                     "<Property Name=\"n\" Type=\"Edm.String\"/><Annotation "
                                     "Term=\"Org.OData.Core.V1.AlternateKeys\">" +
                                     key_record.substr(0, key_record.find("</Record>")) +
                                     "</Record></Collection></PropertyValue></Record></Collection></Annotation>"
                                     "</EntityType>");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(error_of(whole.substr(0, length)), StartsWith("x.xml:")) << length;
  }
}

TEST(Csdl, AFileIsReadInPiecesAndAMissingOneIsNamed) {
  std::string types;
  std::string sets;
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    types += "<EntityType Name=\"T" + n +
             "\"><Key><PropertyRef Name=\"id\"/></Key><Property Name=\"id\" Type=\"Edm.Int32\"/><Property "
             "Name=\"some_rather_long_name_of_a_property\" Type=\"Edm.String\" MaxLength=\"250\"/></EntityType>\n";
    sets += "<EntitySet Name=\"S" + n + "\" EntityType=\"Self.T" + n + "\"/>\n";
  }
  const std::string path = testing::TempDir() + "/csdl_test_big.xml";
  std::ofstream(path) << document(types, sets);

  const auto big = read_csdl_file(path);
  const auto missing = read_csdl_file("/no/such/file.xml");

  ASSERT_TRUE(big) << big.error().text();
  EXPECT_EQ(big->entity_sets.size(), 3000U);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Errc::storage);
  EXPECT_EQ(missing.error().message(), "reading /no/such/file.xml: No such file or directory");
}

}  // namespace
}  // namespace dualwrite::odata::csdl
