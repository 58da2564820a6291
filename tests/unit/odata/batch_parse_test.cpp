#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dualwrite/odata/batch.hpp"

namespace dualwrite::odata {
namespace {

const std::string& sample() {
  static const std::string text =
      "--batch_1\r\n"
      "Content-Type: multipart/mixed; boundary=\"changeset_1\"\r\n"
      "\r\n"
      "--changeset_1\r\n"
      "Content-Type: application/http\r\n"
      "Content-Transfer-Encoding: binary\r\n"
      "Content-ID: 1\r\n"
      "\r\n"
      "POST /api/data/v9.2/accounts HTTP/1.1\r\n"
      "Content-Type: application/json; type=entry\r\n"
      "\r\n"
      "{\"name\":\"A\"}\r\n"
      "--changeset_1\r\n"
      "Content-Type: application/http\r\n"
      "Content-Transfer-Encoding: binary\r\n"
      "Content-ID: 2\r\n"
      "\r\n"
      "PATCH https://org.example/api/data/v9.2/contacts(1)?x=http://y HTTP/1.1\r\n"
      "Content-Type: application/json; type=entry\r\n"
      "If-Match: W/\"5\"\r\n"
      "\r\n"
      "{\"parentcustomerid_account@odata.bind\":\"$1\"}\r\n"
      "--changeset_1--\r\n"
      "--batch_1\r\n"
      "Content-Type: application/http\r\n"
      "Content-Transfer-Encoding: binary\r\n"
      "\r\n"
      "GET accounts?$select=name&$top=1 HTTP/1.1\r\n"
      "Accept: application/json\r\n"
      "\r\n"
      "--batch_1--\r\n";
  return text;
}

void expect_sample(const Result<std::vector<BatchRequestPart>>& parts) {
  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  ASSERT_EQ(parts->size(), 3U);
  const auto& [post, patch, get] = std::tie((*parts)[0], (*parts)[1], (*parts)[2]);
  EXPECT_EQ(post.method, "POST");
  EXPECT_EQ(post.url, "/api/data/v9.2/accounts");
  EXPECT_EQ(post.body, "{\"name\":\"A\"}");
  EXPECT_EQ(post.content_id, "1");
  EXPECT_EQ(post.change_set, 0);
  EXPECT_EQ(patch.url, "https://org.example/api/data/v9.2/contacts(1)?x=http://y");
  EXPECT_EQ(find_header(patch.headers, "if-match"), "W/\"5\"");
  EXPECT_EQ(patch.change_set, 0);
  EXPECT_EQ(get.method, "GET");
  EXPECT_EQ(get.url, "accounts?$select=name&$top=1");
  EXPECT_EQ(get.body, "");
  EXPECT_EQ(get.change_set, -1);
  EXPECT_EQ(find_header(get.headers, "ACCEPT"), "application/json");
}

TEST(BatchParse, ReadsChangeSetsAndSingleRequests) {
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", sample()));
}

TEST(BatchParse, AcceptsEveryFormOfTheContentType) {
  for (const std::string_view type :
       {"multipart/mixed;boundary=batch_1", "multipart/mixed;boundary=\"batch_1\"",
        "Multipart/Mixed ; Boundary=batch_1", "multipart/mixed; charset=utf-8; boundary=batch_1",
        "multipart/mixed; boundary=batch_1 ; charset=utf-8", "multipart/mixed; x; boundary = batch_1",
        "multipart/mixed; a=\"; boundary=no\"; boundary=batch_1", "multipart/mixed; boundary=\"batch\\_1\""}) {
    SCOPED_TRACE(type);
    expect_sample(parse_batch_request(type, sample()));
  }
}

TEST(BatchParse, RefusesAContentTypeWithoutABoundary) {
  for (const std::string_view type :
       {"", "multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary=", "application/json",
        "multipart/mixed; boundary=\"\"", "multipart/form-data; boundary=batch_1", "multipart/mixed boundary=batch_1",
        "multipart/mixed; x=boundary", "boundary=batch_1"}) {
    const auto parts = parse_batch_request(type, sample());
    ASSERT_FALSE(parts.has_value()) << type;
    EXPECT_EQ(parts.error().code(), Errc::invalid);
  }
}

TEST(BatchParse, AcceptsLeadingLineEndsPreambleAndEpilogue) {
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", "\r\n" + sample()));
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", "\n\n" + sample()));
  expect_sample(
      parse_batch_request("multipart/mixed; boundary=batch_1", "preamble --batch_1\r\n" + sample() + "epilogue\r\n"));
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", sample() + "--batch_1\r\nrubbish"));
}

TEST(BatchParse, AcceptsLineFeedsAlone) {
  std::string text = sample();
  std::erase(text, '\r');

  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", text));
}

TEST(BatchParse, AcceptsATerminatorWithoutALineEndAndBlanksBehindBoundaries) {
  std::string text = sample();
  text.resize(text.size() - 2);
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", text));

  std::string blanks = sample();
  for (std::size_t at = 0; (at = blanks.find("--batch_1\r\n", at)) != std::string::npos; at += 12)
    blanks.insert(at + 9, " \t");
  expect_sample(parse_batch_request("multipart/mixed; boundary=batch_1", blanks));
}

TEST(BatchParse, AcceptsWhatClientsDoInAPart) {
  struct Case {
    std::string part;
    std::string method;
    std::string url;
    std::string body;
    std::string content_id;
  };
  const std::vector<Case> cases{
      {"Content-Type: application/http\r\n\r\nGET a HTTP/1.1\r\n", "GET", "a", "", ""},
      {"Content-Type: application/http\r\n\r\nGET a HTTP/1.1", "GET", "a", "", ""},
      {"Content-Type: application/http\r\n\r\nGET a HTTP/1.1\r\n\r\n\r\n\r\n", "GET", "a", "", ""},
      {"Content-Type: application/http\r\n\r\n\r\n\r\nGET a HTTP/1.1\r\n\r\n", "GET", "a", "", ""},
      {"\r\nGET a HTTP/1.1\r\n\r\n", "GET", "a", "", ""},
      {"Content-Type: application/http\r\n\r\nGET a?$filter=x eq 'y z' HTTP/1.1\r\n\r\n", "GET", "a?$filter=x eq 'y z'",
       "", ""},
      {"Content-Type: application/http\r\n\r\nGET a\r\n\r\n", "GET", "a", "", ""},
      {"content-type:application/http;msgtype=request\r\nCONTENT-ID: 7\r\n\r\nPOST a "
       "HTTP/1.1\r\ncontent-length:2\r\n\r\n{}",
       "POST", "a", "{}", "7"},
      {"Content-Type: application/http\r\n\r\nPOST a HTTP/1.1\r\nContent-ID:  8 \r\n\r\n{}", "POST", "a", "{}", "8"},
      {"Content-Type: application/http\r\n\r\nPOST a HTTP/1.1\r\nX:\r\n\r\n\r\n{\r\n}\r\n", "POST", "a",
       "\r\n{\r\n}\r\n", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.part);
    const auto parts = parse_batch_request("multipart/mixed;boundary=b", "--b\r\n" + c.part + "\r\n--b--");
    ASSERT_TRUE(parts.has_value()) << parts.error().text();
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ(parts->front().method, c.method);
    EXPECT_EQ(parts->front().url, c.url);
    EXPECT_EQ(parts->front().body, c.body);
    EXPECT_EQ(parts->front().content_id, c.content_id);
  }
}

TEST(BatchParse, ReadsAResponseWithAFailedChangeSetAsOnePart) {
  const std::string body =
      "--batchresponse_1\r\n"
      "Content-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n"
      "--changesetresponse_1\r\n"
      "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n"
      "HTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nOData-EntityId: https://x/accounts(1)\r\n\r\n\r\n"
      "--changesetresponse_1--\r\n"
      "--batchresponse_1\r\n"
      "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 5\r\n\r\n"
      "HTTP/1.1 412\r\nREQ_ID: g\r\n\r\n"
      "{\"error\":{\"code\":\"x\",\"message\":\"y\"}}\r\n"
      "--batchresponse_1--\r\n";

  const auto parts = parse_batch_response("multipart/mixed; boundary=batchresponse_1", body);

  ASSERT_TRUE(parts.has_value()) << parts.error().text();
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ((*parts)[0].status, 204);
  EXPECT_EQ((*parts)[0].change_set, 0);
  EXPECT_EQ((*parts)[0].content_id, "1");
  EXPECT_EQ(find_header((*parts)[0].headers, "odata-entityid"), "https://x/accounts(1)");
  EXPECT_EQ((*parts)[0].body, "");
  EXPECT_EQ((*parts)[1].status, 412);
  EXPECT_EQ((*parts)[1].change_set, -1);
  EXPECT_EQ((*parts)[1].content_id, "5");
  EXPECT_EQ((*parts)[1].body, "{\"error\":{\"code\":\"x\",\"message\":\"y\"}}");
}

}  // namespace
}  // namespace dualwrite::odata
