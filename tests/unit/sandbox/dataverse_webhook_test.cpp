#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class SandboxDataverseB : public SandboxTest {
 protected:
  std::string endpoint(
      const std::string& more =
          R"("authtype":5,"authvalue":"<settings><setting name=\"x-key\" value=\"s3&amp;cret\" /></settings>")") {
    return dv_create("serviceendpoints",
                     R"({"name":"sync","url":"http://127.0.0.1:9999/hook","contract":8,)" + more + "}");
  }
  std::string step_body(const std::string& message, const std::string& service, const std::string& more) {
    const std::string message_id =
        dv_get("sdkmessages?$select=sdkmessageid&$filter=name eq '" + message + "'")["value"][0]["sdkmessageid"]
            .get<std::string>();
    const std::string filter_id = dv_get(
                                      "sdkmessagefilters?$select=sdkmessagefilterid&$filter=primaryobjecttypecode eq "
                                      "'account' and sdkmessageid/sdkmessageid eq " +
                                      message_id)["value"][0]["sdkmessagefilterid"]
                                      .get<std::string>();
    return R"({"name":"step","stage":40,"rank":1,"supporteddeployment":0,"asyncautodelete":true,)" + more +
           R"("sdkmessageid@odata.bind":"/sdkmessages()" + message_id +
           R"x()","sdkmessagefilterid@odata.bind":"/sdkmessagefilters()x" + filter_id +
           R"x()","eventhandler_serviceendpoint@odata.bind":"/serviceendpoints()x" + service + ")\"}";
  }
  std::string step(const std::string& message, const std::string& more = R"("mode":1,)") {
    return dv_create("sdkmessageprocessingsteps", step_body(message, endpoint(), more));
  }
  static json value_of(const json& list, const std::string& key) {
    for (const json& entry : list) {
      if (entry["key"] == key) return entry["value"];
    }
    return {};
  }
};

TEST_F(SandboxDataverseB, CreateCallsTheWebhookWithTheDocumentedHeaders) {
  step("Create");
  account("A1");
  ASSERT_EQ(webhooks.size(), 1U);
  const Post& post = webhooks[0];
  EXPECT_EQ(post.url, "http://127.0.0.1:9999/hook");
  EXPECT_EQ(post.headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(post.headers.get("x-ms-dynamics-entity-name"), "account");
  EXPECT_EQ(post.headers.get("x-ms-dynamics-request-name"), "Create");
  EXPECT_TRUE(guid_bytes(post.headers.get("x-ms-correlation-request-id")));
  EXPECT_EQ(post.headers.get("x-key"), "s3&cret");
}

TEST_F(SandboxDataverseB, CreateTargetHasEveryColumn) {
  step("Create");
  const std::string id = account("A1");
  const json body = json::parse(webhooks.at(0).body);
  EXPECT_EQ(body["MessageName"], "Create");
  EXPECT_EQ(body["Mode"], 1);
  EXPECT_EQ(body["Stage"], 40);
  EXPECT_EQ(body["PrimaryEntityId"], id);
  EXPECT_EQ(value_of(body["OutputParameters"], "id"), id);
  const json target = value_of(body["InputParameters"], "Target");
  EXPECT_EQ(target["__type"], "Entity:http://schemas.microsoft.com/xrm/2011/Contracts");
  EXPECT_EQ(target["LogicalName"], "account");
  EXPECT_EQ(value_of(target["Attributes"], "accountnumber"), "A1");
  EXPECT_EQ(value_of(target["Attributes"], "statecode")["Value"], 0);
  EXPECT_EQ(value_of(target["Attributes"], "msdyn_company")["LogicalName"], "cdm_company");
  EXPECT_EQ(value_of(target["Attributes"], "createdon"), "/Date(1772600767000)/");
}

TEST_F(SandboxDataverseB, UpdateTargetHasTheChangedColumnsOnly) {
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"telephone1":"1")") + ")";
  step("Update");
  dv("PATCH", row + "?tag=engine:42", R"({"name":"B","telephone1":null,"creditlimit":12.5})");
  const json body = json::parse(webhooks.at(0).body);
  const json attributes = value_of(body["InputParameters"], "Target")["Attributes"];
  EXPECT_EQ(value_of(attributes, "name"), "B");
  EXPECT_TRUE(value_of(attributes, "telephone1").is_null());
  EXPECT_EQ(value_of(attributes, "creditlimit")["Value"], 12.5);
  EXPECT_EQ(value_of(attributes, "accountid"), body["PrimaryEntityId"]);
  EXPECT_TRUE(value_of(attributes, "accountnumber").is_null());
  EXPECT_EQ(value_of(body["SharedVariables"], "tag"), "engine:42");
}

TEST_F(SandboxDataverseB, FilteringAttributesDecideWhetherAnUpdateCalls) {
  const std::string row = "accounts(" + account("A1") + ")";
  step("Update", R"("mode":1,"filteringattributes":"name,telephone1",)");
  dv("PATCH", row, R"({"fax":"1"})");
  EXPECT_TRUE(webhooks.empty());
  dv("PATCH", row, R"({"name":"Name of A1"})");
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(SandboxDataverseB, DeleteTargetIsAReferenceAndThePreImageHasTheKey) {
  const std::string id = account("A1");
  const std::string step_id = step("Delete");
  dv_create("sdkmessageprocessingstepimages",
            R"({"name":"pre","entityalias":"pre","imagetype":0,"messagepropertyname":"Target","attributes":)"
            R"("accountnumber,msdyn_company",)"
            R"("sdkmessageprocessingstepid@odata.bind":"/sdkmessageprocessingsteps()" +
                step_id + ")\"}");
  dv("DELETE", "accounts(" + id + ")");
  const json body = json::parse(webhooks.at(0).body);
  EXPECT_EQ(value_of(body["InputParameters"], "Target")["__type"],
            "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts");
  const json image = value_of(body["PreEntityImages"], "pre");
  EXPECT_EQ(value_of(image["Attributes"], "accountnumber"), "A1");
  EXPECT_TRUE(value_of(image["Attributes"], "name").is_null());
  EXPECT_FALSE(image.contains("__type"));
}

TEST_F(SandboxDataverseB, SlashesAreEscapedAsTheSerializerDoes) {
  step("Create");
  account("A1");
  EXPECT_NE(webhooks.at(0).body.find(R"(http:\/\/schemas.microsoft.com)"), std::string::npos);
  EXPECT_NE(webhooks.at(0).body.find(R"(\/Date(1772600767000+0000)\/)"), std::string::npos);
}

TEST_F(SandboxDataverseB, WebhookKeyGoesIntoTheQuery) {
  const std::string service = endpoint(R"("authtype":4,"authvalue":"a b")");
  dv_create("sdkmessageprocessingsteps", step_body("Create", service, R"("mode":1,)"));
  account("A1");
  EXPECT_EQ(webhooks.at(0).url, "http://127.0.0.1:9999/hook?code=a%20b");
}

TEST_F(SandboxDataverseB, AuthValueIsWriteOnly) {
  const std::string service = endpoint();
  EXPECT_FALSE(dv_get("serviceendpoints(" + service + ")").contains("authvalue"));
  EXPECT_EQ(dv("GET", "serviceendpoints?$select=authvalue").status, 400);
}

TEST_F(SandboxDataverseB, DisabledAndDeletedStepsDoNotCall) {
  const std::string id = step("Create");
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"statecode":1,"statuscode":2})");
  account("A1");
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"statecode":0,"statuscode":1})");
  account("A2");
  dv("DELETE", "sdkmessageprocessingsteps(" + id + ")");
  account("A3");
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(SandboxDataverseB, EndpointWithStepsCannotBeDeleted) {
  const std::string service = endpoint();
  const std::string id = dv_create("sdkmessageprocessingsteps", step_body("Create", service, R"("mode":1,)"));
  EXPECT_EQ(dv("DELETE", "serviceendpoints(" + service + ")").status, 405);
  dv("DELETE", "sdkmessageprocessingsteps(" + id + ")");
  EXPECT_EQ(dv("DELETE", "serviceendpoints(" + service + ")").status, 204);
}

TEST_F(SandboxDataverseB, RolledBackWritesCallNobody) {
  step("Create");
  dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "accounts", R"({"nonsense":1})", 0, "2")});
  EXPECT_TRUE(webhooks.empty());
}

TEST_F(SandboxDataverseB, BodyAbove256KilobytesLosesItsParameters) {
  // The only column long enough is a step's own configuration, so a step on steps is what shows it.
  const std::string id = step("Create");
  const std::string message =
      dv_get("sdkmessages?$filter=name eq 'Update'")["value"][0]["sdkmessageid"].get<std::string>();
  const std::string filter = dv_get(
                                 "sdkmessagefilters?$filter=primaryobjecttypecode eq 'sdkmessageprocessingstep' and "
                                 "sdkmessageid/sdkmessageid eq " +
                                 message)["value"][0]["sdkmessagefilterid"]
                                 .get<std::string>();
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")",
     R"({"sdkmessageid@odata.bind":"/sdkmessages()" + message +
         R"x()","sdkmessagefilterid@odata.bind":"/sdkmessagefilters()x" + filter + ")\"}");
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"configuration":")" + std::string(300000, 'x') + "\"}");
  ASSERT_EQ(webhooks.size(), 1U);
  EXPECT_TRUE(webhooks[0].headers.has("x-ms-dynamics-msg-size-exceeded"));
  const json body = json::parse(webhooks[0].body);
  EXPECT_TRUE(body["InputParameters"].empty());
  EXPECT_EQ(body["PrimaryEntityId"], id);
}

TEST_F(SandboxDataverseB, RequiredColumnsOfARegistrationAreEnforced) {
  const http::Response response = dv("POST", "serviceendpoints", R"({"url":"http://127.0.0.1:9999/hook"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(message_of(response).find("'name'"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::sandbox
