// E7: what $metadata of both sides says to tools, read by a CSDL reader that refuses dangling names.
#include <gmock/gmock.h>

#include <algorithm>

#include "dualwrite/odata/csdl.hpp"
#include "sandbox/schema_build.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

namespace csdl = odata::csdl;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class E7 : public SandboxTest {
 protected:
  static csdl::Document parsed(const http::Response& response) {
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.get("Content-Type").substr(0, 15), "application/xml");
    auto document = csdl::parse_csdl(response.body, "$metadata");
    EXPECT_TRUE(document) << document.error().text();
    return document ? std::move(*document) : csdl::Document();
  }
  csdl::Document of_dataverse() { return parsed(dv("GET", "$metadata")); }
  csdl::Document of_finops() { return parsed(fo("GET", "$metadata")); }
};

TEST_F(E7, EverySetOfDataverseHasATypeWithAKey) {
  const csdl::Document document = of_dataverse();
  EXPECT_GT(document.entity_sets.size(), 50U);
  for (const csdl::EntitySet& set : document.entity_sets) {
    const csdl::EntityType* type = document.find_type(set.type);
    ASSERT_NE(type, nullptr) << set.name;
    EXPECT_EQ(type->key.size(), 1U) << set.name;
  }
}

TEST_F(E7, EverySetOfFinopsHasATypeWithAKey) {
  const csdl::Document document = of_finops();
  EXPECT_GT(document.entity_sets.size(), 25U);
  for (const csdl::EntitySet& set : document.entity_sets) {
    const csdl::EntityType* type = document.find_type(set.type);
    ASSERT_NE(type, nullptr) << set.name;
    EXPECT_FALSE(type->key.empty()) << set.name;
  }
}

TEST_F(E7, DataverseTypesLiveInTheirNamespaceAndHaveTheirBase) {
  const csdl::EntityType* account = nullptr;
  const csdl::Document document = of_dataverse();
  account = document.find_type("Microsoft.Dynamics.CRM.account");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->base, "Microsoft.Dynamics.CRM.crmbaseentity");
  const csdl::EntityType* base = document.find_type(account->base);
  ASSERT_NE(base, nullptr);
  EXPECT_TRUE(base->is_abstract);
  EXPECT_THAT(account->key, ElementsAre("accountid"));
}

TEST_F(E7, FinopsTypesLiveInTheirNamespace) {
  const csdl::Document document = of_finops();
  const csdl::EntityType* customer_type = document.find_type("Microsoft.Dynamics.DataEntities.CustomerV3");
  ASSERT_NE(customer_type, nullptr);
  EXPECT_THAT(customer_type->key, ElementsAre("dataAreaId", "CustomerAccount"));
}

TEST_F(E7, ALookupIsAGuidWithANavigationPropertyAndItsConstraint) {
  const csdl::Document document = of_dataverse();
  const csdl::EntityType* account_type = document.find_type("Microsoft.Dynamics.CRM.account");
  ASSERT_NE(account_type, nullptr);
  const csdl::Property* lookup = account_type->find("_msdyn_company_value");
  ASSERT_NE(lookup, nullptr);
  EXPECT_EQ(lookup->type, "Edm.Guid");
  const auto navigation = std::ranges::find(account_type->navigations, "msdyn_company", &csdl::Navigation::name);
  ASSERT_NE(navigation, account_type->navigations.end());
  EXPECT_THAT(navigation->constraints, ElementsAre(Pair("_msdyn_company_value", "cdm_companyid")));
}

TEST_F(E7, AlternateKeysNamePropertiesThatAreThere) {
  const csdl::Document document = of_dataverse();
  const csdl::EntityType* company = document.find_type("Microsoft.Dynamics.CRM.cdm_company");
  ASSERT_NE(company, nullptr);
  ASSERT_EQ(company->alternate_keys.size(), 1U);
  EXPECT_THAT(company->alternate_keys[0].properties, ElementsAre("cdm_companycode"));
}

TEST_F(E7, NoTypeHasANameTwice) {
  for (const csdl::Document& document : {of_dataverse(), of_finops()}) {
    for (const csdl::EntityType& type : document.entity_types) {
      std::vector<std::string> names;
      for (const csdl::Property& property : type.properties) names.push_back(property.name);
      for (const csdl::Navigation& navigation : type.navigations) names.push_back(navigation.name);
      std::ranges::sort(names);
      EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << type.name;
    }
  }
}

TEST_F(E7, KeysAndNumbersOfFinopsAreNotNullableAndStringsAre) {
  const csdl::Document document = of_finops();
  const csdl::EntityType* type = document.find_type("Microsoft.Dynamics.DataEntities.MeterReading");
  ASSERT_NE(type, nullptr);
  EXPECT_FALSE(type->find("MeterId")->is_nullable);
  EXPECT_FALSE(type->find("Quantity")->is_nullable);
  EXPECT_TRUE(type->find("Remarks")->is_nullable);
}

TEST_F(E7, FinopsTellsNoLengths) {
  const csdl::Document document = of_finops();
  for (const csdl::EntityType& type : document.entity_types) {
    for (const csdl::Property& property : type.properties) EXPECT_EQ(property.length_max, 0U) << property.name;
  }
}

TEST_F(E7, DatesAndTimesOfFinopsAreOneType) {
  const csdl::Document document = of_finops();
  const csdl::EntityType* type = document.find_type("Microsoft.Dynamics.DataEntities.MeterReading");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->find("InstalledOn")->type, "Edm.DateTimeOffset");
  EXPECT_EQ(type->find("ReadAt")->type, "Edm.DateTimeOffset");
}

TEST_F(E7, EnumerationsHaveTheirMembersWithValues) {
  const csdl::Document document = of_finops();
  const csdl::EnumType* blocked = document.find_enum("Microsoft.Dynamics.DataEntities.CustVendorBlocked");
  ASSERT_NE(blocked, nullptr);
  EXPECT_THAT(blocked->members, Contains(Pair("All", 2)));
}

TEST_F(E7, AServiceDocumentNamesTheSetsOfTheMetadata) {
  const auto names_of = [](const json& service) {
    std::vector<std::string> names;
    for (const json& set : service["value"]) names.push_back(set["name"]);
    std::ranges::sort(names);
    return names;
  };
  const auto sets_of = [](const csdl::Document& document) {
    std::vector<std::string> names;
    for (const csdl::EntitySet& set : document.entity_sets) names.push_back(set.name);
    std::ranges::sort(names);
    return names;
  };
  EXPECT_EQ(names_of(dv_get("")), sets_of(of_dataverse()));
  EXPECT_EQ(names_of(fo_get("")), sets_of(of_finops()));
}

/// A widget that somebody made up, served by a sandbox of its own.
class E7OwnSchema : public testing::Test {
 protected:
  E7OwnSchema() {
    const std::string xml =
        "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>"
        "<Schema Namespace=\"Acme\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\"><EnumType Name=\"Colour\">"
        "<Member Name=\"Red\"/><Member Name=\"Blue\"/></EnumType><EntityType Name=\"Widget\"><Key><PropertyRef "
        "Name=\"dataAreaId\"/><PropertyRef Name=\"Number\"/></Key><Property Name=\"dataAreaId\" Type=\"Edm.String\" "
        "Nullable=\"false\"/><Property Name=\"Number\" Type=\"Edm.String\" Nullable=\"false\"/><Property "
        "Name=\"Title\" Type=\"Edm.String\" MaxLength=\"5\"/><Property Name=\"Colour\" Type=\"Acme.Colour\"/>"
        "<Property Name=\"SoldDate\" Type=\"Edm.DateTimeOffset\"/></EntityType><EntityContainer Name=\"C\">"
        "<EntitySet Name=\"Widgets\" EntityType=\"Acme.Widget\"/></EntityContainer></Schema></edmx:DataServices>"
        "</edmx:Edmx>";
    const auto document = csdl::parse_csdl(xml, "acme.xml");
    EXPECT_TRUE(document) << document.error().text();
    auto made = finops_schema_of(*document);
    EXPECT_TRUE(made);
    settings.finops_schema = std::make_shared<const Schema>(std::move(*made));
    service = std::make_unique<finops::Service>(clock, settings, tokens, [](const Post&) {});
    http::Headers headers;
    headers.add("Content-Type", "application/x-www-form-urlencoded");
    const http::Response granted =
        tokens.handle(http::Request("POST", "/sandbox/oauth2/v2.0/token", headers,
                                    "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret"
                                    "&scope=http%3A%2F%2F127.0.0.1%3A8702%2F.default"));
    token = json::parse(granted.body)["access_token"];
  }
  http::Response ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    http::Request request(method, "/data/" + path, {}, body);
    request.headers.add("Authorization", "Bearer " + token);
    request.headers.add("Host", "127.0.0.1:8702");
    return service->handle(request);
  }
  ManualClock clock;
  SandboxSettings settings;
  TokenService tokens{clock, settings};
  std::unique_ptr<finops::Service> service;
  std::string token;
};

TEST_F(E7OwnSchema, RowsAreWrittenAndRead) {
  const http::Response made = ask("POST", "Widgets", R"({"dataAreaId":"usmf","Number":"1","Title":"ab"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const http::Response read = ask("GET", "Widgets(dataAreaId='usmf',Number='1')?cross-company=true");
  ASSERT_EQ(read.status, 200) << read.body;
  EXPECT_EQ(json::parse(read.body)["Title"], "ab");
  EXPECT_EQ(json::parse(read.body)["Colour"], "Red") << "the first member is the empty value";
}

TEST_F(E7OwnSchema, LengthsOfTheDocumentHold) {
  const http::Response made = ask("POST", "Widgets", R"({"dataAreaId":"usmf","Number":"1","Title":"abcdef"})");
  EXPECT_EQ(made.status, 400);
}

TEST_F(E7OwnSchema, MembersOfTheDocumentHold) {
  EXPECT_EQ(ask("POST", "Widgets", R"({"dataAreaId":"usmf","Number":"1","Colour":"Blue"})").status, 201);
  EXPECT_EQ(ask("POST", "Widgets", R"({"dataAreaId":"usmf","Number":"2","Colour":"Green"})").status, 400);
}

TEST_F(E7OwnSchema, TheBuiltInEntitiesAreGone) {
  EXPECT_EQ(ask("GET", "CustomersV3").status, 404);
  EXPECT_THAT(ask("GET", "$metadata").body, HasSubstr("<EntitySet Name=\"Widgets\""));
}

}  // namespace
}  // namespace dualwrite::sandbox
