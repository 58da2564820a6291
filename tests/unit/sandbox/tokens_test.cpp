#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

using SandboxTokensA2 = SandboxTest;

TEST_F(SandboxTokensA2, ClientCredentialsGiveABearerToken) {
  const http::Response response = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret"
      "&scope=http%3A%2F%2Flocalhost%3A8701%2F.default");

  const json body = json::parse(response.body);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body["token_type"], "Bearer");
  EXPECT_EQ(body["expires_in"], 3599);
  EXPECT_FALSE(body["access_token"].get<std::string>().empty());
}

TEST_F(SandboxTokensA2, VersionOneTakesAResourceAndAnswersWithStrings) {
  const http::Response response =
      tokens.handle(http::Request("POST", "/contoso/oauth2/token", {},
                                  "grant_type=client_credentials&client_id=editor&client_secret=editor-secret"
                                  "&resource=http%3A%2F%2F127.0.0.1%3A8702"));

  const json body = json::parse(response.body);
  EXPECT_EQ(body["expires_in"], "3599");
  EXPECT_EQ(body["resource"], "http://127.0.0.1:8702");
}

TEST_F(SandboxTokensA2, SecretMayComeAsHttpBasic) {
  const http::Response response =
      ask_token("grant_type=client_credentials&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default",
                {{"Authorization", "Basic ZHVhbHdyaXRlOnNhbmRib3gtc2VjcmV0"}});
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST_F(SandboxTokensA2, WrongSecretIs401InvalidClient) {
  const http::Response response = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=no&scope=http%3A%2F%2F127.0.0.1%3A8701%2F."
      "default");

  const json body = json::parse(response.body);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(body["error"], "invalid_client");
  EXPECT_EQ(body["error_codes"][0], 7000215);
  EXPECT_TRUE(body["error_description"].get<std::string>().starts_with("AADSTS7000215:"));
  EXPECT_TRUE(body.contains("trace_id") && body.contains("correlation_id") && body.contains("timestamp"));
}

TEST_F(SandboxTokensA2, UnknownClientIs400UnauthorizedClient) {
  const http::Response response =
      ask_token("grant_type=client_credentials&client_id=nobody&client_secret=no&scope=x/.default");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error"], "unauthorized_client");
}

TEST_F(SandboxTokensA2, ScopeWithoutDefaultIs400InvalidScope) {
  const http::Response response = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret&scope=http%3A%2F%2F127.0.0.1%"
      "3A8701");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error_codes"][0], 70011);
}

TEST_F(SandboxTokensA2, MissingTokenIs401WithTheAuthority) {
  const http::Response response = dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer nonsense"}});
  EXPECT_EQ(response.status, 401);
  EXPECT_NE(response.headers.get("WWW-Authenticate").find("authorization_uri="), std::string_view::npos);
  EXPECT_TRUE(response.body.empty());
}

TEST_F(SandboxTokensA2, TokenOfTheOtherServiceIs401) {
  EXPECT_EQ(dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer " + finops_token}}).status, 401);
  EXPECT_EQ(fo("GET", "CustomersV3", {}, {{"Authorization", "Bearer " + dataverse_token}}).status, 401);
}

TEST_F(SandboxTokensA2, TokenExpires) {
  EXPECT_EQ(dv("GET", "WhoAmI").status, 200);
  clock.advance(std::chrono::seconds(3600));
  EXPECT_EQ(dv("GET", "WhoAmI").status, 401);
}

TEST_F(SandboxTokensA2, EachClientIsItsOwnUser) {
  const std::string editor = token("http://127.0.0.1:8701", "editor", "editor-secret");
  const json ours = dv_get("WhoAmI");
  const json theirs = json::parse(dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer " + editor}}).body);
  EXPECT_NE(ours["UserId"], theirs["UserId"]);
  EXPECT_EQ(ours["OrganizationId"], theirs["OrganizationId"]);
}

}  // namespace
}  // namespace dualwrite::sandbox
