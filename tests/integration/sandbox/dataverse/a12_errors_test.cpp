// Errors, and users who act for others.
#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr const char* some_id = "11111111-2222-3333-4444-555555555555";
const std::string some_row = std::string("accounts(") + some_id + ")";

TEST_F(A12, BodyHasACodeAndAMessageAndNothingElse) {
  const http::Response response = dv("GET", some_row);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, std::string(R"({"error":{"code":"0x80040217","message":"Entity 'account' With Id = )") +
                               some_id + " Does Not Exist\"}}");
}

TEST_F(A12, DetailsComeWithAllAnnotations) {
  const http::Response response = dv("GET", some_row, {}, {{"Prefer", "odata.include-annotations=\"*\""}});
  const json error = json::parse(response.body)["error"];
  EXPECT_EQ(error["code"], "0x80040217");
  EXPECT_EQ(error["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"], "0");
  EXPECT_EQ(error["@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"], "0");
  EXPECT_EQ(
      error["@Microsoft.PowerApps.CDS.HelpLink"],
      "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a80040217&client=platform");
  EXPECT_EQ(error["@Microsoft.PowerApps.CDS.TraceText"], "");
  EXPECT_EQ(error["@Microsoft.PowerApps.CDS.InnerError.Message"], error["message"]);
}

TEST_F(A12, DetailsDoNotComeWithFormattedValuesAlone) {
  const http::Response response =
      dv("GET", some_row, {}, {{"Prefer", "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\""}});
  EXPECT_EQ(json::parse(response.body)["error"].size(), 2U) << response.body;
}

TEST_F(A12, MethodThatAResourceDoesNotHaveIs405) {
  EXPECT_EQ(dv("DELETE", "accounts").status, 405);
  EXPECT_EQ(dv("PATCH", "accounts", "{}").status, 405);
  EXPECT_EQ(dv("POST", "accounts(" + account("A1") + ")", "{}").status, 405);
}

TEST_F(A12, KeyOfAnotherTableIsAsMissingAsAnyOther) {
  const std::string company = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  EXPECT_EQ(code_of(dv("GET", "accounts(" + company + ")")), "0x80040217");
}

TEST_F(A12, UnknownAttributeInABodyIs80041103) {
  const http::Response response = dv("POST", "accounts", R"({"nonsense":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80041103");
}

TEST_F(A12, BrokenAddressIs400) {
  EXPECT_EQ(dv("GET", "accounts(%zz)").status, 400);
  EXPECT_EQ(dv("GET", "accounts(" + std::string(some_id)).status, 400);
}

TEST_F(A13, ImpersonatedUserIsWhoDidIt) {
  const std::string me = dv_get("WhoAmI")["UserId"].get<std::string>();
  const json users = dv_get("systemusers?$filter=systemuserid ne " + me);
  ASSERT_EQ(users["value"].size(), 1U);
  const std::string other = users["value"][0]["systemuserid"].get<std::string>();
  for (const char* header : {"MSCRMCallerID", "CallerObjectId"}) {
    const http::Response response =
        dv("POST", "accounts", R"({"name":"A"})", {{header, other}, {"Prefer", "return=representation"}});
    const json row = json::parse(response.body);
    EXPECT_EQ(row["_createdby_value"], other) << header;
    EXPECT_EQ(row["_modifiedby_value"], other) << header;
    EXPECT_EQ(row["_ownerid_value"], other) << header;
    EXPECT_EQ(row["_createdonbehalfby_value"], me) << header;
    EXPECT_EQ(row["_modifiedonbehalfby_value"], me) << header;
    EXPECT_EQ(dv_get("WhoAmI", {{header, other}})["UserId"], other) << header;
  }
}

TEST_F(A13, NextWriteInOnesOwnNameClearsOnBehalfOf) {
  const std::string me = dv_get("WhoAmI")["UserId"].get<std::string>();
  const std::string other =
      dv_get("systemusers?$filter=systemuserid ne " + me)["value"][0]["systemuserid"].get<std::string>();
  const std::string row = "accounts(" + account("A1") + ")";
  dv("PATCH", row, R"({"name":"B"})", {{"MSCRMCallerID", other}});
  EXPECT_EQ(dv_get(row)["_modifiedonbehalfby_value"], me);
  EXPECT_TRUE(dv_get(row)["_createdonbehalfby_value"].is_null());
  dv("PATCH", row, R"({"name":"C"})");
  EXPECT_EQ(dv_get(row)["_modifiedby_value"], me);
  EXPECT_TRUE(dv_get(row)["_modifiedonbehalfby_value"].is_null());
}

TEST_F(A13, NobodyActsForAUserWhoIsNotThere) {
  for (const char* header : {"MSCRMCallerID", "CallerObjectId"}) {
    const http::Response response = dv("POST", "accounts", R"({"name":"A"})", {{header, some_id}});
    EXPECT_EQ(response.status, 403) << header;
    EXPECT_EQ(code_of(response), "0x80072560") << header;
    EXPECT_EQ(dv("GET", "accounts", {}, {{header, "nobody"}}).status, 400) << header;
  }
  EXPECT_EQ(dv("GET", "accounts/$count").body, "0");
}

TEST_F(A13, ActingForOneselfIsNotOnBehalfOfAnybody) {
  const std::string me = dv_get("WhoAmI")["UserId"].get<std::string>();
  const json row = json::parse(
      dv("POST", "accounts", R"({"name":"A"})", {{"MSCRMCallerID", me}, {"Prefer", "return=representation"}}).body);
  EXPECT_EQ(row["_createdby_value"], me);
  EXPECT_TRUE(row["_createdonbehalfby_value"].is_null());
}

TEST_F(A13, TagIsNoQueryOptionOfTheRow) {
  const http::Response response = dv("POST", "accounts?tag=engine:1", R"({"name":"A"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.get("OData-EntityId").find("tag"), std::string_view::npos);
}

TEST_F(A13, TracingHeadersAreTaken) {
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"A"})",
               {{"x-ms-client-request-id", some_id},
                {"x-ms-correlation-id", some_id},
                {"Consistency", "Strong"},
                {"MSCRM.SuppressDuplicateDetection", "false"},
                {"If-None-Match", "null"}})
                .status,
            204);
}

class A12Rights : public SandboxTest {
 protected:
  http::Response set_right(const std::string& body) {
    return control(Controlled{&dataverse, &finops, &tokens, nullptr, nullptr, nullptr, {}},
                   http::Request("POST", "/_sandbox/dataverse/rights", {}, body));
  }
  void take(const std::string& right) {
    EXPECT_EQ(
        set_right(R"({"client":"dualwrite","table":"account","right":")" + right + R"(","allowed":false})").status,
        204);
  }
};

TEST_F(A12Rights, AMissingPrivilegeIs403WithItsCode) {
  const std::string row = "accounts(" + account("A1") + ")";
  take("Write");
  const http::Response refused = dv("PATCH", row, R"({"name":"x"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(code_of(refused), "0x80040220");
  EXPECT_NE(message_of(refused).find("is missing prvWriteAccount privilege"), std::string::npos) << message_of(refused);
  EXPECT_EQ(dv("GET", row).status, 200);
  take("Read");
  for (const std::string& path : {row, std::string("accounts"), std::string("accounts/$count"), row + "/name"}) {
    EXPECT_EQ(dv("GET", path).status, 403) << path;
  }
  EXPECT_EQ(dv("GET", "accounts", {}, {{"Prefer", "odata.track-changes"}}).status, 403);
  take("Delete");
  EXPECT_EQ(dv("DELETE", row).status, 403);
  take("Create");
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"y"})").status, 403);
  EXPECT_EQ(dv("GET", "systemusers").status, 200) << "other tables are as they were";
}

TEST_F(A12Rights, OthersKeepTheirsAndARightCanBeGivenBack) {
  take("Create");
  const std::string editor = token("http://127.0.0.1:8701", "editor", "editor-secret");
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"x"})", {{"Authorization", "Bearer " + editor}}).status, 204);
  EXPECT_EQ(set_right(R"({"client":"dualwrite","table":"account","right":"Create","allowed":true})").status, 204);
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"y"})").status, 204);
}

TEST_F(A12Rights, OnlyKnownClientsTablesAndRightsHaveThem) {
  EXPECT_EQ(set_right(R"({"client":"nobody","table":"account","right":"Read","allowed":false})").status, 404);
  EXPECT_EQ(set_right(R"({"client":"editor","table":"nonsense","right":"Read","allowed":false})").status, 404);
  EXPECT_EQ(set_right(R"({"client":"editor","table":"account","right":"read","allowed":false})").status, 400);
  EXPECT_EQ(set_right(R"({"client":"editor","table":"account","right":"Read"})").status, 400);
}

}  // namespace
}  // namespace dualwrite::sandbox
