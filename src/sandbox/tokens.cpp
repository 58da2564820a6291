#include "sandbox/tokens.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "dualwrite/sandbox/clients.hpp"
#include "sandbox/assertion.hpp"
#include "sandbox/guid.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t grants_max = 100000;

TextMap<std::string> parse_form(std::string_view body) {
  TextMap<std::string> form;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto decode = [](std::string_view text) {
      std::string plain(text);
      std::ranges::replace(plain, '+', ' ');
      return odata::percent_decode(plain).value_or(std::string());
    };
    form.insert_or_assign(decode(pair.substr(0, equals)), decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return form;
}

std::string base64_decode(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    unsigned value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      value = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else
      break;
    buffer = (buffer << 6U | value) & 0xFFFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(buffer >> static_cast<unsigned>(bits) & 0xFFU));
    }
  }
  return bytes;
}

bool is_plain(std::string_view resource) {
  return !resource.ends_with('/') && std::ranges::none_of(resource, [](char c) { return c >= 'A' && c <= 'Z'; });
}

struct Credentials {
  std::string id;
  std::string secret;
};

Credentials credentials_of(const http::Request& request, const TextMap<std::string>& form) {
  const std::string_view header = request.headers.get("Authorization");
  if (header.size() > 6 && equal_ignoring_case(header.substr(0, 6), "Basic ")) {
    const std::string pair = base64_decode(header.substr(6));
    const std::size_t colon = std::min(pair.find(':'), pair.size());
    return {pair.substr(0, colon), pair.substr(std::min(colon + 1, pair.size()))};
  }
  const auto get = [&](std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
  };
  return {get("client_id"), get("client_secret")};
}

}  // namespace

std::vector<User> users_of(const SandboxSettings& settings) {
  const std::vector<Client> clients = settings.clients.empty() ? default_clients() : settings.clients;
  std::vector<User> users;
  for (const Client& client : clients) {
    const auto id = guid_bytes(client.user_id);
    users.push_back({id ? *id : seed_guid("user/" + client.id),
                     client.user_name.empty() ? "# " + client.id : client.user_name, client.id, client.secret,
                     client.certificate, client.is_member, client.secret_expires_at});
  }
  return users;
}

TokenService::TokenService(const Clock& clock, const SandboxSettings& settings)
    : clock_(&clock),
      tenant_(settings.tenant),
      lifetime_(settings.token_lifetime),
      adfs_refusal_status_(settings.adfs_refusal_status),
      users_(users_of(settings)),
      dataverse_port_(settings.dataverse_port),
      finops_port_(settings.finops_port) {}

void TokenService::set_ports(std::uint16_t dataverse, std::uint16_t finops) {
  dataverse_port_ = dataverse;
  finops_port_ = finops;
}

http::Response TokenService::handle(const http::Request& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const Dialect dialect = path.ends_with("/adfs/oauth2/token")   ? Dialect::adfs
                          : path.ends_with("/oauth2/v2.0/token") ? Dialect::v2
                                                                 : Dialect::v1;
  if (dialect == Dialect::v1 && !path.ends_with("/oauth2/token")) return http::Response(404);
  if (request.method != "POST") return http::Response(405);
  auto answer = answer_to(request, parse_form(request.body), dialect);
  if (answer) return std::move(*answer);
  return dialect == Dialect::adfs ? refused_by_adfs(answer.error()) : refused(answer.error());
}

std::expected<http::Response, TokenService::Problem> TokenService::answer_to(const http::Request& request,
                                                                             const TextMap<std::string>& form,
                                                                             Dialect dialect) {
  const auto get = [&](std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
  };
  if (get("grant_type") != "client_credentials") {
    return problem(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  }
  Credentials credentials = credentials_of(request, form);
  const std::string assertion = get("client_assertion");
  if (credentials.id.empty()) credentials.id = client_of_assertion(assertion);
  const auto user = std::ranges::find(users_, credentials.id, &User::client_id);
  if (user == users_.end()) {
    return problem(400, "unauthorized_client", 700016,
                   "Application with identifier '" + credentials.id + "' was not found in the directory.");
  }
  auto proof = assertion.empty() ? check_secret(*user, credentials.secret)
                                 : check_certificate(*user, assertion, get("client_assertion_type"), request);
  if (!proof) return std::unexpected(proof.error());
  std::string resource = get("resource");
  if (resource.empty() && dialect == Dialect::v2) {
    resource = get("scope");
    constexpr std::string_view suffix = "/.default";
    if (!resource.ends_with(suffix)) {
      return problem(400, "invalid_scope", 70011,
                     "The provided request must include a 'scope' input parameter of the form '<resource>/.default'.");
    }
    resource.resize(resource.size() - suffix.size());
  }
  const auto audience = audience_of(resource, dialect);
  if (!audience) {
    return problem(400, "invalid_resource", 500011,
                   "The resource principal named " + resource + " was not found in the tenant.");
  }
  Grant given;
  given.user = static_cast<std::size_t>(user - users_.begin());
  given.audience = *audience;
  given.is_exact = dialect == Dialect::adfs || (is_plain(resource) && request.target.starts_with("/" + tenant_ + "/"));
  return grant(given, resource, dialect);
}

std::expected<void, TokenService::Problem> TokenService::check_secret(const User& user,
                                                                      const std::string& secret) const {
  if (secret.empty()) {
    return problem(401, "invalid_client", 7000218,
                   "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
  }
  if (!same_secret(secret, user.secret.reveal())) {
    return problem(401, "invalid_client", 7000215,
                   "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                   "value, not the client secret ID, for a secret added to app '" +
                       user.client_id + "'.");
  }
  if (user.secret_expires_at && *user.secret_expires_at <= clock_->now()) {
    return problem(401, "invalid_client", 7000222,
                   "The provided client secret keys for app '" + user.client_id +
                       "' are expired. Visit the Azure portal to create new keys for your app.");
  }
  return {};
}

std::expected<void, TokenService::Problem> TokenService::check_certificate(const User& user,
                                                                           const std::string& assertion,
                                                                           const std::string& type,
                                                                           const http::Request& request) const {
  if (type != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
    return problem(400, "invalid_request", 900144, "The request body must contain 'client_assertion_type'.");
  }
  const std::string path = request.target.substr(0, request.target.find('?'));
  const std::string audience = request_origin(request.headers, "http://127.0.0.1") + path;
  switch (check_assertion(assertion, user.certificate, user.client_id, audience, clock_->now())) {
    case AssertionFault::none:
      return {};
    case AssertionFault::malformed:
      return problem(400, "invalid_request", 50027, "JWT token is invalid or malformed.");
    case AssertionFault::subject:
      return problem(401, "invalid_client", 700021,
                     "Client assertion application identifier doesn't match 'client_id' parameter.");
    case AssertionFault::key:
      return problem(401, "invalid_client", 700027,
                     "The certificate with identifier used to sign the client assertion is not registered on "
                     "application.");
    case AssertionFault::signature:
      return problem(401, "invalid_client", 700027, "Client assertion failed signature validation.");
    case AssertionFault::audience:
      return problem(401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer.");
    case AssertionFault::time:
      return problem(401, "invalid_client", 700024, "Client assertion is not within its valid time range.");
  }
  return {};
}

std::optional<Audience> TokenService::audience_of(std::string_view resource, Dialect dialect) const {
  while (resource.ends_with('/')) resource.remove_suffix(1);
  http::Url url;
  if (!http::parse_url(resource, url)) return std::nullopt;
  // AD FS knows the server application by its host, without /namespaces/AXSF (C11).
  if (dialect == Dialect::adfs && url.path != "/") return std::nullopt;
  if (url.port == std::to_string(dataverse_port_)) return Audience::dataverse;
  if (url.port == std::to_string(finops_port_)) return Audience::finops;
  return std::nullopt;
}

http::Response TokenService::grant(Grant given, const std::string& resource, Dialect dialect) {
  const Instant now = clock_->now();
  std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires_at <= now; });
  if (grants_.size() >= grants_max) grants_.clear();
  const std::string token = random_uuid() + "." + random_uuid();
  given.expires_at = now + lifetime_;
  grants_.insert_or_assign(token, given);

  http::Headers headers;
  headers.add("Content-Type", "application/json; charset=utf-8");
  headers.add("Cache-Control", "no-store, no-cache");
  if (dialect == Dialect::adfs) {
    return {200, std::move(headers),
            R"({"access_token":")" + token + R"(","token_type":"bearer","expires_in":)" +
                std::to_string(lifetime_.count()) + "}"};
  }
  const std::string lifetime = std::to_string(std::max<std::int64_t>(lifetime_.count() - 1, 0));
  std::string body = R"({"token_type":"Bearer",)";
  if (dialect == Dialect::v1) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    body += R"("expires_in":")" + lifetime + R"(","ext_expires_in":")" + lifetime + R"(","expires_on":")" +
            std::to_string((seconds + lifetime_).count()) + R"(","not_before":")" + std::to_string(seconds.count()) +
            R"(","resource":)";
    odata::append_json_string(body, resource);
  } else {
    body += R"("expires_in":)" + lifetime + R"(,"ext_expires_in":)" + lifetime;
  }
  body += R"(,"access_token":")" + token + "\"}";
  return {200, std::move(headers), std::move(body)};
}

http::Response TokenService::refused(const Problem& problem) const {
  std::string time = format_instant(std::chrono::floor<std::chrono::seconds>(clock_->now()));
  std::ranges::replace(time, 'T', ' ');
  const std::string trace = random_uuid();
  const std::string correlation = random_uuid();
  const std::string code = std::to_string(problem.code);
  std::string body = R"({"error":")" + problem.error + R"(","error_description":)";
  odata::append_json_string(body, "AADSTS" + code + ": " + problem.text + " Trace ID: " + trace +
                                      " Correlation ID: " + correlation + " Timestamp: " + time);
  body += R"(,"error_codes":[)" + code + R"(],"timestamp":")" + time + R"(","trace_id":")" + trace +
          R"(","correlation_id":")" + correlation + R"(","error_uri":"https://login.microsoftonline.com/error?code=)" +
          code + "\"}";
  http::Headers headers;
  headers.add("Content-Type", "application/json; charset=utf-8");
  return {problem.status, std::move(headers), std::move(body)};
}

http::Response TokenService::refused_by_adfs(const Problem& problem) const {
  std::string text = problem.text;
  if (problem.code == 700016) {
    text =
        "MSIS9607: The 'client_id' parameter in the request is invalid. No registered client is found with this "
        "identifier.";
  } else if (problem.error == "invalid_client") {
    text =
        "MSIS9622: Client authentication failed. Please verify the credential provided for client authentication is "
        "valid.";
  } else if (problem.error == "invalid_resource") {
    text =
        "MSIS9602: The received 'resource' parameter is invalid. The authorization server can not find a registered "
        "resource with the specified identifier.";
  }
  std::string body = R"({"error":")" + (problem.code == 700016 ? std::string("invalid_client") : problem.error) +
                     R"(","error_description":)";
  odata::append_json_string(body, text);
  http::Headers headers;
  headers.add("Content-Type", "application/json;charset=UTF-8");
  return {adfs_refusal_status_, std::move(headers), body + "}"};
}

const User* TokenService::check(const http::Headers& headers, Audience audience) const {
  const std::string_view header = headers.get("Authorization");
  if (header.size() < 8 || !equal_ignoring_case(header.substr(0, 7), "Bearer ")) return nullptr;
  const auto found = grants_.find(header.substr(7));
  if (found == grants_.end()) return nullptr;
  const Grant& grant = found->second;
  if (grant.audience != audience || grant.expires_at <= clock_->now()) return nullptr;
  if (audience == Audience::finops && !grant.is_exact) return nullptr;
  return &users_[grant.user];
}

void TokenService::revoke(const http::Headers& headers) {
  const std::string_view header = headers.get("Authorization");
  if (header.size() < 8) return;
  const auto found = grants_.find(header.substr(7));
  if (found != grants_.end()) grants_.erase(found);
}

void TokenService::save(Writer& to) const {
  to.text("tokens");
  to.number(static_cast<std::int64_t>(grants_.size()));
  for (const auto& [token, grant] : grants_) {
    to.text(token);
    to.text(users_[grant.user].client_id);
    to.number(grant.audience == Audience::dataverse ? 0 : 1);
    to.number(grant.expires_at.time_since_epoch().count());
    to.number(grant.is_exact ? 1 : 0);
  }
}

void TokenService::load(Reader& from) {
  from.expect("tokens");
  grants_.clear();
  for (std::size_t left = from.count(); left > 0; --left) {
    std::string token(from.text());
    const auto user = std::ranges::find(users_, from.text(), &User::client_id);
    Grant grant;
    grant.audience = from.number() == 0 ? Audience::dataverse : Audience::finops;
    grant.expires_at = Instant(Instant::duration(from.number()));
    grant.is_exact = from.number() != 0;
    if (user == users_.end()) continue;
    grant.user = static_cast<std::size_t>(user - users_.begin());
    grants_.insert_or_assign(std::move(token), grant);
  }
}

http::Response TokenService::unauthorized(const std::string& resource) const {
  http::Headers headers;
  headers.add("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/" + tenant_ +
                                      "/oauth2/authorize, resource_id=" + resource + "/");
  return {401, std::move(headers), {}};
}

}  // namespace dualwrite::sandbox
