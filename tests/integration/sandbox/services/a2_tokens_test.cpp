// Tokens by client credentials, as Entra ID and AD FS give them.
#include <regex>

#include "support/certified.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

const test::Certified& certified() {
  static const test::Certified it;
  return it;
}

SandboxSettings with_certificate() {
  SandboxSettings settings;
  Client ours;
  ours.id = "dualwrite";
  ours.secret = Secret("sandbox-secret");
  ours.certificate = certified().pem();
  Client editor;
  editor.id = "editor";
  editor.secret = Secret("editor-secret");
  Client stranger;
  stranger.id = "stranger";
  stranger.secret = Secret("stranger-secret");
  stranger.is_member = false;
  Client late;
  late.id = "late";
  late.secret = Secret("late-secret");
  late.secret_expires_at = parse_instant("2026-01-01T00:00:00Z").value();
  settings.clients = {ours, editor, stranger, late};
  return settings;
}

class A2 : public SandboxTest {
 protected:
  A2() : SandboxTest(with_certificate()) {}
  const std::string token_url = "http://127.0.0.1:8703/sandbox/oauth2/v2.0/token";
  const std::string ours = "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret";

  json claims() const {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock.now().time_since_epoch()).count();
    return {{"aud", token_url}, {"iss", "dualwrite"}, {"sub", "dualwrite"}, {"jti", "1"},
            {"nbf", now},       {"iat", now},         {"exp", now + 600}};
  }
  static json header() {
    return {{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", certified().thumbprint(EVP_sha256())}};
  }
  http::Response ask_with(const json& header, const json& claims) {
    return ask_token(
        "grant_type=client_credentials&client_id=dualwrite&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default"
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        "&client_assertion=" +
            certified().jwt(header, claims),
        {{"Host", "127.0.0.1:8703"}});
  }
  static int aadsts_of(const http::Response& response) { return json::parse(response.body)["error_codes"][0]; }
  http::Response ask_adfs(const std::string& form) {
    return tokens.handle(http::Request("POST", "/adfs/oauth2/token", {}, form));
  }
};

TEST_F(A2, ClientCredentialsGiveABearerToken) {
  const http::Response response = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret"
      "&scope=http%3A%2F%2Flocalhost%3A8701%2F.default");

  const json body = json::parse(response.body);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body["token_type"], "Bearer");
  EXPECT_EQ(body["expires_in"], 3599);
  EXPECT_FALSE(body["access_token"].get<std::string>().empty());
}

TEST_F(A2, VersionOneTakesAResourceAndAnswersWithStrings) {
  const http::Response response =
      tokens.handle(http::Request("POST", "/contoso/oauth2/token", {},
                                  "grant_type=client_credentials&client_id=editor&client_secret=editor-secret"
                                  "&resource=http%3A%2F%2F127.0.0.1%3A8702"));

  const json body = json::parse(response.body);
  EXPECT_EQ(body["expires_in"], "3599");
  EXPECT_EQ(body["resource"], "http://127.0.0.1:8702");
}

TEST_F(A2, SecretMayComeAsHttpBasic) {
  const http::Response response =
      ask_token("grant_type=client_credentials&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default",
                {{"Authorization", "Basic ZHVhbHdyaXRlOnNhbmRib3gtc2VjcmV0"}});
  EXPECT_EQ(response.status, 200) << response.body;
}

TEST_F(A2, WrongSecretIs401InvalidClient) {
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

TEST_F(A2, UnknownClientIs400UnauthorizedClient) {
  const http::Response response =
      ask_token("grant_type=client_credentials&client_id=nobody&client_secret=no&scope=x/.default");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error"], "unauthorized_client");
}

TEST_F(A2, ScopeWithoutDefaultIs400InvalidScope) {
  const http::Response response = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret&scope=http%3A%2F%2F127.0.0.1%"
      "3A8701");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body)["error_codes"][0], 70011);
}

TEST_F(A2, MissingTokenIs401WithTheAuthority) {
  const http::Response response = dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer nonsense"}});
  EXPECT_EQ(response.status, 401);
  EXPECT_NE(response.headers.get("WWW-Authenticate").find("authorization_uri="), std::string_view::npos);
  EXPECT_TRUE(response.body.empty());
}

TEST_F(A2, TokenOfTheOtherServiceIs401) {
  EXPECT_EQ(dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer " + finops_token}}).status, 401);
  EXPECT_EQ(fo("GET", "CustomersV3", {}, {{"Authorization", "Bearer " + dataverse_token}}).status, 401);
}

TEST_F(A2, TokenExpires) {
  EXPECT_EQ(dv("GET", "WhoAmI").status, 200);
  clock.advance(std::chrono::seconds(3600));
  EXPECT_EQ(dv("GET", "WhoAmI").status, 401);
}

TEST_F(A2, EachClientIsItsOwnUser) {
  const std::string editor = token("http://127.0.0.1:8701", "editor", "editor-secret");
  const json ours = dv_get("WhoAmI");
  const json theirs = json::parse(dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer " + editor}}).body);
  EXPECT_NE(ours["UserId"], theirs["UserId"]);
  EXPECT_EQ(ours["OrganizationId"], theirs["OrganizationId"]);
}

TEST_F(A2, NoRefreshTokenIsIssuedForClientCredentials) {
  const http::Response answer = ask_token(ours + "&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json token = json::parse(answer.body);
  EXPECT_EQ(token["token_type"], "Bearer");
  EXPECT_FALSE(token.contains("refresh_token"));
}

TEST_F(A2, TheBodyOfATokenIsThis) {
  const http::Response answer = ask_token(ours + "&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default");
  const std::string token = json::parse(answer.body)["access_token"];
  EXPECT_EQ(answer.body,
            R"({"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":")" + token + "\"}");
}

TEST_F(A2, TheBodyOfAnErrorIsThis) {
  const http::Response answer =
      ask_token("grant_type=client_credentials&client_id=dualwrite&client_secret=no&scope=x%2F.default");
  const std::regex shape(
      R"(\{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided\. [^"]*",)"
      R"("error_codes":\[7000215\],"timestamp":"2026-03-04 05:06:07Z","trace_id":"[0-9a-f-]{36}",)"
      R"("correlation_id":"[0-9a-f-]{36}","error_uri":"https://login\.microsoftonline\.com/error\?code=7000215"\})");
  EXPECT_TRUE(std::regex_match(answer.body, shape)) << answer.body;
}

TEST_F(A2, VersionOneAddsTimesAndTheResourceAsStrings) {
  const http::Response answer = tokens.handle(
      http::Request("POST", "/contoso/oauth2/token", {}, ours + "&resource=http%3A%2F%2F127.0.0.1%3A8701"));
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["not_before"], "1772600767");
  EXPECT_EQ(body["expires_on"], "1772604367");
  EXPECT_EQ(body["ext_expires_in"], "3599");
}

TEST_F(A2, AnAssertionSignedPS256IsAsGoodAsASecret) {
  EXPECT_EQ(ask_with(header(), claims()).status, 200) << ask_with(header(), claims()).body;
}

TEST_F(A2, TheOlderAssertionWithRS256AndSha1IsAcceptedToo) {
  const json older{{"alg", "RS256"}, {"typ", "JWT"}, {"x5t", certified().thumbprint(EVP_sha1())}};
  EXPECT_EQ(ask_with(older, claims()).status, 200);
}

TEST_F(A2, AnAssertionWhoseSignatureDoesNotFitIs700027) {
  json other = header();
  other["alg"] = "RS256";
  const std::string genuine = certified().jwt(header(), claims());
  const std::string forged = certified().jwt(other, claims());
  const std::string mixed = genuine.substr(0, genuine.rfind('.')) + forged.substr(forged.rfind('.'));
  const http::Response answer = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default"
      "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
          mixed,
      {{"Host", "127.0.0.1:8703"}});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(aadsts_of(answer), 700027);
}

TEST_F(A2, AnAssertionOfAnUnregisteredCertificateIs700027) {
  const test::Certified other;
  json named = header();
  named["x5t#S256"] = other.thumbprint(EVP_sha256());
  EXPECT_EQ(aadsts_of(ask_with(named, claims())), 700027);
}

TEST_F(A2, AnAssertionForAnotherUrlIsRefused) {
  json others = claims();
  others["aud"] = "http://127.0.0.1:8703/other/oauth2/v2.0/token";
  const http::Response answer = ask_with(header(), others);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(aadsts_of(answer), 700023);
}

TEST_F(A2, AnAssertionExpires) {
  const json given = claims();
  clock.advance(std::chrono::minutes(16));
  EXPECT_EQ(aadsts_of(ask_with(header(), given)), 700024);
}

TEST_F(A2, AnAssertionOfAnotherClientIsRefused) {
  json others = claims();
  others["sub"] = "editor";
  EXPECT_EQ(aadsts_of(ask_with(header(), others)), 700021);
}

TEST_F(A2, WhatIsNoJwtIs50027) {
  const http::Response answer = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&scope=x%2F.default&client_assertion=nonsense"
      "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(aadsts_of(answer), 50027);
}

TEST_F(A2, NeitherSecretNorAssertionIs7000218) {
  EXPECT_EQ(aadsts_of(ask_token("grant_type=client_credentials&client_id=dualwrite&scope=x%2F.default")), 7000218);
}

TEST_F(A2, AnExpiredSecretIs7000222) {
  const http::Response answer = ask_token(
      "grant_type=client_credentials&client_id=late&client_secret=late-secret"
      "&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(aadsts_of(answer), 7000222);
}

TEST_F(A2, AnApplicationThatIsNoUserOfTheEnvironmentIs403) {
  const std::string foreign = token("http://127.0.0.1:8701", "stranger", "stranger-secret");
  const http::Response answer = dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer " + foreign}});
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body,
            R"({"error":{"code":"0x80072560","message":"The user is not a member of the organization."}})");
}

TEST_F(A2, A401HasNoBodyAndNamesAuthorityAndResource) {
  const http::Response answer = dv("GET", "WhoAmI", {}, {{"Authorization", "Bearer x"}});
  EXPECT_EQ(answer.headers.get("WWW-Authenticate"),
            "Bearer authorization_uri=https://login.microsoftonline.com/sandbox/oauth2/authorize, "
            "resource_id=http://127.0.0.1:8701/");
  EXPECT_TRUE(answer.body.empty());
}

using C11 = A2;

TEST_F(C11, AdFsAnswersWithALowerCaseBearerAndTheWholeLifetime) {
  const http::Response answer = ask_adfs(ours + "&resource=http%3A%2F%2F127.0.0.1%3A8702");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string token = json::parse(answer.body)["access_token"];
  EXPECT_EQ(answer.body, R"({"access_token":")" + token + R"(","token_type":"bearer","expires_in":3600})");
  EXPECT_EQ(fo("GET", "CustomersV3", {}, {{"Authorization", "Bearer " + token}}).status, 200);
}

TEST_F(C11, TheResourceIsTheHostWithoutNamespaces) {
  const http::Response answer = ask_adfs(ours + "&resource=http%3A%2F%2F127.0.0.1%3A8702%2Fnamespaces%2FAXSF");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["error"], "invalid_resource");
}

TEST_F(C11, AdFsRefusesAWrongSecretWithoutEntrasCodes) {
  const http::Response answer = ask_adfs(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=no&resource=http%3A%2F%2F127.0.0.1%3A8702");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":"invalid_client","error_description":"MSIS9622: Client authentication failed. Please verify )"
            R"(the credential provided for client authentication is valid."})");
}

class C11Status401 : public SandboxTest {
 protected:
  static SandboxSettings settings_with() {
    SandboxSettings settings;
    settings.adfs_refusal_status = 401;
    return settings;
  }
  C11Status401() : SandboxTest(settings_with()) {}
};

TEST_F(C11Status401, TheStatusOfARefusalByAdFsIsASwitch) {
  EXPECT_EQ(tokens.handle(http::Request("POST", "/adfs/oauth2/token", {}, "grant_type=client_credentials&client_id=x"))
                .status,
            401);
}

}  // namespace
}  // namespace dualwrite::sandbox
