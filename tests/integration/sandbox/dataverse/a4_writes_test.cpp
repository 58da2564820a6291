// What a write does beside the row that it names, and under which conditions it is let through.
#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr const char* some_id = "11111111-2222-3333-4444-555555555555";

TEST_F(A4, IfMatchAndIfNoneMatchTogetherFitNoRow) {
  const std::string row = "accounts(" + account("A1") + ")";
  const HeaderPairs both{{"If-Match", "*"}, {"If-None-Match", "*"}};
  EXPECT_EQ(dv("PATCH", row, R"({"name":"B"})", both).status, 412);
  EXPECT_EQ(dv("PATCH", std::string("accounts(") + some_id + ")", R"({"name":"B"})", both).status, 404);
}

TEST_F(A4, IfNoneMatchStarOnAMissingRowCreatesIt) {
  const std::string row = std::string("accounts(") + some_id + ")";
  EXPECT_EQ(dv("PATCH", row, R"({"name":"A"})", {{"If-None-Match", "*"}}).status, 204);
  EXPECT_EQ(dv("GET", row).status, 200);
}

TEST_F(A4, IfMatchWithAnETagOnAMissingRowIs404) {
  const std::string row = std::string("accounts(") + some_id + ")";
  for (const char* method : {"PATCH", "DELETE"}) {
    const http::Response response = dv(method, row, R"({"name":"A"})", {{"If-Match", "W/\"500001\""}});
    EXPECT_EQ(response.status, 404) << method;
    EXPECT_EQ(code_of(response), "0x80040217") << method;
  }
  EXPECT_EQ(dv("GET", row).status, 404);
}

TEST_F(A4, IfMatchHoldsForUpsertByAlternateKeyToo) {
  account("A1");
  const std::string company = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  const std::string there = "accounts(accountnumber='A1',_msdyn_company_value=" + company + ")";
  const std::string missing = "accounts(accountnumber='A9',_msdyn_company_value=" + company + ")";
  EXPECT_EQ(dv("PATCH", there, R"({"name":"B"})", {{"If-Match", "*"}}).status, 204);
  EXPECT_EQ(dv("PATCH", there, R"({"name":"B"})", {{"If-Match", "W/\"1\""}}).status, 412);
  EXPECT_EQ(dv("PATCH", there, R"({"name":"B"})", {{"If-None-Match", "*"}}).status, 412);
  const http::Response response = dv("PATCH", missing, R"({"name":"B"})", {{"If-Match", "*"}});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80060891");
  EXPECT_EQ(dv("PATCH", missing, R"({"name":"B"})", {{"If-None-Match", "*"}}).status, 204);
}

TEST_F(A4, SingleColumnWritesHonourIfMatch) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string etag(dv("GET", row).headers.get("ETag"));
  EXPECT_EQ(dv("PUT", row + "/telephone1", R"({"value":"1"})", {{"If-Match", "W/\"1\""}}).status, 412);
  EXPECT_EQ(dv("PUT", row + "/telephone1", R"({"value":"1"})", {{"If-Match", etag}}).status, 204);
  EXPECT_EQ(dv("DELETE", row + "/telephone1", {}, {{"If-Match", etag}}).status, 412);
}

TEST_F(A4, DeleteWithTheCurrentETagGoesThrough) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string etag(dv("GET", row).headers.get("ETag"));
  EXPECT_EQ(dv("DELETE", row, {}, {{"If-Match", etag}}).status, 204);
}

TEST_F(A4, ETagOfARepresentationIsGoodForTheNextWrite) {
  const http::Response created =
      dv("POST", "accounts?$select=accountid,versionnumber", R"({"name":"A"})", {{"Prefer", "return=representation"}});
  const json row = json::parse(created.body);
  EXPECT_EQ(created.headers.get("ETag"), row["@odata.etag"].get<std::string>());
  EXPECT_EQ(dv("PATCH", "accounts(" + row["accountid"].get<std::string>() + ")", R"({"name":"B"})",
               {{"If-Match", row["@odata.etag"].get<std::string>()}})
                .status,
            204);
}

TEST_F(A4, PatchAnswersNoVersionUnlessItIsAskedForTheRow) {
  const http::Response response = dv("PATCH", "accounts(" + account("A1") + ")", R"({"name":"B"})");
  EXPECT_FALSE(response.headers.has("ETag"));
  EXPECT_TRUE(response.body.empty());
}

TEST_F(A4, PatchOfOneColumnLeavesTheOthers) {
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"telephone1":"1","creditlimit":5)") + ")";
  dv("PATCH", row, R"({"telephone1":"2"})");
  const json after = dv_get(row);
  EXPECT_EQ(after["telephone1"], "2");
  EXPECT_EQ(after["creditlimit"], 5);
  EXPECT_EQ(after["name"], "Name of A1");
}

TEST_F(A4, TableWithoutOptimisticConcurrencyRefusesAnETag) {
  const std::string endpoint = dv_create(
      "serviceendpoints", R"({"name":"x","url":"http://127.0.0.1/hook","contract":8,"authtype":4,"authvalue":"x"})");
  const http::Response response =
      dv("PATCH", "serviceendpoints(" + endpoint + ")", R"({"name":"y"})", {{"If-Match", "W/\"1\""}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x8006088d");
  EXPECT_EQ(dv("PATCH", "serviceendpoints(" + endpoint + ")", R"({"name":"y"})", {{"If-Match", "*"}}).status, 204);
}

TEST_F(A4, ConditionalReadIsNotHonouredWithAnnotations) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string etag(dv("GET", row).headers.get("ETag"));
  EXPECT_EQ(dv("GET", row, {}, {{"If-None-Match", etag}, {"Prefer", "odata.include-annotations=\"*\""}}).status, 200);
}

TEST_F(A4, BodyWinsOverTheAddressForKeyColumnsOfANewRow) {
  const std::string company = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  const http::Response response =
      dv("PATCH", "accounts(accountnumber='A1',_msdyn_company_value=" + company + ")?$select=accountnumber",
         R"({"accountnumber":"A2"})", {{"Prefer", "return=representation"}});
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(json::parse(response.body)["accountnumber"], "A2");
}

TEST_F(A4, KeyColumnsInTheBodyAreLeftOutOfAnUpdate) {
  const std::string id = account("A1");
  const std::string company = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  EXPECT_EQ(dv("PATCH", "accounts(accountnumber='A1',_msdyn_company_value=" + company + ")",
               R"({"accountnumber":"A2","name":"B"})")
                .status,
            204);
  const json row = dv_get("accounts(" + id + ")");
  EXPECT_EQ(row["accountnumber"], "A1");
  EXPECT_EQ(row["name"], "B");
}

TEST_F(A4, NestedRowIsCreatedInTheSameTransaction) {
  const std::string id =
      dv_create("accounts", R"({"name":"Child","parentaccountid":{"name":"Parent","telephone1":"1"}})");
  const json row = dv_get("accounts(" + id + ")?$expand=parentaccountid($select=name,telephone1)");
  EXPECT_EQ(row["parentaccountid"]["name"], "Parent");
  EXPECT_EQ(row["parentaccountid"]["telephone1"], "1");
  const http::Response broken =
      dv("POST", "accounts", R"({"name":"Child","nonsense":1,"parentaccountid":{"name":"Orphan"}})");
  EXPECT_EQ(broken.status, 400);
  const http::Response late =
      dv("POST", "accounts", "{\"accountid\":\"" + id + R"(","parentaccountid":{"name":"Orphan"}})");
  EXPECT_EQ(late.status, 412);
  EXPECT_EQ(dv_get("accounts?$filter=name eq 'Orphan'")["value"].size(), 0U);
}

TEST_F(A4, NestedRowsMayBeNestedThemselves) {
  const std::string id =
      dv_create("accounts", R"({"name":"C","parentaccountid":{"name":"B","parentaccountid":{"name":"A"}}})");
  const json row =
      dv_get("accounts(" + id + ")?$expand=parentaccountid($select=name;$expand=parentaccountid($select=name))");
  EXPECT_EQ(row["parentaccountid"]["parentaccountid"]["name"], "A");
}

TEST_F(A4, NestedRowInAnUpdateIsRefused) {
  const std::string row = "accounts(" + account("A1") + ")";
  EXPECT_EQ(dv("PATCH", row, R"({"parentaccountid":{"name":"Parent"}})").status, 400);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "1");
}

TEST_F(A4, UnknownSegmentIs404WithItsName) {
  const http::Response response = dv("GET", "accounts(" + account("A1") + ")/nonsense");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(message_of(response), "Resource not found for the segment 'nonsense'.");
}

TEST_F(A4, SetNamesAreCaseSensitive) {
  EXPECT_EQ(dv("GET", "Accounts").status, 404);
}

TEST_F(A14, DeletedParentLeavesItsChildrenWithoutALink) {
  const std::string parent = account("A1");
  const std::string child =
      "accounts(" + account("A2", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"") + ")";
  const json before = dv_get(child);
  EXPECT_EQ(before["_parentaccountid_value"], parent);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(dv("DELETE", "accounts(" + parent + ")").status, 204);
  const json after = dv_get(child);
  EXPECT_TRUE(after["_parentaccountid_value"].is_null());
  EXPECT_GT(after["versionnumber"].get<std::int64_t>(), before["versionnumber"].get<std::int64_t>());
  EXPECT_EQ(after["modifiedon"], before["modifiedon"]);
}

TEST_F(A14, ChildrenOfADeletedParentAreInTheDelta) {
  const std::string parent = account("A1");
  const std::string child = account("A2", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"");
  const json first = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes"}});
  dv("DELETE", "accounts(" + parent + ")");
  const json delta = dv_get(below_root(first["@odata.deltaLink"].get<std::string>()));
  ASSERT_EQ(delta["value"].size(), 2U) << delta;
  EXPECT_EQ(delta["value"][0]["accountid"], child);
  EXPECT_EQ(delta["value"][1]["id"], parent);
}

TEST_F(A14, DeleteOfAParentIsRefusedWhereTheRelationshipRestrictsIt) {
  dataverse.state().switches.delete_restricts = true;
  const std::string parent = account("A1");
  const std::string child = account("A2", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"");
  const http::Response response = dv("DELETE", "accounts(" + parent + ")");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(code_of(response), "0x80040227");
  EXPECT_EQ(dv("DELETE", "accounts(" + child + ")").status, 204);
  EXPECT_EQ(dv("DELETE", "accounts(" + parent + ")").status, 204);
}

TEST_F(A14, RowThatLosesALinkRaisesNoUpdateUnlessTheSwitchSaysSo) {
  watch_updates();
  for (const bool raises : {false, true}) {
    dataverse.state().switches.remove_link_raises_update = raises;
    webhooks.clear();
    const std::string parent = account(raises ? "A1" : "B1");
    account(raises ? "A2" : "B2", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"");
    dv("DELETE", "accounts(" + parent + ")");
    EXPECT_EQ(webhooks.size(), raises ? 1U : 0U);
  }
}

TEST_F(A14, RowThatRefersToItselfCanBeDeleted) {
  dataverse.state().switches.delete_restricts = true;
  const std::string id = account("A1");
  dv("PATCH", "accounts(" + id + ")", R"({"parentaccountid@odata.bind":"/accounts()" + id + ")\"}");
  EXPECT_EQ(dv("DELETE", "accounts(" + id + ")").status, 204);
}

TEST_F(A14, CreateSetsTheOwnerAndTheOwnersUnit) {
  const json row = dv_get("accounts(" + account("A1") + ")");
  const json me = dv_get("WhoAmI");
  EXPECT_EQ(row["_ownerid_value"], me["UserId"]);
  EXPECT_EQ(row["_owninguser_value"], me["UserId"]);
  EXPECT_EQ(row["_owningbusinessunit_value"], me["BusinessUnitId"]);
  EXPECT_TRUE(row["_owningteam_value"].is_null());
}

TEST_F(A14, RowMayBelongToATeam) {
  const std::string unit = dv_get("WhoAmI")["BusinessUnitId"].get<std::string>();
  const std::string team =
      dv_create("teams", R"({"name":"T","businessunitid@odata.bind":"/businessunits()" + unit + ")\"}");
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"ownerid@odata.bind":"/teams()" + team + ")\"") + ")";
  const json read = dv_get(row, {{"Prefer", "odata.include-annotations=\"*\""}});
  EXPECT_EQ(read["_ownerid_value"], team);
  EXPECT_EQ(read["_owningteam_value"], team);
  EXPECT_TRUE(read["_owninguser_value"].is_null());
  EXPECT_EQ(read["_owningbusinessunit_value"], unit);
  EXPECT_EQ(read["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "team");
}

TEST_F(A14, DeletedVersionsAreNotGivenOutAgain) {
  const std::string first = account("A1");
  const auto version = dv_get("accounts(" + first + ")")["versionnumber"].get<std::int64_t>();
  dv("DELETE", "accounts(" + first + ")");
  const std::string second = account("A1");
  EXPECT_GT(dv_get("accounts(" + second + ")")["versionnumber"].get<std::int64_t>(), version + 1);
}

TEST_F(A4, RowsOfACollectionAreCreatedTogetherWithTheirRow) {
  const std::string id = dv_create(
      "accounts", R"({"name":"Parent","account_parent_account":[{"name":"One"},{"name":"Two","account_parent_account":)"
                  R"([{"name":"Below"}]}]})");
  const json row =
      dv_get("accounts(" + id + ")?$select=name&$expand=account_parent_account($select=name;$orderby=name)");
  ASSERT_EQ(row["account_parent_account"].size(), 2U);
  EXPECT_EQ(row["account_parent_account"][0]["name"], "One");
  EXPECT_EQ(dv_get("accounts?$filter=parentaccountid/name eq 'Two'")["value"][0]["name"], "Below");
}

TEST_F(A4, ABadRowOfACollectionUndoesItsRow) {
  const http::Response answer =
      dv("POST", "accounts", R"({"name":"Parent","account_parent_account":[{"name":"One"},{"nonsense":1}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "0");
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"Parent","no_collection":[{"name":"One"}]})").status, 400);
  const std::string id = account("A1");
  EXPECT_EQ(dv("PATCH", "accounts(" + id + ")", R"({"account_parent_account":[{"name":"One"}]})").status, 400);
}

TEST_F(A4, TheCodeOfAnUnknownSetIsASwitch) {
  EXPECT_EQ(code_of(dv("GET", "nonsense")), "0x80060888");
  dataverse.state().switches.unknown_set_is_http_error = true;
  const http::Response answer = dv("GET", "nonsense");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(code_of(answer), "0x8006088a");
}

TEST_F(A14, ChildrenOfADeletedParentAreNotInTheDeltaWhereTheSwitchSaysSo) {
  dataverse.state().switches.remove_link_in_delta = false;
  const std::string parent = account("A1");
  const std::string child = account("A2", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"");
  const std::string etag(dv("GET", "accounts(" + child + ")").headers.get("ETag"));
  const json first = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes"}});
  dv("DELETE", "accounts(" + parent + ")");
  const json delta = dv_get(below_root(first["@odata.deltaLink"].get<std::string>()));
  ASSERT_EQ(delta["value"].size(), 1U) << delta;
  EXPECT_EQ(delta["value"][0]["id"], parent);
  const http::Response row = dv("GET", "accounts(" + child + ")");
  EXPECT_TRUE(json::parse(row.body)["_parentaccountid_value"].is_null());
  EXPECT_EQ(row.headers.get("ETag"), etag);
}

}  // namespace
}  // namespace dualwrite::sandbox
