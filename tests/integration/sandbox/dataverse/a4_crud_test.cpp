#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr const char* some_id = "11111111-2222-3333-4444-555555555555";
const std::string some_row = std::string("accounts(") + some_id + ")";

TEST_F(A4, PostIs204WithTheEntityId) {
  const http::Response response = dv("POST", "accounts", R"({"name":"A"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_TRUE(response.body.empty());
  EXPECT_TRUE(response.headers.get("OData-EntityId").starts_with("http://127.0.0.1:8701/api/data/v9.2/accounts("));
  EXPECT_EQ(response.headers.get("OData-Version"), "4.0");
}

TEST_F(A4, PostWithRepresentationIs201WithTheRow) {
  const http::Response response =
      dv("POST", "accounts?$select=name,versionnumber", R"({"name":"A"})", {{"Prefer", "return=representation"}});
  const json body = json::parse(response.body);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.get("Preference-Applied"), "return=representation");
  EXPECT_EQ(body["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name,versionnumber)/$entity");
  EXPECT_EQ(body["@odata.etag"], "W/\"" + std::to_string(body["versionnumber"].get<std::int64_t>()) + "\"");
  EXPECT_TRUE(body.contains("accountid"));
}

TEST_F(A4, CallerMayChooseTheGuid) {
  EXPECT_EQ(dv_create("accounts", std::string(R"({"accountid":")") + some_id + "\"}"), some_id);
}

TEST_F(A4, PostOfAGuidThatExistsIs412) {
  dv_create("accounts", std::string(R"({"accountid":")") + some_id + "\"}");
  const http::Response response = dv("POST", "accounts", std::string(R"({"accountid":")") + some_id + "\"}");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80040237");
  EXPECT_EQ(message_of(response), "A record with matching key values already exists.");
}

TEST_F(A4, GetHasTheETag) {
  const std::string id = account("A1");
  const http::Response response = dv("GET", "accounts(" + id + ")?$select=name");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("ETag"), json::parse(response.body)["@odata.etag"].get<std::string>());
}

TEST_F(A4, GetWithTheCurrentETagInIfNoneMatchIs304) {
  const std::string id = account("A1");
  const std::string etag(dv("GET", "accounts(" + id + ")").headers.get("ETag"));
  const http::Response response = dv("GET", "accounts(" + id + ")", {}, {{"If-None-Match", etag}});
  EXPECT_EQ(response.status, 304);
  EXPECT_TRUE(response.body.empty());
}

TEST_F(A4, IfNoneMatchIsIgnoredTogetherWithExpand) {
  const std::string id = account("A1");
  const std::string etag(dv("GET", "accounts(" + id + ")").headers.get("ETag"));
  EXPECT_EQ(dv("GET", "accounts(" + id + ")?$expand=msdyn_company", {}, {{"If-None-Match", etag}}).status, 200);
}

TEST_F(A4, IfNoneMatchNullIsIgnored) {
  const std::string id = account("A1");
  EXPECT_EQ(dv("GET", "accounts(" + id + ")", {}, {{"If-None-Match", "null"}}).status, 200);
  EXPECT_EQ(dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})", {{"If-None-Match", "null"}}).status, 204);
}

TEST_F(A4, PatchOfAnExistingRowIs204AndEchoesTheKey) {
  const std::string id = account("A1");
  const http::Response response = dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.headers.get("OData-EntityId"), "http://127.0.0.1:8701/api/data/v9.2/accounts(" + id + ")");
  EXPECT_EQ(dv_get("accounts(" + id + ")")["name"], "B");
}

TEST_F(A4, PatchWithRepresentationIs200) {
  const std::string id = account("A1");
  const http::Response response =
      dv("PATCH", "accounts(" + id + ")?$select=name", R"({"name":"B"})", {{"Prefer", "return=representation"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["name"], "B");
}

TEST_F(A4, PatchOfAMissingRowCreatesIt) {
  EXPECT_EQ(dv("PATCH", some_row, R"({"name":"A"})").status, 204);
  EXPECT_EQ(dv_get(some_row)["name"], "A");
}

TEST_F(A4, PatchOfAMissingRowWithRepresentationIs201) {
  EXPECT_EQ(dv("PATCH", some_row, R"({"name":"A"})", {{"Prefer", "return=representation"}}).status, 201);
}

TEST_F(A4, PatchWithIfMatchStarOnAMissingRowIs404) {
  const http::Response response = dv("PATCH", some_row, R"({"name":"A"})", {{"If-Match", "*"}});
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80040217");
  EXPECT_EQ(message_of(response), std::string("Entity 'account' With Id = ") + some_id + " Does Not Exist");
}

TEST_F(A4, PatchWithIfNoneMatchOnExistingRowIs412) {
  const std::string id = account("A1");
  const http::Response response = dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})", {{"If-None-Match", "*"}});
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80040237");
  EXPECT_EQ(dv_get("accounts(" + id + ")")["name"], "Name of A1");
}

TEST_F(A4, PatchWithAStaleETagIs412) {
  const std::string id = account("A1");
  const std::string etag(dv("GET", "accounts(" + id + ")").headers.get("ETag"));
  EXPECT_EQ(dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})", {{"If-Match", etag}}).status, 204);
  const http::Response response = dv("PATCH", "accounts(" + id + ")", R"({"name":"C"})", {{"If-Match", etag}});
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80060882");
}

TEST_F(A4, AnIdenticalPatchIsAChange) {
  const std::string id = account("A1");
  const std::string before(dv("GET", "accounts(" + id + ")").headers.get("ETag"));
  dv("PATCH", "accounts(" + id + ")", R"({"name":"Name of A1"})");
  EXPECT_NE(dv("GET", "accounts(" + id + ")").headers.get("ETag"), before);
}

TEST_F(A4, DeleteIs204AndTheSecondOne404) {
  const std::string id = account("A1");
  EXPECT_EQ(dv("DELETE", "accounts(" + id + ")").status, 204);
  const http::Response response = dv("DELETE", "accounts(" + id + ")");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80040217");
}

TEST_F(A4, DeleteWithAStaleETagIs412) {
  const std::string id = account("A1");
  EXPECT_EQ(dv("DELETE", "accounts(" + id + ")", {}, {{"If-Match", "W/\"1\""}}).status, 412);
  EXPECT_EQ(dv("GET", "accounts(" + id + ")").status, 200);
}

TEST_F(A4, SingleColumnIsSetWithPutAndClearedWithDelete) {
  const std::string row = "accounts(" + account("A1") + ")";
  EXPECT_EQ(dv("PUT", row + "/telephone1", R"({"value":"123"})").status, 204);
  EXPECT_EQ(dv_get(row + "/telephone1")["value"], "123");
  EXPECT_EQ(dv("DELETE", row + "/telephone1").status, 204);
  EXPECT_EQ(dv("GET", row + "/telephone1").status, 204);
}

TEST_F(A4, LookupIsSetAndClearedThroughItsRef) {
  const std::string parent = account("A1");
  const std::string row = "accounts(" + account("A2") + ")";
  EXPECT_EQ(dv("PUT", row + "/parentaccountid/$ref",
               R"({"@odata.id":"http://127.0.0.1:8701/api/data/v9.2/accounts()" + parent + ")\"}")
                .status,
            204);
  EXPECT_EQ(dv_get(row)["_parentaccountid_value"], parent);
  EXPECT_EQ(dv("DELETE", row + "/parentaccountid/$ref").status, 204);
  EXPECT_TRUE(dv_get(row)["_parentaccountid_value"].is_null());
}

TEST_F(A14, PlatformSetsTheSystemColumns) {
  const json row = dv_get("accounts(" + account("A1") + ")");
  const json me = dv_get("WhoAmI");
  EXPECT_EQ(row["createdon"], "2026-03-04T05:06:07Z");
  EXPECT_EQ(row["modifiedon"], "2026-03-04T05:06:07Z");
  EXPECT_EQ(row["_createdby_value"], me["UserId"]);
  EXPECT_EQ(row["_modifiedby_value"], me["UserId"]);
  EXPECT_EQ(row["_ownerid_value"], me["UserId"]);
  EXPECT_EQ(row["statecode"], 0);
  EXPECT_EQ(row["statuscode"], 1);
}

TEST_F(A14, ModifiedByFollowsTheLastWriter) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string editor = token("http://127.0.0.1:8701", "editor", "editor-secret");
  clock.advance(std::chrono::seconds(5));
  dv("PATCH", row, R"({"name":"B"})", {{"Authorization", "Bearer " + editor}});
  const json body = dv_get(row);
  EXPECT_NE(body["_modifiedby_value"], body["_createdby_value"]);
  EXPECT_EQ(body["modifiedon"], "2026-03-04T05:06:12Z");
  EXPECT_EQ(body["createdon"], "2026-03-04T05:06:07Z");
}

TEST_F(A14, ClientValuesForSystemColumnsAreIgnored) {
  const std::string id = dv_create("accounts", R"({"name":"A","createdon":"2001-01-01T00:00:00Z","versionnumber":1})");
  EXPECT_EQ(dv_get("accounts(" + id + ")")["createdon"], "2026-03-04T05:06:07Z");
  EXPECT_EQ(dv("PATCH", "accounts(" + id + ")", R"({"modifiedon":"2001-01-01T00:00:00Z"})").status, 204);
  EXPECT_EQ(dv_get("accounts(" + id + ")")["modifiedon"], "2026-03-04T05:06:07Z");
}

TEST_F(A14, OverriddenCreatedOnBecomesCreatedOn) {
  const std::string id = dv_create("accounts", R"({"name":"A","overriddencreatedon":"2001-02-03T04:05:06Z"})");
  const json row = dv_get("accounts(" + id + ")");
  EXPECT_EQ(row["createdon"], "2001-02-03T04:05:06Z");
  EXPECT_EQ(row["overriddencreatedon"], "2026-03-04T05:06:07Z");
}

TEST_F(A14, VersionsGrowOverAllTables) {
  const auto version = [&](const std::string& row) { return dv_get(row)["versionnumber"].get<std::int64_t>(); };
  const std::string first = "accounts(" + account("A1") + ")";
  const std::string second =
      "transactioncurrencies(" + dv_create("transactioncurrencies", R"({"isocurrencycode":"EUR"})") + ")";
  EXPECT_LT(version(first), version(second));
  dv("PATCH", first, R"({"name":"B"})");
  EXPECT_LT(version(second), version(first));
}

}  // namespace
}  // namespace dualwrite::sandbox
