#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A8, PartsAreAnsweredInOrder) {
  const http::Response response =
      dv_batch({part("POST", "/api/data/v9.2/accounts", R"({"name":"A"})"), part("GET", "accounts/$count"),
                part("GET", "http://127.0.0.1:8701/api/data/v9.2/WhoAmI")});
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.headers.get("Content-Type").starts_with("multipart/mixed; boundary=batchresponse_"));
  const auto parts = parts_of(response);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].status, 204);
  EXPECT_FALSE(odata::find_header(parts[0].headers, "Location").empty());
  EXPECT_FALSE(odata::find_header(parts[0].headers, "OData-EntityId").empty());
  EXPECT_EQ(parts[1].body, "1");
  EXPECT_EQ(parts[2].status, 200);
}

TEST_F(A8, ChangeSetEchoesContentIds) {
  const auto parts = parts_of(dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "accounts", R"({"name":"B"})", 0, "2")}));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].content_id, "1");
  EXPECT_EQ(parts[1].content_id, "2");
  EXPECT_EQ(parts[0].change_set, parts[1].change_set);
  EXPECT_GE(parts[0].change_set, 0);
}

TEST_F(A8, FailedChangeSetRollsBackAndGivesOneError) {
  const http::Response response = dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "accounts", R"({"nonsense":1})", 0, "2"),
       part("POST", "accounts", R"({"name":"C"})", 0, "3")},
      true);
  const auto parts = parts_of(response);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 400);
  EXPECT_EQ(parts[0].change_set, -1);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "0");
}

TEST_F(A8, StopsAtTheFirstFailureWithItsStatus) {
  const http::Response response =
      dv_batch({part("POST", "accounts", R"({"name":"A"})"), part("POST", "accounts", R"({"nonsense":1})"),
                part("POST", "accounts", R"({"name":"C"})")});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(parts_of(response).size(), 2U);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "1");
}

TEST_F(A8, ContinueOnErrorAnswersEveryPartWith200Outside) {
  const http::Response response =
      dv_batch({part("POST", "accounts", R"({"nonsense":1})"), part("POST", "accounts", R"({"name":"C"})")}, true);
  EXPECT_EQ(response.status, 200);
  const auto parts = parts_of(response);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].status, 400);
  EXPECT_EQ(parts[1].status, 204);
}

TEST_F(A8, ContentIdsAreReferencesInBindsAndUrls) {
  const auto parts =
      parts_of(dv_batch({part("POST", "accounts", R"({"name":"Parent"})", 0, "1"),
                         part("POST", "accounts", R"({"name":"Child","parentaccountid@odata.bind":"$1"})", 0, "2"),
                         part("PATCH", "$1", R"({"telephone1":"5"})", 0, "3")}));
  ASSERT_EQ(parts.size(), 3U) << parts[0].body;
  const json child = dv_get("accounts?$filter=name eq 'Child'&$expand=parentaccountid")["value"][0];
  EXPECT_EQ(child["parentaccountid"]["name"], "Parent");
  EXPECT_EQ(child["parentaccountid"]["telephone1"], "5");
}

TEST_F(A8, UnknownContentIdIs400) {
  const auto parts = parts_of(dv_batch({part("PATCH", "$7", R"({"name":"A"})", 0, "1")}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 400);
  EXPECT_NE(parts[0].body.find("Content-ID Reference: '$7' does not exist in the batch context."), std::string::npos);
}

TEST_F(A8, GetInAChangeSetIsRefused) {
  const auto parts = parts_of(dv_batch({part("GET", "accounts", {}, 0, "1")}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 400);
}

TEST_F(A8, MoreThanAThousandPartsAreRefused) {
  std::vector<odata::BatchRequestPart> parts(1001, part("GET", "WhoAmI"));
  EXPECT_EQ(dv_batch(parts).status, 400);
  parts.resize(1000);
  EXPECT_EQ(dv_batch(parts).status, 200);
}

TEST_F(A8, PartHeadersCount) {
  const std::string id = account("A1");
  odata::BatchRequestPart stale = part("PATCH", "accounts(" + id + ")", R"({"name":"B"})");
  stale.headers.emplace_back("If-Match", "W/\"1\"");
  odata::BatchRequestPart whole = part("PATCH", "accounts(" + id + ")?$select=versionnumber", R"({"name":"B"})");
  whole.headers.emplace_back("Prefer", "return=representation");
  const auto parts = parts_of(dv_batch({stale, whole}, true));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].status, 412);
  EXPECT_EQ(parts[1].status, 200);
  EXPECT_TRUE(json::parse(parts[1].body).contains("versionnumber"));
}

TEST_F(A8, BodyThatIsNoBatchIs400) {
  EXPECT_EQ(dv("POST", "$batch", "hello", {{"Content-Type", "text/plain"}}).status, 400);
}

TEST_F(A8, PartsMayBeAbsoluteRootedOrRelative) {
  const auto parts = parts_of(dv_batch({part("GET", "http://127.0.0.1:8701/api/data/v9.2/accounts/$count"),
                                        part("GET", "/api/data/v9.2/accounts/$count"), part("GET", "accounts/$count"),
                                        part("GET", "/api/data/v9.0/accounts/$count")}));
  ASSERT_EQ(parts.size(), 4U);
  for (const auto& answer : parts) EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST_F(A8, DataOfAPartIsMarkedAsStreamed) {
  const auto parts = parts_of(dv_batch({part("GET", "WhoAmI")}));
  EXPECT_EQ(odata::find_header(parts[0].headers, "Content-Type"),
            "application/json; odata.metadata=minimal; odata.streaming=true");
  EXPECT_EQ(odata::find_header(parts[0].headers, "OData-Version"), "4.0");
}

TEST_F(A8, FailedPartHasItsRequestId) {
  const auto parts = parts_of(dv_batch({part("GET", "nonsense")}));
  EXPECT_EQ(odata::find_header(parts[0].headers, "REQ_ID").size(), 36U);
}

TEST_F(A8, BatchInABatchIsRefused) {
  const auto parts = parts_of(dv_batch({part("POST", "$batch", "{}")}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 400);
}

TEST_F(A8, OuterStatusIsThatOfTheFailedChangeSet) {
  dv_create("accounts", R"({"accountid":"11111111-2222-3333-4444-555555555555"})");
  const http::Response response =
      dv_batch({part("POST", "accounts", R"({"accountid":"11111111-2222-3333-4444-555555555555"})", 0, "1"),
                part("GET", "WhoAmI")});
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(parts_of(response).size(), 1U);
}

TEST_F(A8, LaterChangeSetsAreOnTheirOwn) {
  const http::Response response = dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "accounts", R"({"nonsense":1})", 1, "2"),
       part("POST", "accounts", R"({"name":"C"})", 2, "3")},
      true);
  EXPECT_EQ(response.status, 200);
  const auto parts = parts_of(response);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[1].status, 400);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "2");
}

TEST_F(A8, ReferenceMayGoOnToAProperty) {
  const auto parts = parts_of(dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("PUT", "$1/telephone1", R"({"value":"5"})", 0, "2")}));
  ASSERT_EQ(parts.size(), 2U) << parts[0].body;
  EXPECT_EQ(parts[1].status, 204);
  EXPECT_EQ(dv_get("accounts?$filter=telephone1 eq '5'")["value"].size(), 1U);
}

TEST_F(A8, ChangeSetSeesItsOwnWrites) {
  const auto parts =
      parts_of(dv_batch({part("PATCH", "accounts(11111111-2222-3333-4444-555555555555)", R"({"name":"A"})", 0, "1"),
                         part("DELETE", "accounts(11111111-2222-3333-4444-555555555555)", "", 0, "2")}));
  ASSERT_EQ(parts.size(), 2U) << parts[0].body;
  EXPECT_EQ(dv("GET", "accounts/$count").body, "0");
}

TEST_F(A8, BytesOfAnAnswerAreMultipart) {
  const http::Response response = dv_batch({part("POST", "accounts", R"({"name":"A"})", 0, "1")});
  const std::string type(response.headers.get("Content-Type"));
  const std::string boundary = type.substr(type.find("boundary=") + 9);
  EXPECT_EQ(boundary.size(), std::string("batchresponse_").size() + 36);
  EXPECT_TRUE(
      response.body.starts_with("--" + boundary + "\r\nContent-Type: multipart/mixed; boundary=changesetresponse_"))
      << response.body;
  EXPECT_TRUE(response.body.ends_with("--" + boundary + "--\r\n")) << response.body;
  EXPECT_NE(response.body.find("Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1"
                               "\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nLocation: http://"),
            std::string::npos)
      << response.body;
}

}  // namespace
}  // namespace dualwrite::sandbox
