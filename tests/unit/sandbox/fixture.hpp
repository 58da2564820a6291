#pragma once
// Both services and the token service without sockets, on a clock that the test moves.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/odata/batch.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/control.hpp"
#include "sandbox/dataverse/service.hpp"
#include "sandbox/finops/service.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/tokens.hpp"

namespace dualwrite::sandbox {

using nlohmann::json;
using HeaderPairs = std::initializer_list<std::pair<std::string, std::string>>;

class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return now_.time_since_epoch(); }
  Task<void> sleep(std::chrono::milliseconds) override { co_return; }
  void set(std::string_view text) { now_ = parse_instant(text).value(); }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Instant now_ = parse_instant("2026-03-04T05:06:07.890Z").value();
};

class SandboxTest : public testing::Test {
 protected:
  explicit SandboxTest(SandboxSettings given = {}) : settings(std::move(given)) {
    dataverse_token = token("http://127.0.0.1:8701");
    finops_token = token("http://127.0.0.1:8702");
  }

  http::Response ask_token(const std::string& form, HeaderPairs headers = {}) {
    http::Headers all(headers);
    all.add("Content-Type", "application/x-www-form-urlencoded");
    return tokens.handle(http::Request("POST", "/sandbox/oauth2/v2.0/token", std::move(all), form));
  }

  std::string token(const std::string& resource, const std::string& client = "dualwrite",
                    const std::string& secret = "sandbox-secret") {
    const http::Response response =
        ask_token("grant_type=client_credentials&client_id=" + client + "&client_secret=" + secret +
                  "&scope=" + odata::percent_encode(resource + "/.default"));
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).value("access_token", "");
  }

  static http::Request request(const std::string& method, std::string target, std::string body, HeaderPairs headers,
                               const std::string& token, const std::string& host) {
    http::Request made(method, std::move(target), http::Headers(headers), std::move(body));
    made.headers.add("Host", host);
    if (!made.headers.has("Authorization")) made.headers.add("Authorization", "Bearer " + token);
    return made;
  }

  /// `path` below /api/data/v9.2/; blanks are encoded.
  http::Response dv(const std::string& method, const std::string& path, const std::string& body = {},
                    HeaderPairs headers = {}) {
    return dataverse.handle(
        request(method, "/api/data/v9.2/" + encoded(path), body, headers, dataverse_token, "127.0.0.1:8701"));
  }

  http::Response fo(const std::string& method, const std::string& path, const std::string& body = {},
                    HeaderPairs headers = {}) {
    return finops.handle(request(method, "/data/" + encoded(path), body, headers, finops_token, "127.0.0.1:8702"));
  }

  static std::string encoded(std::string path) {
    for (std::size_t at = path.find(' '); at != std::string::npos; at = path.find(' ', at)) path.replace(at, 1, "%20");
    return path;
  }

  json dv_get(const std::string& path, HeaderPairs headers = {}) {
    const http::Response response = dv("GET", path, {}, headers);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return json::parse(response.body);
  }

  json fo_get(const std::string& path, HeaderPairs headers = {}) {
    const http::Response response = fo("GET", path, {}, headers);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return json::parse(response.body);
  }

  /// Creates a row and returns its GUID.
  std::string dv_create(const std::string& set, const std::string& body) {
    const http::Response response = dv("POST", set, body);
    EXPECT_EQ(response.status, 204) << response.body;
    const std::string_view id = response.headers.get("OData-EntityId");
    return std::string(id.substr(id.find('(') + 1, 36));
  }

  std::string account(const std::string& number, const std::string& company = "usmf", const std::string& more = {}) {
    return dv_create("accounts", R"({"accountnumber":")" + number + R"(","name":"Name of )" + number +
                                     R"(","msdyn_company@odata.bind":"/cdm_companies(cdm_companycode=')" + company +
                                     "')\"" + more + "}");
  }

  void customer(const std::string& account_number, const std::string& company = "usmf", const std::string& more = {}) {
    const http::Response response = fo("POST", "CustomersV3",
                                       R"({"dataAreaId":")" + company + R"(","CustomerAccount":")" + account_number +
                                           R"(","OrganizationName":"Name of )" + account_number + "\"" + more + "}");
    EXPECT_EQ(response.status, 201) << response.body;
  }

  static std::string code_of(const http::Response& response) {
    return json::parse(response.body).at("error").value("code", "");
  }
  static std::string message_of(const http::Response& response) {
    return json::parse(response.body).at("error").value("message", "");
  }
  static std::string infolog_of(const http::Response& response) {
    return json::parse(response.body).at("error").at("innererror").value("message", "");
  }

  static std::vector<odata::BatchResponsePart> parts_of(const http::Response& response) {
    const auto parts = odata::parse_batch_response(response.headers.get("Content-Type"), response.body);
    EXPECT_TRUE(parts.has_value()) << response.body;
    return parts.value_or(std::vector<odata::BatchResponsePart>{});
  }

  http::Response dv_batch(const std::vector<odata::BatchRequestPart>& parts, bool goes_on = false) {
    const std::string body = odata::encode_batch_request(parts, "batch_1");
    const std::string type = "multipart/mixed; boundary=batch_1";
    if (goes_on) return dv("POST", "$batch", body, {{"Content-Type", type}, {"Prefer", "odata.continue-on-error"}});
    return dv("POST", "$batch", body, {{"Content-Type", type}});
  }

  http::Response fo_batch(const std::vector<odata::BatchRequestPart>& parts) {
    return fo("POST", "$batch", odata::encode_batch_request(parts, "batch_1"),
              {{"Content-Type", "multipart/mixed; boundary=batch_1"}});
  }

  static odata::BatchRequestPart part(const std::string& method, const std::string& url, const std::string& body = {},
                                      int change_set = -1, const std::string& content_id = {}) {
    odata::BatchRequestPart made(method, encoded(url));
    made.body = body;
    if (!body.empty()) made.headers.emplace_back("Content-Type", "application/json");
    made.change_set = change_set;
    made.content_id = content_id;
    return made;
  }

  /// The target of a link, for the next request.
  static std::string below_root(const std::string& link) {
    const std::size_t dataverse_root = link.find("/api/data/v9.2/");
    if (dataverse_root != std::string::npos) return link.substr(dataverse_root + 15);
    return link.substr(link.find("/data/") + 6);
  }

  ManualClock clock;
  SandboxSettings settings;
  std::vector<Post> webhooks;
  std::vector<Post> notices;
  TokenService tokens{clock, settings};
  dataverse::Service dataverse{clock, settings, tokens, [this](Post post) { webhooks.push_back(std::move(post)); }};
  finops::Service finops{clock, settings, tokens, [this](Post post) { notices.push_back(std::move(post)); }};
  std::string dataverse_token;
  std::string finops_token;
};

}  // namespace dualwrite::sandbox
