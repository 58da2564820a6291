#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/odata/batch.hpp"

namespace dualwrite::odata {
namespace {

BatchRequestPart request(std::string method, std::string url, int change_set = -1, std::string content_id = {},
                         std::string body = {}) {
  BatchRequestPart part(std::move(method), std::move(url));
  part.change_set = change_set;
  part.content_id = std::move(content_id);
  part.body = std::move(body);
  if (!part.body.empty()) part.headers.emplace_back("Content-Type", "application/json");
  return part;
}

BatchResponsePart response(int status, int change_set = -1, std::string content_id = {}, std::string body = {}) {
  BatchResponsePart part;
  part.status = status;
  part.change_set = change_set;
  part.content_id = std::move(content_id);
  part.body = std::move(body);
  part.headers.emplace_back("OData-Version", "4.0");
  return part;
}

template <class Part>
void expect_same(const Part& a, const Part& b) {
  EXPECT_EQ(a.headers, b.headers);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.content_id, b.content_id);
  EXPECT_EQ(a.change_set, b.change_set);
}

std::vector<BatchRequestPart> read_again(const std::vector<BatchRequestPart>& parts) {
  auto again = parse_batch_request("multipart/mixed; boundary=batch_1", encode_batch_request(parts, "batch_1"));
  EXPECT_TRUE(again.has_value()) << (again ? "" : again.error().text());
  return again ? *std::move(again) : std::vector<BatchRequestPart>{};
}

TEST(BatchEncode, WritesARequestAsTheServicesReadIt) {
  const std::vector<BatchRequestPart> parts{
      request("POST", "/api/data/v9.2/accounts", 0, "1", R"({"name":"A"})"),
      request("DELETE", "/api/data/v9.2/contacts(1)", 0, "2"),
      request("GET", "/api/data/v9.2/accounts?$select=name"),
  };

  EXPECT_EQ(encode_batch_request(parts, "batch_1"),
            "--batch_1\r\n"
            "Content-Type: multipart/mixed; boundary=changeset_batch_1_0\r\n"
            "\r\n"
            "--changeset_batch_1_0\r\n"
            "Content-Type: application/http\r\n"
            "Content-Transfer-Encoding: binary\r\n"
            "Content-ID: 1\r\n"
            "\r\n"
            "POST /api/data/v9.2/accounts HTTP/1.1\r\n"
            "Content-Type: application/json\r\n"
            "\r\n"
            "{\"name\":\"A\"}\r\n"
            "--changeset_batch_1_0\r\n"
            "Content-Type: application/http\r\n"
            "Content-Transfer-Encoding: binary\r\n"
            "Content-ID: 2\r\n"
            "\r\n"
            "DELETE /api/data/v9.2/contacts(1) HTTP/1.1\r\n"
            "\r\n"
            "\r\n"
            "--changeset_batch_1_0--\r\n"
            "--batch_1\r\n"
            "Content-Type: application/http\r\n"
            "Content-Transfer-Encoding: binary\r\n"
            "\r\n"
            "GET /api/data/v9.2/accounts?$select=name HTTP/1.1\r\n"
            "\r\n"
            "\r\n"
            "--batch_1--\r\n");
}

TEST(BatchEncode, RequestsAreReadAgain) {
  const std::vector<BatchRequestPart> parts{
      request("GET", "accounts?$filter=name eq 'a b'"),
      request("POST", "https://x.example/data/A", 0, "1", "{\"a\":\"--batch_1\"}"),
      request("PATCH", "$1", 0, "2", "line one\r\nline two\r\n"),
      request("POST", "B", 1, "3", "\n"),
      request("DELETE", "C"),
      request("POST", "D", 2, "4", std::string("\0\xff binary", 9)),
  };

  const auto again = read_again(parts);

  ASSERT_EQ(again.size(), parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(again[i].method, parts[i].method);
    EXPECT_EQ(again[i].url, parts[i].url);
    if (i == 3) {
      EXPECT_EQ(again[i].body, "");  // nothing but line ends is no body
    } else {
      expect_same(again[i], parts[i]);
    }
  }
}

TEST(BatchEncode, ResponsesAreReadAgainAndAFailedChangeSetIsOnePart) {
  const std::vector<BatchResponsePart> parts{
      response(204, 0, "1"),
      response(201, 0, "2", R"({"a":1})"),
      response(412, -1, "4", R"({"error":{"code":"0x80060882","message":"m"}})"),
      response(200, -1, "", R"({"value":[]})"),
      response(204, 1, "7"),
      response(599, -1),
  };

  const std::string body = encode_batch_response(parts, "batchresponse_1", "changesetresponse_1_");
  const auto again = parse_batch_response("multipart/mixed; boundary=batchresponse_1", body);

  ASSERT_TRUE(again.has_value()) << again.error().text();
  ASSERT_EQ(again->size(), parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ((*again)[i].status, parts[i].status);
    expect_same((*again)[i], parts[i]);
  }
  EXPECT_NE(body.find("HTTP/1.1 204 No Content\r\n"), std::string::npos);
  EXPECT_NE(body.find("boundary=changesetresponse_1_1\r\n"), std::string::npos);
}

TEST(BatchEncode, AnEmptyBatchIsReadAgain) {
  EXPECT_EQ(encode_batch_request({}, "b"), "--b--\r\n");
  EXPECT_TRUE(read_again({}).empty());
}

TEST(BatchEncode, NumbersChangeSetsFromZeroInTheirOrder) {
  const auto again =
      read_again({request("POST", "A", 7), request("POST", "B", 7), request("POST", "C", 3), request("GET", "D")});

  ASSERT_EQ(again.size(), 4U);
  EXPECT_EQ(again[0].change_set, 0);
  EXPECT_EQ(again[1].change_set, 0);
  EXPECT_EQ(again[2].change_set, 1);
  EXPECT_EQ(again[3].change_set, -1);
}

TEST(BatchEncode, LetsNoLineBreakIntoALine) {
  BatchRequestPart part("PATCH", "a\r\nX-Evil: 1");
  part.headers.emplace_back("If-Match", "W/\"1\"\r\n\r\n--batch_1--\r\n");
  part.headers.emplace_back("X\n-Y", "z");
  part.content_id = "1\r\nContent-Type: x";

  const auto again = read_again({part});

  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].url, "aX-Evil: 1");
  EXPECT_EQ(again[0].content_id, "1Content-Type: x");
  EXPECT_EQ(find_header(again[0].headers, "if-match"), "W/\"1\"--batch_1--");
  EXPECT_EQ(find_header(again[0].headers, "x-y"), "z");
}

TEST(BatchEncode, HandlesAThousandPartsWithLargeBodies) {
  std::vector<BatchRequestPart> parts;
  for (int i = 0; i < 1000; ++i)
    parts.push_back(request("POST", "A", i / 100, std::to_string(i), std::string(2000, 'x')));

  const auto again = read_again(parts);

  ASSERT_EQ(again.size(), 1000U);
  EXPECT_EQ(again.back().content_id, "999");
  EXPECT_EQ(again.back().change_set, 9);
  EXPECT_EQ(again.back().body.size(), 2000U);
}

TEST(BatchHeaders, AreFoundWithoutRegardToCase) {
  const HeaderList headers{{"ETag", "1"}, {"etag", "2"}, {"Retry-After", "3"}};

  EXPECT_EQ(find_header(headers, "etag"), "1");
  EXPECT_EQ(find_header(headers, "RETRY-AFTER"), "3");
  EXPECT_EQ(find_header(headers, "x"), "");
}

}  // namespace
}  // namespace dualwrite::odata
