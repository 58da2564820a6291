// The built sandbox with --client-certificate: who holds the key gets a token, and nobody else.
#include <nlohmann/json.hpp>

#include "demo/child.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/odata/uri.hpp"
#include "integration/input/fixture.hpp"
#include "support/certified.hpp"
#include "support/run.hpp"

namespace dualwrite::test {
namespace {

using nlohmann::json;

class ClientCertificate : public InputTest {
 protected:
  Ended run_sandbox(const std::string& certificate) const {
    return run_command(program_with({"sandbox", "--dataverse-port", "0", "--finops-port", "0", "--token-port", "0",
                                     "--client-certificate", certificate}),
                       directory);
  }
};

json header_for(const Certified& owner) {
  return {{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", owner.thumbprint(EVP_sha256())}};
}

json claims_for(const std::string& token_url) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return {{"aud", token_url},   {"iss", "dualwrite"}, {"sub", "dualwrite"},      {"jti", "1"},
          {"nbf", now.count()}, {"iat", now.count()}, {"exp", now.count() + 300}};
}

std::string form_with(const std::string& assertion, const std::string& resource) {
  return "grant_type=client_credentials&client_id=dualwrite&scope=" + odata::percent_encode(resource + "/.default") +
         "&client_assertion_type=" + odata::percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
         "&client_assertion=" + assertion;
}

TEST_F(ClientCertificate, LetsWhoHoldsItsKeyHaveATokenAndNobodyElse) {
  const Certified ours;
  const Certified other;
  write("client.pem", ours.pem());
  auto child = demo::Child::start("sandbox",
                                  {DUALWRITE_PROGRAM, "sandbox", "--dataverse-port", "0", "--finops-port", "0",
                                   "--token-port", "0", "--client-certificate", file("client.pem")},
                                  {}, directory);
  ASSERT_TRUE(child) << child.error().text();
  run<void>([&](Executor executor) -> Task<void> {
    SystemClock clock;
    const std::chrono::milliseconds limit(30000);
    const auto line = co_await child->first_line(clock, limit);
    if (!line) throw std::runtime_error(line.error().text());
    const json urls = json::parse(*line);
    const std::string token_url = urls["token"];
    const std::size_t path = token_url.find('/', 8);
    const auto client = http::make_client(executor, token_url.substr(0, path));
    const auto dataverse = http::make_client(executor, urls["dataverse"].get<std::string>());

    const auto ask = [&](const std::string& assertion) {
      http::Request request("POST", token_url.substr(path), {}, form_with(assertion, urls["dataverse"]));
      request.headers.add("Content-Type", "application/x-www-form-urlencoded");
      return request;
    };
    http::Request right = ask(ours.jwt(header_for(ours), claims_for(token_url)));
    const auto given = co_await client->send(std::move(right), limit);
    if (!given) throw std::runtime_error(given.error().text());
    EXPECT_EQ(given->status, 200) << given->body;
    http::Request who("GET", "/api/data/v9.2/WhoAmI", {}, "");
    who.headers.add("Authorization", "Bearer " + json::parse(given->body)["access_token"].get<std::string>());
    const auto known = co_await dataverse->send(std::move(who), limit);
    EXPECT_EQ(known ? known->status : 0, 200) << "the token is good for the service that it was asked for";

    http::Request unknown = ask(other.jwt(header_for(other), claims_for(token_url)));
    const auto refused = co_await client->send(std::move(unknown), limit);
    EXPECT_EQ(refused ? refused->status : 0, 401) << "a certificate that nobody registered";
    http::Request forged = ask(other.jwt(header_for(ours), claims_for(token_url)));
    const auto caught = co_await client->send(std::move(forged), limit);
    EXPECT_EQ(caught ? caught->status : 0, 401) << "the registered certificate's name, another key";
    if (caught) EXPECT_EQ(json::parse(caught->body)["error_codes"][0], 700027);
  });
}

TEST_F(ClientCertificate, IsRefusedAtTheStartIfTheFileHoldsNone) {
  write("empty.pem", "-----BEGIN NOTHING-----\n");
  const Ended wrong = run_sandbox(file("empty.pem"));
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("empty.pem: it holds no certificate with an RSA key"), std::string::npos) << wrong.err;
  const Ended missing = run_sandbox(file("missing.pem"));
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find("missing.pem: it cannot be read"), std::string::npos) << missing.err;
}

}  // namespace
}  // namespace dualwrite::test
