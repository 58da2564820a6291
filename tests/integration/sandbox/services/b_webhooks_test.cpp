// Registration, the request that a webhook gets, and the headers that bypass it.
#include "services/steps.hpp"

namespace dualwrite::sandbox {
namespace {

using B1 = StepTest;
using B2 = StepTest;
using B3 = StepTest;
using A13 = StepTest;

// B1: registration.

TEST_F(B1, NameUrlContractAndCredentialsAreEnoughForAnEndpoint) {
  EXPECT_EQ(endpoint().size(), 36U);
}

TEST_F(B1, EndpointsCanBeListedByContract) {
  const std::string service = endpoint();
  const json list = dv_get("serviceendpoints?$filter=contract eq 8&$select=name,url");
  ASSERT_EQ(list["value"].size(), 1U);
  EXPECT_EQ(list["value"][0]["serviceendpointid"], service);
}

TEST_F(B1, AWebhookTakesTheThreeWebhookAuthTypesOnly) {
  const std::string begin_of = R"({"name":"x","url":"http://127.0.0.1:9999/hook","contract":8,"authtype":)";
  for (const int type : {4, 5, 6}) {
    EXPECT_EQ(dv("POST", "serviceendpoints", begin_of + std::to_string(type) + "}").status, 204) << type;
  }
  EXPECT_EQ(dv("POST", "serviceendpoints", begin_of + "2}").status, 400);
}

TEST_F(B1, TheUrlMustBeAbsolute) {
  EXPECT_EQ(dv("POST", "serviceendpoints", R"({"name":"x","url":"/hook","contract":8,"authtype":4})").status, 400);
}

TEST_F(B1, UrlsHaveAtMost2000CharactersAndAuthValues2048) {
  const std::string long_url = "http://127.0.0.1/" + std::string(2000, 'x');
  EXPECT_EQ(
      dv("POST", "serviceendpoints", R"({"name":"x","contract":8,"authtype":4,"url":")" + long_url + "\"}").status,
      400);
  EXPECT_EQ(dv("POST", "serviceendpoints",
               R"({"name":"x","contract":8,"authtype":4,"url":"http://127.0.0.1/","authvalue":")" +
                   std::string(2049, 'x') + "\"}")
                .status,
            400);
}

TEST_F(B1, AnyPortIsTakenByDefault) {
  EXPECT_EQ(
      dv("POST", "serviceendpoints", R"({"name":"x","url":"http://a.example:8080/","contract":8,"authtype":4})").status,
      204);
}

class B1RealPorts : public StepTest {
 protected:
  static SandboxSettings settings_with() {
    SandboxSettings settings;
    settings.dataverse.webhook_any_port = false;
    return settings;
  }
  B1RealPorts() : StepTest(settings_with()) {}
};

TEST_F(B1RealPorts, OnlyPorts80And443AreAllowed) {
  const auto status = [&](const std::string& url) {
    return dv("POST", "serviceendpoints", R"({"name":"x","contract":8,"authtype":4,"url":")" + url + "\"}").status;
  };
  EXPECT_EQ(status("https://a.example/hook"), 204);
  EXPECT_EQ(status("http://a.example/hook"), 204);
  EXPECT_EQ(status("https://a.example:8443/hook"), 400);
}

TEST_F(B1, AnAsynchronousStepStandsInStage40Only) {
  const std::string service = endpoint();
  for (const auto& [stage, status] : {std::pair(10, 400), std::pair(20, 400), std::pair(40, 204)}) {
    const std::string body = step_body("Update", service, R"("mode":1,"stage":)" + std::to_string(stage) + ",");
    EXPECT_EQ(dv("POST", "sdkmessageprocessingsteps", body).status, status) << stage;
  }
}

TEST_F(B1, ASynchronousStepStandsInStages10And20And40ButNotInTheMainOperation) {
  const std::string service = endpoint();
  for (const auto& [stage, status] : {std::pair(10, 204), std::pair(20, 204), std::pair(30, 400), std::pair(40, 204)}) {
    const std::string body = step_body("Update", service, R"("mode":0,"stage":)" + std::to_string(stage) + ",");
    EXPECT_EQ(dv("POST", "sdkmessageprocessingsteps", body).status, status) << stage;
  }
}

TEST_F(B1, AQueueCannotBeCalledSynchronously) {
  const std::string queue =
      dv_create("serviceendpoints", R"({"name":"queue","url":"sb://bus.example/","contract":2,"authtype":2})");
  EXPECT_EQ(dv("POST", "sdkmessageprocessingsteps", step_body("Update", queue, R"("mode":0,"stage":40,)")).status, 400);
}

TEST_F(B1, CreateHasNoPreImageAndDeleteNoPostImage) {
  const std::string create = sync_step("Create");
  const std::string removal = sync_step("Delete");
  EXPECT_EQ(try_image(create, R"("imagetype":0,"messagepropertyname":"id",)").status, 400);
  EXPECT_EQ(try_image(create, R"("imagetype":1,"messagepropertyname":"id",)").status, 204);
  EXPECT_EQ(try_image(removal, R"("imagetype":2,"messagepropertyname":"Target",)").status, 400);
  EXPECT_EQ(try_image(removal, R"("imagetype":0,"messagepropertyname":"Target",)").status, 204);
}

TEST_F(B1, AnImageNamesTheMessagesProperty) {
  const std::string update = sync_step("Update");
  EXPECT_EQ(try_image(update, R"("imagetype":0,"messagepropertyname":"id",)").status, 400);
  EXPECT_EQ(try_image(update, R"("imagetype":0,"messagepropertyname":"Target",)").status, 204);
}

TEST_F(B1, APostImageNeedsStage40) {
  EXPECT_EQ(try_image(sync_step("Update", 20), R"("imagetype":1,"messagepropertyname":"Target",)").status, 400);
}

TEST_F(B1, TheImagesOfAStepGoWithIt) {
  const std::string update = sync_step("Update");
  try_image(update, R"("imagetype":0,"messagepropertyname":"Target",)");
  EXPECT_EQ(dv_get("sdkmessageprocessingstepimages")["value"].size(), 1U);
  EXPECT_EQ(dv("DELETE", "sdkmessageprocessingsteps(" + update + ")").status, 204);
  EXPECT_EQ(dv_get("sdkmessageprocessingstepimages")["value"].size(), 0U);
}

TEST_F(B1, ADisabledSynchronousStepIsNotCalled) {
  const std::string id = sync_step("Create");
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"statecode":1,"statuscode":2})");
  EXPECT_EQ(begin("POST", "accounts", R"({"name":"x"})")->status(), 204);
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"statecode":0,"statuscode":1})");
  EXPECT_FALSE(begin("POST", "accounts", R"({"name":"x"})")->is_done());
}

TEST_F(B1, AStepCanBeChangedFromSynchronousToAsynchronous) {
  const std::string id = sync_step("Create");
  dv("PATCH", "sdkmessageprocessingsteps(" + id + ")", R"({"mode":1})");
  EXPECT_EQ(begin("POST", "accounts", R"({"name":"x"})")->status(), 204);
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(B1, FilteringAttributesHoldForSynchronousStepsToo) {
  const std::string row = "accounts(" + account("A1") + ")";
  sync_step("Update", 40, R"("filteringattributes":"name,telephone1",)");
  EXPECT_EQ(begin("PATCH", row, R"({"fax":"1"})")->status(), 204);
  EXPECT_FALSE(begin("PATCH", row, R"({"telephone1":"1"})")->is_done());
}

// B2: the request.

TEST_F(B2, HeadersOfASynchronousCall) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})");
  const http::Headers& headers = calls.at(0).post.headers;
  EXPECT_EQ(headers.get("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(headers.get("x-ms-dynamics-organization"), dataverse.state().host);
  EXPECT_EQ(headers.get("x-ms-dynamics-entity-name"), "account");
  EXPECT_EQ(headers.get("x-ms-dynamics-request-name"), "Create");
  EXPECT_EQ(headers.get("x-ms-correlation-request-id"), context_of(0)["CorrelationId"].get<std::string>());
  EXPECT_FALSE(headers.has("x-ms-dynamics-msg-size-exceeded"));
  EXPECT_EQ(headers.get("x-key"), "k");
}

TEST_F(B2, HttpQueryStringCredentialsGoIntoTheUrl) {
  const std::string service = endpoint(
      R"("authtype":6,"authvalue":"<settings><setting name=\"a\" value=\"1 2\" /><setting name=\"b\" value=\"3\" />)"
      R"(</settings>")");
  dv_create("sdkmessageprocessingsteps", step_body("Create", service, R"("mode":0,"stage":40,)"));
  begin("POST", "accounts", R"({"name":"x"})");
  EXPECT_EQ(calls.at(0).post.url, "http://127.0.0.1:9999/hook?a=1%202&b=3");
}

TEST_F(B2, HeadersThatAreNoSettingsAreInvalidHttpHeaders) {
  const std::string service = endpoint(R"("authtype":5,"authvalue":"secret")");
  dv_create("sdkmessageprocessingsteps", step_body("Create", service, R"("mode":0,"stage":40,)"));
  const auto create = begin("POST", "accounts", R"({"name":"x"})");
  ASSERT_EQ(create->status(), 400);
  EXPECT_EQ(code_of(*create->response), "0x80050203");
}

TEST_F(B2, QueryParametersThatAreNoSettingsAreInvalid) {
  const std::string service = endpoint(R"("authtype":6,"authvalue":"secret")");
  dv_create("sdkmessageprocessingsteps", step_body("Create", service, R"("mode":0,"stage":40,)"));
  const auto create = begin("POST", "accounts", R"({"name":"x"})");
  ASSERT_EQ(create->status(), 400);
  EXPECT_EQ(code_of(*create->response), "0x80050204");
}

TEST_F(B2, ALargeSynchronousCallLosesWhatMakesItLarge) {
  const std::string watched = async_step("Create");
  dv_create("sdkmessageprocessingsteps",
            step_body("Update", endpoint(), R"("mode":0,"stage":40,)", "sdkmessageprocessingstep"));
  begin("PATCH", "sdkmessageprocessingsteps(" + watched + ")",
        R"({"configuration":")" + std::string(300000, 'x') + "\"}");
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_TRUE(calls[0].post.headers.has("x-ms-dynamics-msg-size-exceeded"));
  const json context = context_of(0);
  for (const char* member : {"InputParameters", "PreEntityImages", "PostEntityImages"}) {
    EXPECT_TRUE(context[member].empty()) << member;
  }
  EXPECT_TRUE(context["ParentContext"].is_null());
  EXPECT_EQ(context["MessageName"], "Update");
  EXPECT_EQ(context["PrimaryEntityId"], watched);
}

// B3: the body.

TEST_F(B3, TheMembersStandInAlphabeticOrderAndAllAreThere) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})");
  const auto context = nlohmann::ordered_json::parse(calls.at(0).post.body);
  std::vector<std::string> names;
  for (const auto& member : context.items()) names.push_back(member.key());
  const std::vector<std::string> expected{"BusinessUnitId",
                                          "CorrelationId",
                                          "Depth",
                                          "InitiatingUserAgent",
                                          "InitiatingUserAzureActiveDirectoryObjectId",
                                          "InitiatingUserId",
                                          "InputParameters",
                                          "IsExecutingOffline",
                                          "IsInTransaction",
                                          "IsOfflinePlayback",
                                          "IsolationMode",
                                          "MessageName",
                                          "Mode",
                                          "OperationCreatedOn",
                                          "OperationId",
                                          "OrganizationId",
                                          "OrganizationName",
                                          "OutputParameters",
                                          "OwningExtension",
                                          "ParentContext",
                                          "PostEntityImages",
                                          "PreEntityImages",
                                          "PrimaryEntityId",
                                          "PrimaryEntityName",
                                          "RequestId",
                                          "SecondaryEntityName",
                                          "SharedVariables",
                                          "Stage",
                                          "UserAzureActiveDirectoryObjectId",
                                          "UserId"};
  EXPECT_EQ(names, expected);
}

TEST_F(B3, ASynchronousContextSaysSo) {
  const std::string id = sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})");
  const json context = context_of(0);
  EXPECT_EQ(context["Mode"], 0);
  EXPECT_EQ(context["IsInTransaction"], true);
  EXPECT_EQ(context["OwningExtension"]["Id"], id);
  EXPECT_EQ(context["OwningExtension"]["Name"], "step");
  EXPECT_EQ(context["RequestId"], context["OperationId"]);
  EXPECT_EQ(context["OperationCreatedOn"], "/Date(1772600767890)/");
  EXPECT_TRUE(context["PostEntityImages"].empty());
}

TEST_F(B3, AnAsynchronousContextSaysSo) {
  async_step("Create");
  account("A1");
  const json context = json::parse(webhooks.at(0).body);
  EXPECT_EQ(context["Mode"], 1);
  EXPECT_EQ(context["IsInTransaction"], false);
  EXPECT_TRUE(context["OwningExtension"]["Name"].is_null());
  EXPECT_NE(context["RequestId"], context["OperationId"]);
  EXPECT_EQ(context["OperationCreatedOn"], "/Date(1772600767000+0000)/");
  EXPECT_FALSE(value_of(context["PostEntityImages"], "AsynchronousStepPrimaryName").is_null());
}

TEST_F(B3, SlashesAreEscapedByTheAsynchronousSerializerOnly) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"a/b"})");
  EXPECT_EQ(calls.at(0).post.body.find("\\/"), std::string::npos);
  answer(0);
  async_step("Update");
  dv("PATCH", "accounts(" + context_of(0)["PrimaryEntityId"].get<std::string>() + ")", R"({"name":"a/b"})");
  EXPECT_NE(webhooks.at(0).body.find(R"(a\/b)"), std::string::npos);
}

TEST_F(B3, DepthIsOneForEveryExternalWrite) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})",
        {{"x-ms-correlation-request-id", "11111111-2222-3333-4444-555555555555"}});
  EXPECT_EQ(context_of(0)["Depth"], 1);
}

TEST_F(B3, AllStepsOfARequestShareItsCorrelation) {
  const std::string row = "accounts(" + account("A1") + ")";
  sync_step("Update");
  async_step("Update");
  begin("PATCH", row, R"({"name":"x"})");
  answer(0);
  EXPECT_EQ(json::parse(webhooks.at(0).body)["CorrelationId"], context_of(0)["CorrelationId"]);
  begin("PATCH", row, R"({"name":"y"})");
  EXPECT_NE(context_of(1)["CorrelationId"], context_of(0)["CorrelationId"]);
}

TEST_F(B3, TheInitiatingUserIsTheCaller) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})");
  EXPECT_EQ(context_of(0)["InitiatingUserId"], dv_get("WhoAmI")["UserId"]);
  EXPECT_EQ(context_of(0)["UserId"], dv_get("WhoAmI")["UserId"]);
}

TEST_F(B3, AStepMayRunAsAnotherUser) {
  const std::string editor = dv_get("systemusers?$filter=fullname eq '# editor'")["value"][0]["systemuserid"];
  sync_step("Create", 40, R"("impersonatinguserid@odata.bind":"/systemusers()" + editor + ")\",");
  begin("POST", "accounts", R"({"name":"x"})");
  EXPECT_EQ(context_of(0)["UserId"], editor);
  EXPECT_EQ(context_of(0)["InitiatingUserId"], dv_get("WhoAmI")["UserId"]);
}

TEST_F(B3, ATagIsASharedVariable) {
  sync_step("Create");
  begin("POST", "accounts?tag=engine:1", R"({"name":"x"})");
  EXPECT_EQ(value_of(context_of(0)["SharedVariables"], "tag"), "engine:1");
  EXPECT_EQ(value_of(context_of(0)["ParentContext"]["SharedVariables"], "tag"), "engine:1");
}

TEST_F(B3, TheParentIsTheMainOperation) {
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})");
  const json parent = context_of(0)["ParentContext"];
  EXPECT_EQ(parent["Stage"], 30);
  EXPECT_TRUE(parent["ParentContext"].is_null());
  EXPECT_EQ(parent["OwningExtension"]["Name"], "ObjectModel Implementation");
}

TEST_F(B3, BeforeTheMainOperationTheTargetHasWhatTheClientSentOnly) {
  const std::string row = "accounts(" + account("A1") + ")";
  sync_step("Update", 20);
  begin("PATCH", row, R"({"name":"x"})");
  const json target = target_of(context_of(0));
  EXPECT_EQ(value_of(target["Attributes"], "name"), "x");
  EXPECT_TRUE(value_of(target["Attributes"], "modifiedon").is_null());
  EXPECT_TRUE(target["RowVersion"].is_null());
}

TEST_F(B3, AfterItTheTargetHasWhatThePlatformSetToo) {
  const std::string row = "accounts(" + account("A1") + ")";
  sync_step("Update", 40);
  begin("PATCH", row, R"({"name":"x"})");
  const json target = target_of(context_of(0));
  EXPECT_EQ(value_of(target["Attributes"], "modifiedon"), "/Date(1772600767000)/");
  EXPECT_EQ(value_of(target["Attributes"], "accountnumber"), json());
  EXPECT_TRUE(target["RowVersion"].is_string());
}

TEST_F(B3, ImagesHoldTheirAttributesBeforeAndAfter) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string id = sync_step("Update");
  try_image(id, R"("imagetype":2,"messagepropertyname":"Target","attributes":"name",)");
  begin("PATCH", row, R"({"name":"new"})");
  const json context = context_of(0);
  const json before = value_of(context["PreEntityImages"], "image");
  const json after = value_of(context["PostEntityImages"], "image");
  EXPECT_EQ(value_of(before["Attributes"], "name"), "Name of A1");
  EXPECT_EQ(value_of(after["Attributes"], "name"), "new");
  EXPECT_TRUE(value_of(after["Attributes"], "accountnumber").is_null());
  EXPECT_FALSE(before.contains("__type"));
}

TEST_F(B3, ASynchronousDeleteHasAReferenceAndThePreImage) {
  const std::string key = account("A1");
  const std::string id = sync_step("Delete");
  try_image(id, R"("imagetype":0,"messagepropertyname":"Target",)");
  const auto removal = begin("DELETE", "accounts(" + key + ")");
  EXPECT_EQ(calls.at(0).post.body.find(
                R"("InputParameters":[{"key":"Target","value":{"__type":"EntityReference:http://schemas.microsoft.com/)"
                R"(xrm/2011/Contracts","Id":")" +
                key + R"(","KeyAttributes":[],"LogicalName":"account","Name":null,"RowVersion":null}}])") !=
                std::string::npos,
            true)
      << calls.at(0).post.body;
  EXPECT_EQ(value_of(value_of(context_of(0)["PreEntityImages"], "image")["Attributes"], "accountnumber"), "A1");
  answer(0);
  EXPECT_EQ(removal->status(), 204);
}

TEST_F(B3, CreateNamesItsIdInTheOutputOfStage40Only) {
  sync_step("Create", 20);
  sync_step("Create", 40);
  begin("POST", "accounts", R"({"name":"x"})");
  answer(0);
  EXPECT_TRUE(context_of(0)["OutputParameters"].empty());
  EXPECT_EQ(value_of(context_of(1)["OutputParameters"], "id"), context_of(1)["PrimaryEntityId"]);
}

// A13: bypass.

TEST_F(A13, CustomSyncSkipsSynchronousStepsOnly) {
  sync_step("Create");
  async_step("Create");
  EXPECT_EQ(
      begin("POST", "accounts", R"({"name":"x"})", {{"MSCRM.BypassBusinessLogicExecution", "CustomSync"}})->status(),
      204);
  EXPECT_TRUE(calls.empty());
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(A13, CustomAsyncSkipsAsynchronousStepsOnly) {
  sync_step("Create");
  async_step("Create");
  begin("POST", "accounts", R"({"name":"x"})", {{"MSCRM.BypassBusinessLogicExecution", "CustomAsync"}});
  ASSERT_EQ(calls.size(), 1U);
  answer(0);
  EXPECT_TRUE(webhooks.empty());
}

TEST_F(A13, BothCanBeSkippedAtOnce) {
  sync_step("Create");
  async_step("Create");
  begin("POST", "accounts", R"({"name":"x"})", {{"MSCRM.BypassBusinessLogicExecution", "CustomSync,CustomAsync"}});
  EXPECT_TRUE(calls.empty());
  EXPECT_TRUE(webhooks.empty());
}

TEST_F(A13, BypassCustomPluginExecutionSkipsSynchronousStepsOnly) {
  sync_step("Create");
  async_step("Create");
  begin("POST", "accounts", R"({"name":"x"})", {{"MSCRM.BypassCustomPluginExecution", "true"}});
  EXPECT_TRUE(calls.empty());
  EXPECT_EQ(webhooks.size(), 1U);
}

TEST_F(A13, NamedStepsAreSkippedAndNoOthers) {
  const std::string ours = sync_step("Create");
  sync_step("Create");
  begin("POST", "accounts", R"({"name":"x"})", {{"MSCRM.BypassBusinessLogicExecutionStepIds", ours}});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_NE(context_of(0)["OwningExtension"]["Id"], ours);
}

TEST_F(A13, AtMostThreeStepsCanBeNamed) {
  const std::string ours = sync_step("Create");
  const auto create =
      begin("POST", "accounts", R"({"name":"x"})",
            {{"MSCRM.BypassBusinessLogicExecutionStepIds", ours + "," + ours + "," + ours + "," + ours}});
  EXPECT_EQ(create->status(), 400);
}

TEST_F(A13, AStepThatCannotBeBypassedIsCalled) {
  const std::string ours = sync_step("Create", 40, R"("canbebypassed":false,)");
  begin("POST", "accounts", R"({"name":"x"})",
        {{"MSCRM.BypassBusinessLogicExecution", "CustomSync"}, {"MSCRM.BypassBusinessLogicExecutionStepIds", ours}});
  EXPECT_EQ(calls.size(), 1U);
}

TEST_F(A13, EachPartOfABatchHasItsOwnBypass) {
  async_step("Create");
  auto silent = part("POST", "accounts", R"({"name":"silent"})", 0, "1");
  silent.headers.emplace_back("MSCRM.BypassBusinessLogicExecution", "CustomAsync");
  dv_batch({silent, part("POST", "accounts", R"({"name":"loud"})", 0, "2")});
  ASSERT_EQ(webhooks.size(), 1U);
  EXPECT_EQ(value_of(target_of(json::parse(webhooks[0].body))["Attributes"], "name"), "loud");
}

TEST_F(B3, TheVersionInTheTargetIsASwitch) {
  dataverse.state().switches.webhook_row_version = false;
  const std::string id = account("A1");
  sync_step("Update");
  const auto update = begin("PATCH", "accounts(" + id + ")", R"({"name":"new"})");
  EXPECT_TRUE(target_of(context_of(0))["RowVersion"].is_null());
  answer(0);
  EXPECT_EQ(update->status(), 204);
}

}  // namespace
}  // namespace dualwrite::sandbox
