// Root, tokens and the metadata service beside /data.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

std::vector<std::string> names_in(const json& page) {
  std::vector<std::string> names;
  for (const json& each : page.at("value")) names.push_back(each.at("Name").get<std::string>());
  return names;
}

TEST_F(C1, TheServiceDocumentListsPublicCollectionNames) {
  const http::Response answer = fo("GET", "");
  EXPECT_TRUE(answer.body.starts_with(
      R"({"@odata.context":"http://127.0.0.1:8702/data/$metadata","value":[{"name":"CustomersV3","kind":"EntitySet",)"
      R"("url":"CustomersV3"},)"))
      << answer.body;
}

TEST_F(C1, MetadataIsXmlWithTheContainerResources) {
  const http::Response answer = fo("GET", "$metadata");
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/xml");
  EXPECT_NE(answer.body.find("<EntityContainer Name=\"Resources\">"), std::string::npos);
  EXPECT_NE(answer.body.find("<edmx:Edmx Version=\"4.0\""), std::string::npos);
}

TEST_F(C1, MetadataHasTheRelationsOfAnEntityWithTheirConstraints) {
  const std::string xml = fo("GET", "$metadata").body;
  EXPECT_NE(
      xml.find(R"(<NavigationProperty Name="Meter" Type="Microsoft.Dynamics.DataEntities.MeterReading">)"
               R"(<ReferentialConstraint Property="MeterId" ReferencedProperty="MeterId"/></NavigationProperty>)"),
      std::string::npos);
  EXPECT_NE(xml.find(R"(<NavigationPropertyBinding Path="Meter" Target="MeterReadings"/>)"), std::string::npos);
}

TEST_F(C1, WithoutATokenItIs401) {
  const http::Response answer = at("GET", "/data/", "", {{"Authorization", "Bearer x"}});
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.headers.get("WWW-Authenticate").starts_with("Bearer authorization_uri=")) << answer.status;
}

TEST_F(C1, ATokenForAnotherAudienceIs401) {
  EXPECT_EQ(at("GET", "/data/", "", {{"Authorization", "Bearer " + dataverse_token}}).status, 401);
}

TEST_F(C1, AnApplicationThatIsMappedToNoUserIs401Or403) {
  const std::string unmapped = R"({"client":"dualwrite","mapped":false})";
  Switched other([](FinopsSwitches& switches) { switches.unmapped_app_status = 403; });
  EXPECT_EQ(fo("GET", "Currencies").status, 200);
  EXPECT_EQ(control("POST", "finops/apps", unmapped).status, 204);
  EXPECT_EQ(other.control("POST", "finops/apps", unmapped).status, 204);
  EXPECT_EQ(fo("GET", "Currencies").status, 401);
  EXPECT_EQ(other.fo("GET", "Currencies").status, 403);
}

TEST_F(C1, TheDefaultCompanyIsThatOfTheMappedUser) {
  customer("C1", "usmf");
  EXPECT_EQ(fo_get("CustomersV3")["value"].size(), 0U);
  control("POST", "finops/apps", R"({"client":"dualwrite","company":"USMF"})");
  EXPECT_EQ(fo_get("CustomersV3")["value"].size(), 1U);
  EXPECT_EQ(json::parse(fo("POST", "CustomersV3", R"({"OrganizationName":"A"})").body)["dataAreaId"], "usmf");
}

TEST_F(C1, AnswersCarryAnActivityIdAndServerTiming) {
  const http::Response good = fo("GET", "Currencies");
  const http::Response bad = fo("GET", "Currencies('EUR')");
  EXPECT_TRUE(guid_bytes(good.headers.get("ms-dyn-aid")));
  EXPECT_TRUE(guid_bytes(bad.headers.get("ms-dyn-aid")));
  EXPECT_TRUE(good.headers.has("server-timing"));
  EXPECT_EQ(good.headers.get("OData-Version"), "4.0");
}

TEST_F(C1, MetadataNoneLeavesControlInformationOut) {
  reading("M1");
  const http::Response answer =
      fo("GET", "MeterReadings?$select=MeterId", "", {{"Accept", "application/json; odata.metadata=none"}});
  EXPECT_EQ(answer.body, R"({"value":[{"MeterId":"M1"}]})");
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json; odata.metadata=none");
}

TEST_F(C1, DataEntitiesAreListedByTheirAotNames) {
  const json all = at_get("/Metadata/DataEntities");
  EXPECT_EQ(all["@odata.context"], "http://127.0.0.1:8702/Metadata/$metadata#DataEntities");
  const json one = at_get("/metadata/DataEntities('CustCustomerV3Entity')");
  EXPECT_EQ(one["PublicEntityName"], "CustomerV3");
  EXPECT_EQ(one["PublicCollectionName"], "CustomersV3");
  EXPECT_EQ(one["DataServiceEnabled"], true);
}

TEST_F(C1, DataEntitiesAreSearchedWithTolowerAndTypedCategories) {
  const json found = at_get("/metadata/DataEntities?$filter=contains(tolower(Name), 'vend')");
  std::vector<std::string> expected;
  for (const json& entity : at_get("/metadata/DataEntities")["value"]) {
    const auto name = entity["Name"].get<std::string>();
    if (ascii_lower(name).find("vend") != std::string::npos) expected.push_back(name);
  }
  EXPECT_NE(std::ranges::find(expected, "VendVendorV2Entity"), expected.end());
  EXPECT_EQ(names_in(found), expected);
  const std::string category = "EntityCategory eq Microsoft.Dynamics.Metadata.EntityCategory'";
  EXPECT_FALSE(at_get("/metadata/DataEntities?$filter=" + category + "Master'")["value"].empty());
  EXPECT_TRUE(at_get("/metadata/DataEntities?$filter=" + category + "Transaction'")["value"].empty());
  EXPECT_TRUE(at_get("/metadata/DataEntities?$filter=IsReadOnly eq true")["value"].empty());
}

TEST_F(C1, LightMetadataIsPagedAndProjected) {
  const json page = at_get("/metadata/PublicEntities?$select=Name&$skip=1&$top=2&$count=true");
  const std::vector<std::string> all = names_in(at_get("/metadata/PublicEntities"));
  ASSERT_GT(all.size(), 3U);
  EXPECT_EQ(page["@odata.count"], all.size());
  EXPECT_EQ(page["value"], json::array({{{"Name", all[1]}}, {{"Name", all[2]}}}));
}

TEST_F(C1, APublicEntitySaysWhichPropertiesAreKeysAndWhatMayBeEdited) {
  const json entity = at_get("/metadata/PublicEntities('CustomerV3')");
  EXPECT_EQ(entity["EntitySetName"], "CustomersV3");
  const json& company = entity["Properties"][0];
  EXPECT_EQ(company["Name"], "dataAreaId");
  EXPECT_EQ(company["TypeName"], "Edm.String");
  EXPECT_EQ(company["IsKey"], true);
  EXPECT_EQ(company["AllowEdit"], false);
  EXPECT_EQ(company["AllowEditOnCreate"], true);
  bool found = false;
  for (const json& property : entity["Properties"]) {
    if (property["Name"] != "OnHoldStatus") continue;
    found = true;
    EXPECT_EQ(property["TypeName"], "Microsoft.Dynamics.DataEntities.CustVendorBlocked");
    EXPECT_EQ(property["DataType"], "Enum");
    EXPECT_EQ(property["AllowEdit"], true);
  }
  EXPECT_TRUE(found);
}

TEST_F(C1, APublicEntityNamesItsRelationsAndWhatTheyRestOn) {
  const json relations = at_get("/metadata/PublicEntities('MeterTariff')")["NavigationProperties"];
  ASSERT_EQ(relations.size(), 2U);
  EXPECT_EQ(relations[0]["Name"], "Meter");
  EXPECT_EQ(relations[0]["Cardinality"], "Single");
  EXPECT_EQ(relations[0]["Constraints"],
            json::parse(R"([{"@odata.type":"#Microsoft.Dynamics.Metadata.ReferentialConstraint","Property":"MeterId",
                             "ReferencedProperty":"MeterId"}])"));
}

TEST_F(C1, APublicEnumerationListsItsMembersWithTheirValues) {
  const json members = at_get("/metadata/PublicEnumerations('NoYes')")["Members"];
  ASSERT_EQ(members.size(), 2U);
  EXPECT_EQ(members[0]["Name"], "No");
  EXPECT_EQ(members[0]["Value"], 0);
  EXPECT_EQ(members[1]["Name"], "Yes");
  EXPECT_EQ(members[1]["Value"], 1);
}

TEST_F(C1, LabelsAreReadByIdAndLanguage) {
  const std::string id = at_get("/metadata/DataEntities('CustCustomerV3Entity')")["LabelId"];
  EXPECT_EQ(at_get("/Metadata/Labels(Id='" + id + "',Language='en-us')")["Value"], "Customers V3");
  EXPECT_EQ(at_get("/Metadata/Labels(Id='@Sandbox:CustomerAccount',Language='en-us')")["Value"], "Customer account");
  EXPECT_EQ(at_get("/Metadata/Labels(Id='@SYS1',Language='en-us')")["Value"], "@SYS1");
}

TEST_F(C1, WhatTheMetadataServiceDoesNotKnowIs404) {
  EXPECT_EQ(at("GET", "/metadata/PublicEntities('Nope')").status, 404);
  EXPECT_EQ(at("GET", "/metadata/PublicEnumerations('Nope')").status, 404);
  EXPECT_EQ(at("GET", "/metadata/Nonsense").status, 404);
}

TEST_F(C2, PropertyNamesAreCaseSensitive) {
  EXPECT_EQ(fo("GET", "CustomersV3?$select=CustomerAccount").status, 200);
  EXPECT_EQ(fo("GET", "CustomersV3?$select=customeraccount").status, 400);
  EXPECT_EQ(fo("POST", "Currencies", R"({"currencycode":"EUR"})").status, 400);
}

TEST_F(C2, EntitySetNamesAreThePluralOnes) {
  EXPECT_EQ(fo("GET", "CustomersV3").status, 200);
  EXPECT_EQ(fo("GET", "CustomerV3").status, 404);
}

TEST_F(C2, QuotesInKeysAreDoubled) {
  reading("O'Neill & Co/1");
  const http::Response answer = fo("GET", "MeterReadings('O%27%27Neill%20%26%20Co%2F1')");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["MeterId"], "O'Neill & Co/1");
}

TEST_F(C2, EnumerationDateAndIntegerKeysAreWrittenByTheirTypes) {
  const http::Response created = tariff("M1", 5);
  const std::string key =
      "dataAreaId='dat',MeterId='M1',Kind=Microsoft.Dynamics.DataEntities.TariffKind'Night',"
      "ValidFrom=2026-01-02T12:00:00Z,Step=5";
  EXPECT_EQ(created.headers.get("Location"), "http://127.0.0.1:8702/data/MeterTariffs(" + key + ")");
  EXPECT_EQ(fo_get("MeterTariffs(" + key + ")")["Step"], 5);
}

TEST_F(C2, AKeyOfZeroValuesIsAKey) {
  const http::Response created =
      fo("POST", "MeterTariffs", R"({"MeterId":"M1","Kind":"Day","ValidFrom":"2026-01-02","Step":0})");
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string key =
      "dataAreaId='dat',MeterId='M1',Kind=Microsoft.Dynamics.DataEntities.TariffKind'Day',"
      "ValidFrom=2026-01-02T12:00:00Z,Step=0";
  EXPECT_EQ(fo("GET", "MeterTariffs(" + key + ")").status, 200);
  EXPECT_EQ(column("Step",
                   "MeterTariffs?$filter=dataAreaId eq 'dat' and MeterId eq 'M1' and Kind eq "
                   "Microsoft.Dynamics.DataEntities.TariffKind'Day' and ValidFrom eq 2026-01-02T12:00:00Z and "
                   "Step eq 0"),
            "0");
}

TEST_F(C2, TheCompanyIsLowerCaseInAnswers) {
  const http::Response created =
      fo("POST", "CustomersV3", R"({"dataAreaId":"USMF","CustomerAccount":"C1","OrganizationName":"A"})");
  EXPECT_EQ(json::parse(created.body)["dataAreaId"], "usmf");
  EXPECT_EQ(fo("GET", "CustomersV3(dataAreaId='USMF',CustomerAccount='C1')?cross-company=true").status, 200);
}

TEST_F(C2, WritesOutsideTheDefaultCompanyNeedCrossCompany) {
  customer("C1", "usmf");
  const std::string row = "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')";
  EXPECT_EQ(fo("PATCH", row, R"({"SalesMemo":"x"})").status, 404);
  EXPECT_EQ(fo("DELETE", row).status, 404);
  EXPECT_EQ(fo("PATCH", row + "?cross-company=true", R"({"SalesMemo":"x"})").status, 204);
  EXPECT_EQ(fo("DELETE", row + "?cross-company=true").status, 204);
}

TEST_F(C2, RowsOfACompanyThatTheUserMayNotSeeAreNotThere) {
  customer("C1", "usmf");
  customer("C2", "ussi");
  control("POST", "finops/rights", R"({"client":"dualwrite","company":"ussi","allowed":false})");
  EXPECT_EQ(column("CustomerAccount", "CustomersV3?cross-company=true"), "C1");
  EXPECT_EQ(fo("GET", "CustomersV3(dataAreaId='ussi',CustomerAccount='C2')?cross-company=true").status, 404);
  EXPECT_EQ(fo("GET", "CustomersV3/$count?cross-company=true").body, "1");
}

TEST_F(C1, ATokenWhoseAudienceIsNotWrittenExactlyIs401) {
  const auto status = [&](const std::string& path, const std::string& scope) {
    const http::Response answer = tokens.handle(
        http::Request("POST", path, {{"Content-Type", "application/x-www-form-urlencoded"}},
                      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret&" + scope));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string token = json::parse(answer.body)["access_token"];
    return at("GET", "/data/", "", {{"Authorization", "Bearer " + token}}).status;
  };
  const std::string v2 = "/sandbox/oauth2/v2.0/token";
  EXPECT_EQ(status(v2, "scope=http%3A%2F%2F127.0.0.1%3A8702%2F.default"), 200);
  EXPECT_EQ(status(v2, "scope=http%3A%2F%2F127.0.0.1%3A8702%2F%2F.default"), 401) << "a slash at its end";
  EXPECT_EQ(status(v2, "scope=http%3A%2F%2FLOCALHOST%3A8702%2F.default"), 401) << "upper case";
  EXPECT_EQ(status("/sandbox/oauth2/token", "resource=http%3A%2F%2F127.0.0.1%3A8702"), 200);
  EXPECT_EQ(status("/sandbox/oauth2/token", "resource=http%3A%2F%2F127.0.0.1%3A8702%2F"), 401);
  EXPECT_EQ(status("/contoso/oauth2/token", "resource=http%3A%2F%2F127.0.0.1%3A8702"), 401) << "another tenant";
}

}  // namespace
}  // namespace dualwrite::sandbox
