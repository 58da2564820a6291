#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A1, ServiceDocumentListsTheEntitySets) {
  const json body = dv_get("");
  EXPECT_EQ(body["@odata.context"], "http://127.0.0.1:8701/api/data/v9.2/$metadata");
  EXPECT_EQ(body["value"][0], (json{{"name", "accounts"}, {"kind", "EntitySet"}, {"url", "accounts"}}));
}

TEST_F(A1, EveryLiveVersionAnswersUnderItsOwnRoot) {
  for (const std::string version : {"v9.0", "v9.1", "v9.2"}) {
    const http::Response response = dataverse.handle(
        request("GET", "/api/data/" + version + "/accounts", {}, {}, dataverse_token, "127.0.0.1:8701"));
    EXPECT_EQ(json::parse(response.body)["@odata.context"],
              "http://127.0.0.1:8701/api/data/" + version + "/$metadata#accounts");
  }
}

TEST_F(A1, MetadataIsCsdlInTheNamespaceOfTheService) {
  const http::Response response = dv("GET", "$metadata");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/xml");
  EXPECT_NE(response.body.find(R"(<Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm")"), std::string::npos);
  EXPECT_NE(response.body.find(R"(<EntityType Name="account" BaseType="mscrm.crmbaseentity">)"), std::string::npos);
  EXPECT_NE(response.body.find(R"(<Property Name="_msdyn_company_value" Type="Edm.Guid"/>)"), std::string::npos);
  EXPECT_NE(response.body.find(R"(<NavigationProperty Name="msdyn_company" Type="mscrm.cdm_company")"),
            std::string::npos);
  EXPECT_EQ(response.body.find("authvalue"), std::string::npos);
}

TEST_F(A1, WhoAmINamesTheUserTheBusinessUnitAndTheOrganization) {
  const json answer = dv_get("WhoAmI");
  EXPECT_EQ(answer["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse");
  for (const char* member : {"BusinessUnitId", "UserId", "OrganizationId"}) {
    EXPECT_EQ(answer[member].get<std::string>().size(), 36U) << member;
  }
}

TEST_F(A1, EntityDefinitionGivesTheSetName) {
  const json body = dv_get(
      "EntityDefinitions(LogicalName='account')?$select=LogicalName,EntitySetName,PrimaryIdAttribute,"
      "ChangeTrackingEnabled");
  EXPECT_EQ(body["EntitySetName"], "accounts");
  EXPECT_EQ(body["PrimaryIdAttribute"], "accountid");
  EXPECT_EQ(body["ChangeTrackingEnabled"], true);
  EXPECT_FALSE(body.contains("SchemaName"));
}

TEST_F(A1, EntityDefinitionExpandsKeys) {
  const json body = dv_get(
      "EntityDefinitions(LogicalName='account')?$select=SchemaName&$expand=Keys($select=LogicalName,KeyAttributes,"
      "EntityKeyIndexStatus)");
  EXPECT_EQ(body["Keys"][0]["KeyAttributes"], (json{"accountnumber", "msdyn_company"}));
  EXPECT_EQ(body["Keys"][0]["EntityKeyIndexStatus"], "Active");
}

TEST_F(A1, EntityDefinitionsAreFoundByFilter) {
  const json body = dv_get("EntityDefinitions?$filter=LogicalName eq 'transactioncurrency'&$select=EntitySetName");
  ASSERT_EQ(body["value"].size(), 1U);
  EXPECT_EQ(body["value"][0]["EntitySetName"], "transactioncurrencies");
}

TEST_F(A1, AttributesGiveTypeAndLength) {
  const json body =
      dv_get("EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName,AttributeType,MaxLength");
  for (const json& column : body["value"]) {
    if (column["LogicalName"] != "name") continue;
    EXPECT_EQ(column["AttributeType"], "String");
    EXPECT_EQ(column["MaxLength"], 160);
    return;
  }
  FAIL() << "no column 'name'";
}

TEST_F(A1, CompaniesAreSeededFromTheLegalEntities) {
  const json body = dv_get("cdm_companies?$select=cdm_companycode&$orderby=cdm_companycode");
  ASSERT_EQ(body["value"].size(), 3U);
  EXPECT_EQ(body["value"][0]["cdm_companycode"], "dat");
  EXPECT_EQ(body["value"][1]["cdm_companycode"], "usmf");
}

TEST_F(A1, UnknownSetIs404) {
  const http::Response response = dv("GET", "nonsense");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80060888");
  EXPECT_EQ(message_of(response), "Resource not found for the segment 'nonsense'.");
}

TEST_F(A1, AttributesAreCastToOneTypeWithTheirOptions) {
  const json body = dv_get(
      "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
      "?$select=LogicalName&$expand=OptionSet,GlobalOptionSet&$filter=LogicalName eq 'accountcategorycode'");
  ASSERT_EQ(body["value"].size(), 1U) << body;
  const json column = body["value"][0];
  EXPECT_EQ(column["@odata.type"], "#Microsoft.Dynamics.CRM.PicklistAttributeMetadata");
  EXPECT_EQ(column["OptionSet"]["Options"][0]["Value"], 1);
  EXPECT_EQ(column["OptionSet"]["Options"][0]["Label"]["UserLocalizedLabel"]["Label"], "Preferred Customer");
  EXPECT_TRUE(column["GlobalOptionSet"].is_null());
}

TEST_F(A1, CastsLeaveOutOtherTypes) {
  for (const auto& [type, name] : std::vector<std::pair<std::string, std::string>>{{"State", "statecode"},
                                                                                   {"Status", "statuscode"},
                                                                                   {"Money", "creditlimit"},
                                                                                   {"Boolean", "creditonhold"},
                                                                                   {"String", "name"}}) {
    const json body = dv_get("EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM." + type +
                             "AttributeMetadata?$select=LogicalName");
    ASSERT_FALSE(body["value"].empty()) << type;
    bool is_there = false;
    for (const json& column : body["value"]) {
      is_there = is_there || column["LogicalName"] == name;
      EXPECT_EQ(column["@odata.type"], "#Microsoft.Dynamics.CRM." + type + "AttributeMetadata");
    }
    EXPECT_TRUE(is_there) << type;
  }
}

TEST_F(A1, OneAttributeIsFoundByItsName) {
  const json column = dv_get(
      "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='creditonhold')/"
      "Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$select=LogicalName&$expand=OptionSet");
  EXPECT_EQ(column["LogicalName"], "creditonhold");
  EXPECT_EQ(column["OptionSet"]["TrueOption"]["Value"], 1);
  EXPECT_EQ(dv("GET", "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nonsense')").status, 404);
}

TEST_F(A1, RelationshipsAreToldFromBothEnds) {
  const json many = dv_get(
      "EntityDefinitions(LogicalName='account')/ManyToOneRelationships?$select=ReferencingAttribute,ReferencedEntity,"
      "ReferencingEntityNavigationPropertyName");
  const json wanted{{"ReferencingAttribute", "parentaccountid"},
                    {"ReferencedEntity", "account"},
                    {"ReferencingEntityNavigationPropertyName", "parentaccountid"}};
  bool is_there = false;
  for (json lookup : many["value"]) {
    lookup.erase("MetadataId");
    is_there = is_there || lookup == wanted;
  }
  EXPECT_TRUE(is_there) << many;
  bool is_referenced = false;
  for (const json& lookup : dv_get("EntityDefinitions(LogicalName='account')/OneToManyRelationships")["value"]) {
    EXPECT_EQ(lookup["ReferencedEntity"], "account");
    is_referenced = is_referenced || lookup["ReferencingEntity"] == "contoso_meterreading";
  }
  EXPECT_TRUE(is_referenced);
}

TEST_F(A1, KeysComeWithTheStateOfTheirIndex) {
  const json body = dv_get(
      "EntityDefinitions(LogicalName='account')?$select=SchemaName&$expand=Keys($select=LogicalName,KeyAttributes,"
      "EntityKeyIndexStatus)");
  EXPECT_EQ(body["SchemaName"], "Account");
  EXPECT_EQ(body["Keys"][0]["EntityKeyIndexStatus"], "Active");
  EXPECT_EQ(body["Keys"][0]["KeyAttributes"], (json{"accountnumber", "msdyn_company"}));
}

TEST_F(A1, ThereAreNoGlobalChoices) {
  EXPECT_TRUE(dv_get("GlobalOptionSetDefinitions")["value"].empty());
  EXPECT_EQ(dv("GET", "GlobalOptionSetDefinitions(Name='x')").status, 404);
}

TEST_F(A1, AnnotationsComeWithTheMetadataWhenAskedFor) {
  const std::string plain = dv("GET", "$metadata").body;
  EXPECT_EQ(plain.find("Org.OData.Core.V1.Permissions"), std::string::npos);
  const std::string annotated = dv("GET", "$metadata?annotations=true").body;
  for (const char* term : {"Org.OData.Core.V1.Permissions", "Org.OData.Core.V1.Computed",
                           "Org.OData.Core.V1.Description", "Org.OData.Capabilities.V1.ChangeTracking"}) {
    EXPECT_NE(annotated.find(term), std::string::npos) << term;
  }
  EXPECT_EQ(dv("GET", "$metadata", {}, {{"Prefer", "odata.include-annotations=\"*\""}}).body, annotated);
}

TEST_F(A1, ServiceDocumentBeginsWithItsContext) {
  EXPECT_TRUE(dv("GET", "").body.starts_with(
      R"({"@odata.context":"http://127.0.0.1:8701/api/data/v9.2/$metadata","value":[{"name":)"));
}

class A1Changes : public SandboxTest {
 protected:
  http::Response changes(const json& query, const std::string& more = {}) {
    return dv("GET", "RetrieveMetadataChanges(Query=@p" + more + ")?@p=" + odata::percent_encode(query.dump()));
  }
  static json named(const json& value) {
    return {{"FilterOperator", "And"},
            {"Conditions",
             {{{"PropertyName", "LogicalName"},
               {"ConditionOperator", value.is_array() ? "In" : "Equals"},
               {"Value", {{"Type", "System.String"}, {"Value", value}}}}}}};
  }
};

TEST_F(A1Changes, AQueryGivesTheTablesAndPropertiesThatItNames) {
  const http::Response answer =
      changes({{"Criteria", named("account")}, {"Properties", {{"PropertyNames", {"LogicalName", "EntitySetName"}}}}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse");
  EXPECT_TRUE(body["ServerVersionStamp"].is_string());
  ASSERT_EQ(body["EntityMetadata"].size(), 1U);
  const json& table = body["EntityMetadata"][0];
  EXPECT_EQ(table["EntitySetName"], "accounts");
  EXPECT_EQ(table.size(), 3U) << "MetadataId, and what was asked for: " << table;
}

TEST_F(A1Changes, ColumnsKeysAndLookupsHaveQueriesOfTheirOwn) {
  const json query{{"Criteria", named(json{"account", "msdyn_vendor"})},
                   {"Properties", {{"PropertyNames", {"Attributes", "Keys", "ManyToOneRelationships"}}}},
                   {"AttributeQuery",
                    {{"Criteria", named("name")}, {"Properties", {{"PropertyNames", {"LogicalName", "MaxLength"}}}}}},
                   {"KeyQuery", {{"Properties", {{"PropertyNames", {"KeyAttributes"}}}}}}};
  const json body = json::parse(changes(query).body);
  ASSERT_EQ(body["EntityMetadata"].size(), 2U) << body;
  const json& account = body["EntityMetadata"][0];
  ASSERT_EQ(account["Attributes"].size(), 1U);
  EXPECT_EQ(account["Attributes"][0]["MaxLength"], 160);
  EXPECT_EQ(account["Keys"].size(), 3U);
  EXPECT_GT(account["ManyToOneRelationships"].size(), 3U);
}

TEST_F(A1Changes, WhoComesWithAStampIsToldOfNothingSinceDefinitionsDoNotChange) {
  const json first = json::parse(changes({{"Criteria", named("account")}}).body);
  const std::string stamp = first["ServerVersionStamp"];
  const json body = json::parse(
      changes({{"Criteria", named("account")}}, ",ClientVersionStamp='" + odata::percent_encode(stamp) + "'").body);
  EXPECT_EQ(body["EntityMetadata"], json::array());
  EXPECT_TRUE(body["DeletedMetadata"].is_null());
}

TEST_F(A1Changes, AQueryThatIsNoneIs400) {
  EXPECT_EQ(dv("GET", "RetrieveMetadataChanges(Query=@p)?@p=nonsense").status, 400);
  EXPECT_EQ(changes({{"Criteria", {{"Conditions", {{{"PropertyName", "Nonsense"}}}}}}}).status, 400);
  EXPECT_EQ(changes({{"Criteria", {{"Conditions", {5}}}}}).status, 400);
  EXPECT_EQ(changes({{"Criteria", {{"Conditions", "x"}}}}).status, 400);
  json deep = named("account");
  for (int i = 0; i < 12; ++i) deep = {{"Filters", {deep}}};
  EXPECT_EQ(changes({{"Criteria", deep}}).status, 400);
}

}  // namespace
}  // namespace dualwrite::sandbox
