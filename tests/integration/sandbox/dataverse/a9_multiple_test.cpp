#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string type = R"("@odata.type":"Microsoft.Dynamics.CRM.account")";
constexpr const char* some_id = "11111111-2222-3333-4444-555555555555";

TEST_F(A9, CreateMultipleAnswersTheIdsInOrder) {
  const http::Response response =
      call("CreateMultiple", "{" + type + R"(,"name":"a"},{)" + type + R"(,"name":"b"},{)" + type + R"(,"name":"c"})");
  EXPECT_EQ(response.status, 200);
  const json body = json::parse(response.body);
  EXPECT_EQ(body["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse");
  ASSERT_EQ(body["Ids"].size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(dv_get("accounts(" + body["Ids"][i].get<std::string>() + ")")["name"], std::string(1, "abc"[i]));
  }
}

TEST_F(A9, OneBadRowUndoesAll) {
  for (const std::string bad : {R"("nonsense":1)", R"("accountcategorycode":99)"}) {
    EXPECT_EQ(call("CreateMultiple", "{" + type + R"(,"name":"a"},{)" + type + "," + bad + "}").status, 400);
    EXPECT_EQ(count(), "0");
  }
  const std::string row = "accounts(" + account("A1") + ")";
  const json before = dv_get(row);
  EXPECT_EQ(call("UpdateMultiple", "{" + type + R"(,"accountid":")" + before["accountid"].get<std::string>() +
                                       R"(","name":"b"},{)" + type + R"(,"accountid":")" + some_id + "\"}")
                .status,
            404);
  EXPECT_EQ(dv_get(row), before);
}

TEST_F(A9, DuplicateKeyInCreateMultipleIs412) {
  dv_create("accounts", std::string(R"({"accountid":")") + some_id + "\"}");
  const http::Response response =
      call("CreateMultiple", "{" + type + R"(,"name":"a"},{)" + type + R"(,"accountid":")" + some_id + "\"}");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80040237");
  EXPECT_EQ(count(), "1");
}

TEST_F(A9, EachTargetNeedsItsType) {
  for (const std::string target : {R"({"name":"a"})", R"({"@odata.type":"Microsoft.Dynamics.CRM.team","name":"a"})"}) {
    EXPECT_EQ(call("CreateMultiple", target).status, 400) << target;
  }
  EXPECT_EQ(call("CreateMultiple", R"({"@odata.type":"#Microsoft.Dynamics.CRM.account","name":"a"})").status, 200);
}

TEST_F(A9, TargetsMustBeThere) {
  EXPECT_EQ(call("CreateMultiple", "").status, 400);
  EXPECT_EQ(dv("POST", actions + std::string("CreateMultiple"), "{}").status, 400);
  EXPECT_EQ(dv("GET", actions + std::string("CreateMultiple")).status, 405);
  EXPECT_EQ(call("NonsenseMultiple", "{" + type + "}").status, 404);
}

TEST_F(A9, UpdateMultipleByPrimaryKeyIs204) {
  const std::string a = account("A1");
  const std::string b = account("A2");
  const http::Response response = call("UpdateMultiple", "{" + type + R"(,"accountid":")" + a + R"(","name":"x"},{)" +
                                                             type + R"(,"accountid":")" + b + R"(","name":"y"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_TRUE(response.body.empty());
  EXPECT_EQ(dv_get("accounts(" + a + ")")["name"], "x");
  EXPECT_EQ(dv_get("accounts(" + b + ")")["name"], "y");
}

TEST_F(A9, UpdateMultipleByAlternateKey) {
  const std::string id = account("A1");
  EXPECT_EQ(call("UpdateMultiple", "{" + type + "," + key("A1") + R"(,"name":"x"})").status, 204);
  EXPECT_EQ(dv_get("accounts(" + id + ")")["name"], "x");
  EXPECT_EQ(call("UpdateMultiple", "{" + type + "," + key("A9") + R"(,"name":"x"})").status, 404);
}

TEST_F(A9, UpdateMultipleNamesTheMissingRow) {
  const http::Response response =
      call("UpdateMultiple", "{" + type + R"(,"accountid":")" + some_id + R"(","name":"x"})");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80040217");
  EXPECT_EQ(message_of(response), std::string("account With Ids = ") + some_id + " Do Not Exist");
}

TEST_F(A9, UpdateMultipleWithoutAKeyIs400) {
  EXPECT_EQ(call("UpdateMultiple", "{" + type + R"(,"name":"x"})").status, 400);
}

TEST_F(A9, UpsertMultipleCreatesAndUpdates) {
  const std::string id = account("A1");
  const http::Response response = call("UpsertMultiple", "{" + type + "," + key("A1") + R"(,"name":"x"},{)" + type +
                                                             "," + key("A2") + R"(,"name":"y"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(dv_get("accounts(" + id + ")")["name"], "x");
  const json created = dv_get("accounts?$filter=accountnumber eq 'A2'&$expand=msdyn_company($select=cdm_companycode)");
  ASSERT_EQ(created["value"].size(), 1U);
  EXPECT_EQ(created["value"][0]["msdyn_company"]["cdm_companycode"], "usmf");
}

TEST_F(A9, KeyInAddressAndBodyBreaksTheCreatePath) {
  const http::Response response =
      call("UpsertMultiple", "{" + type + "," + key("A1") + R"(,"accountnumber":"A1","name":"x"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80040216");
  EXPECT_EQ(count(), "0");
  const std::string id = account("A1");
  EXPECT_EQ(call("UpsertMultiple", "{" + type + "," + key("A1") + R"(,"accountnumber":"A1","name":"x"})").status, 204);
  EXPECT_EQ(dv_get("accounts(" + id + ")")["name"], "x");
}

TEST_F(A9, KeyInAddressAndBodyIsTakenWhereTheSwitchSaysSo) {
  dataverse.state().switches.upsert_multiple_refuses_key_in_body = false;
  EXPECT_EQ(call("UpsertMultiple", "{" + type + "," + key("A1") + R"(,"accountnumber":"A1","name":"x"})").status, 204);
  EXPECT_EQ(count(), "1");
}

TEST_F(A9, DeleteMultipleIsForElasticTablesOnly) {
  const std::string id = account("A1");
  const std::string target = "{" + type + R"(,"accountid":")" + id + "\"}";
  const http::Response response = call("DeleteMultiple", target);
  EXPECT_EQ(response.status, 501);
  EXPECT_EQ(message_of(response), "DeleteMultiple has not yet been implemented.");
  EXPECT_EQ(count(), "1");
  dataverse.state().switches.delete_multiple = true;
  EXPECT_EQ(call("DeleteMultiple", target).status, 204);
  EXPECT_EQ(count(), "0");
}

TEST_F(A9, DeleteMultipleIsAllOrNothing) {
  dataverse.state().switches.delete_multiple = true;
  const std::string id = account("A1");
  EXPECT_EQ(call("DeleteMultiple",
                 "{" + type + R"(,"accountid":")" + id + "\"},{" + type + R"(,"accountid":")" + some_id + "\"}")
                .status,
            404);
  EXPECT_EQ(count(), "1");
}

TEST_F(A9, AvailabilityStandsInTheMessageFilters) {
  for (const std::string message : {"CreateMultiple", "UpdateMultiple", "UpsertMultiple"}) {
    EXPECT_EQ(dv_get("sdkmessagefilters?$filter=sdkmessageid/name eq '" + message +
                     "' and primaryobjecttypecode eq 'account'")["value"]
                  .size(),
              1U)
        << message;
  }
  EXPECT_EQ(dv_get("sdkmessagefilters?$filter=sdkmessageid/name eq 'DeleteMultiple'")["value"].size(), 0U);
}

TEST_F(A9, OneCallMayCarryAThousandRows) {
  std::string targets;
  for (int i = 0; i < 1000; ++i) targets += (i == 0 ? "{" : ",{") + type + "}";
  EXPECT_EQ(json::parse(call("CreateMultiple", targets).body)["Ids"].size(), 1000U);
  EXPECT_EQ(count(), "1000");
}

TEST_F(A9, CallsMayStandInAChangeSet) {
  const std::string body = "{\"Targets\":[{" + type + R"(,"name":"a"}]})";
  const std::string url = actions + std::string("CreateMultiple");
  EXPECT_EQ(dv_batch({part("POST", url, body, 0, "1"), part("POST", "accounts", R"({"nonsense":1})", 0, "2")}).status,
            400);
  EXPECT_EQ(count(), "0");
  EXPECT_EQ(dv_batch({part("POST", url, body, 0, "1"), part("POST", "accounts", "{}", 0, "2")}).status, 200);
  EXPECT_EQ(count(), "2");
}

TEST_F(A9, EachRowRaisesTheEventOfASingleWrite) {
  const std::string endpoint = dv_create(
      "serviceendpoints", R"({"name":"x","url":"http://127.0.0.1/hook","contract":8,"authtype":4,"authvalue":"x"})");
  const auto id_of = [&](const std::string& set, const std::string& filter, const std::string& column) {
    return dv_get(set + "?$filter=" + filter)["value"][0][column].get<std::string>();
  };
  const std::string message = id_of("sdkmessages", "name eq 'Create'", "sdkmessageid");
  const std::string filter =
      id_of("sdkmessagefilters", "primaryobjecttypecode eq 'account' and sdkmessageid/sdkmessageid eq " + message,
            "sdkmessagefilterid");
  const auto bound = [](const std::string& navigation, const std::string& set, const std::string& id) {
    return ",\"" + navigation + "@odata.bind\":\"/" + set + "(" + id + ")\"";
  };
  dv_create("sdkmessageprocessingsteps", R"({"name":"s","stage":40,"mode":1,"rank":1)" +
                                             bound("sdkmessageid", "sdkmessages", message) +
                                             bound("sdkmessagefilterid", "sdkmessagefilters", filter) +
                                             bound("eventhandler_serviceendpoint", "serviceendpoints", endpoint) + "}");
  const http::Response response =
      dv("POST", actions + std::string("CreateMultiple?tag=mine"), "{\"Targets\":[{" + type + "},{" + type + "}]}");
  EXPECT_EQ(response.status, 200) << response.body;
  ASSERT_EQ(webhooks.size(), 2U);
  for (const Post& post : webhooks) {
    EXPECT_EQ(post.subject, "account/Create");
    EXPECT_NE(post.body.find(R"("key":"tag","value":"mine")"), std::string::npos);
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
