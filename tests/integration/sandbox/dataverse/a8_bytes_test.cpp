// $batch byte for byte: as the client dynamics-web-api writes it, and as it and o.js need the answer.
#include <regex>

#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string unknown_row = "00000000-1111-2222-3333-444444444444";
const std::string root = "http://127.0.0.1:8701/api/data/v9.2/";

// What that client sends: no blank before "boundary", no quotes around it, an empty line before the first delimiter,
// absolute addresses, and an empty line before each delimiter in a change set.
const HeaderPairs stops{{"Content-Type", "multipart/mixed;boundary=dwa_batch_1"}, {"Accept", "application/json"}};
const HeaderPairs goes_on{{"Content-Type", "multipart/mixed;boundary=dwa_batch_1"},
                          {"Accept", "application/json"},
                          {"Prefer", "odata.continue-on-error"}};

std::string in_set(const std::string& content_id, const std::string& request, const std::string& more,
                   const std::string& body) {
  return "\r\n--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: " +
         content_id + "\r\n\r\n" + request + " HTTP/1.1\r\nContent-Type: application/json\r\n" + more +
         (body.empty() ? "" : "\r\n" + body + "\r\n");
}

std::string in_batch(const std::string& request) {
  return "\r\n--dwa_batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" + request +
         " HTTP/1.1\r\nAccept: application/json\r\n";
}

std::string change_set(const std::string& parts) {
  return "\r\n--dwa_batch_1\r\nContent-Type: multipart/mixed;boundary=changeset_1\r\n" + parts +
         "\r\n--changeset_1--\r\n";
}

std::string end() {
  return "\r\n--dwa_batch_1--\r\n";
}

/// GUIDs that differ from run to run are GUID; the one row that the test names stays. Left out are the header REQ_ID,
/// whose place no fact tells, and the format's parameters, which have tests of their own.
std::string masked(const std::string& text) {
  static const std::regex guid("(?!" + unknown_row + ")[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}");
  static const std::regex unplaced("REQ_ID: GUID\r\n|; odata\\.metadata=minimal(?:; odata\\.streaming=true)?");
  return std::regex_replace(std::regex_replace(text, guid, "GUID"), unplaced, "");
}

TEST_F(A8, AChangeSetIsAnsweredByteForByte) {
  const http::Response response =
      dv("POST", "$batch",
         change_set(in_set("1", "POST " + root + "accounts", "", R"({"name":"P"})") +
                    in_set("2", "POST " + root + "accounts", "", R"({"name":"C","parentaccountid@odata.bind":"$1"})") +
                    in_set("100001", "PATCH " + root + "accounts(" + unknown_row + ")", "", R"({"name":"U"})")) +
             end(),
         goes_on);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(masked(std::string(response.headers.get("Content-Type"))), "multipart/mixed; boundary=batchresponse_GUID");
  const auto part = [](const std::string& id, const std::string& row) {
    return "--changesetresponse_GUID\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
           "Content-ID: " +
           id + "\r\n\r\nHTTP/1.1 204 No Content\r\nOData-Version: 4.0\r\nLocation: " + root + "accounts(" + row +
           ")\r\nOData-EntityId: " + root + "accounts(" + row + ")\r\n\r\n\r\n";
  };
  EXPECT_EQ(masked(response.body),
            "--batchresponse_GUID\r\nContent-Type: multipart/mixed; boundary=changesetresponse_GUID\r\n\r\n" +
                part("1", "GUID") + part("2", "GUID") + part("100001", unknown_row) +
                "--changesetresponse_GUID--\r\n--batchresponse_GUID--\r\n");
  EXPECT_EQ(dv("GET", "accounts/$count").body, "3");
}

TEST_F(A8, AFailureIsAnsweredByteForByte) {
  const http::Response response =
      dv("POST", "$batch",
         change_set(
             in_set("100001", "PATCH " + root + "accounts(" + unknown_row + ")", "If-Match: *\r\n", R"({"name":"x"})") +
             in_set("100002", "DELETE " + root + "accounts(" + unknown_row + ")", "", "")) +
             end(),
         stops);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(masked(response.body),
            "--batchresponse_GUID\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
            "OData-Version: 4.0\r\n\r\n"
            "{\"error\":{\"code\":\"0x80040217\",\"message\":\"Entity 'account' With Id = " +
                unknown_row + " Does Not Exist\"}}\r\n--batchresponse_GUID--\r\n");
}

TEST_F(A8, AReadIsAnsweredByteForByte) {
  dv("POST", "accounts", R"({"name":"A","accountid":")" + unknown_row + "\"}");
  const json row = dv_get("accounts(" + unknown_row + ")?$select=name");
  const http::Response response =
      dv("POST", "$batch", in_batch("GET " + root + "accounts?$select=name&$top=1") + end(), goes_on);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(masked(response.body),
            "--batchresponse_GUID\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            "OData-Version: 4.0\r\n\r\n{\"@odata.context\":\"" +
                root + "$metadata#accounts(name)\",\"value\":[{\"@odata.etag\":" + row["@odata.etag"].dump() +
                ",\"name\":\"A\",\"accountid\":\"" + unknown_row + "\"}]}\r\n--batchresponse_GUID--\r\n");
}

TEST_F(A8, ThePartOfAChangeSetHasNoHeaderButItsType) {
  // dynamics-web-api takes all behind the first line of the part for the parts of the set.
  const http::Response response = dv(
      "POST", "$batch", change_set(in_set("1", "POST " + root + "accounts", "", R"({"name":"A"})")) + end(), goes_on);
  const std::size_t line = response.body.find("Content-Type: multipart/mixed");
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(line, response.body.find("\r\n") + 2);
  const std::size_t next = response.body.find("\r\n", line);
  EXPECT_TRUE(response.body.substr(next).starts_with("\r\n\r\n--changesetresponse_")) << response.body;
}

TEST_F(A8, TheAnswerHasNoPreambleAndNoQuotesAroundItsBoundary) {
  const http::Response response = dv("POST", "$batch", in_batch("GET " + root + "WhoAmI()") + end(), goes_on);
  const std::string type(response.headers.get("Content-Type"));
  const std::string boundary = type.substr(type.find("boundary=") + 9);
  EXPECT_TRUE(response.body.starts_with("--" + boundary + "\r\n")) << response.body;
  EXPECT_TRUE(response.body.ends_with("\r\n--" + boundary + "--\r\n")) << response.body;
}

TEST_F(A8, EveryStatusHasAReasonOfPlainWords) {
  // "(\d{3})\s+([\w\s]*)$" is how dynamics-web-api finds the status of a part; it fails on any other character.
  const http::Response response =
      dv("POST", "$batch",
         in_batch("GET " + root + "nosuchset") + in_batch("GET " + root + "accounts?$skip=1") +
             in_batch("POST " + root + "WhoAmI") + in_batch("GET " + root + "accounts(" + unknown_row + ")") + end(),
         goes_on);
  static const std::regex status_line("HTTP/1\\.1 \\d{3} \\w[\\w ]*\r\n");
  const auto parts = std::distance(std::sregex_iterator(response.body.begin(), response.body.end(), status_line), {});
  EXPECT_EQ(parts, 4) << response.body;
}

}  // namespace
}  // namespace dualwrite::sandbox
