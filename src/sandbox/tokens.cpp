#include "sandbox/tokens.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/guid.hpp"

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
  std::vector<Client> clients = settings.clients;
  if (clients.empty()) {
    clients.push_back({"dualwrite", Secret("sandbox-secret"), {}, {}});
    clients.push_back({"editor", Secret("editor-secret"), {}, {}});
  }
  std::vector<User> users;
  for (const Client& client : clients) {
    const auto id = guid_bytes(client.user_id);
    users.push_back({id ? *id : seed_guid("user/" + client.id),
                     client.user_name.empty() ? "# " + client.id : client.user_name, client.id, client.secret});
  }
  return users;
}

TokenService::TokenService(const Clock& clock, const SandboxSettings& settings)
    : clock_(&clock),
      tenant_(settings.tenant),
      lifetime_(settings.token_lifetime),
      users_(users_of(settings)),
      dataverse_port_(settings.dataverse_port),
      finops_port_(settings.finops_port) {}

void TokenService::set_ports(std::uint16_t dataverse, std::uint16_t finops) {
  dataverse_port_ = dataverse;
  finops_port_ = finops;
}

http::Response TokenService::handle(const http::Request& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const bool v2 = path.ends_with("/oauth2/v2.0/token");
  const bool v1 = path.ends_with("/oauth2/token");
  if (!v1 && !v2) return http::Response(404);
  if (request.method != "POST") return http::Response(405);

  const TextMap<std::string> form = parse_form(request.body);
  const auto get = [&](std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
  };
  if (get("grant_type") != "client_credentials") {
    return refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  }
  const Credentials credentials = credentials_of(request, form);
  const auto user = std::ranges::find(users_, credentials.id, &User::client_id);
  if (user == users_.end()) {
    return refused(400, "unauthorized_client", 700016,
                   "Application with identifier '" + credentials.id + "' was not found in the directory.");
  }
  if (!same_secret(credentials.secret, user->secret.reveal())) {
    return refused(401, "invalid_client", 7000215,
                   "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                   "value, not the client secret ID, for a secret added to app '" +
                       credentials.id + "'.");
  }
  std::string resource = get("resource");
  if (resource.empty()) {
    resource = get("scope");
    constexpr std::string_view suffix = "/.default";
    if (!resource.ends_with(suffix)) {
      return refused(400, "invalid_scope", 70011,
                     "The provided request must include a 'scope' input parameter of the form '<resource>/.default'.");
    }
    resource.resize(resource.size() - suffix.size());
  }
  const auto audience = audience_of(resource);
  if (!audience) {
    return refused(400, "invalid_resource", 500011,
                   "The resource principal named " + resource + " was not found in the tenant.");
  }
  return grant(static_cast<std::size_t>(user - users_.begin()), *audience, resource, v1);
}

std::optional<Audience> TokenService::audience_of(std::string_view resource) const {
  while (resource.ends_with('/')) resource.remove_suffix(1);
  http::Url url;
  if (!http::parse_url(resource, url)) return std::nullopt;
  if (url.port == std::to_string(dataverse_port_)) return Audience::dataverse;
  if (url.port == std::to_string(finops_port_)) return Audience::finops;
  return std::nullopt;
}

http::Response TokenService::grant(std::size_t user, Audience audience, const std::string& resource, bool v1) {
  const Instant now = clock_->now();
  std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires_at <= now; });
  if (grants_.size() >= grants_max) grants_.clear();
  const std::string token = random_uuid() + "." + random_uuid();
  grants_.insert_or_assign(token, Grant{user, audience, now + lifetime_});

  const std::string lifetime = std::to_string(std::max<std::int64_t>(lifetime_.count() - 1, 0));
  std::string body = R"({"token_type":"Bearer",)";
  if (v1) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    body += R"("expires_in":")" + lifetime + R"(","ext_expires_in":")" + lifetime + R"(","expires_on":")" +
            std::to_string((seconds + lifetime_).count()) + R"(","not_before":")" + std::to_string(seconds.count()) +
            R"(","resource":)";
    odata::append_json_string(body, resource);
  } else {
    body += R"("expires_in":)" + lifetime + R"(,"ext_expires_in":)" + lifetime;
  }
  body += R"(,"access_token":")" + token + "\"}";
  http::Headers headers;
  headers.add("Content-Type", "application/json; charset=utf-8");
  headers.add("Cache-Control", "no-store, no-cache");
  return {200, std::move(headers), std::move(body)};
}

http::Response TokenService::refused(int status, const std::string& error, int code, const std::string& text) const {
  std::string time = format_instant(std::chrono::floor<std::chrono::seconds>(clock_->now()));
  std::ranges::replace(time, 'T', ' ');
  const std::string trace = random_uuid();
  const std::string correlation = random_uuid();
  std::string body = R"({"error":")" + error + R"(","error_description":)";
  odata::append_json_string(body, "AADSTS" + std::to_string(code) + ": " + text + " Trace ID: " + trace +
                                      " Correlation ID: " + correlation + " Timestamp: " + time);
  body += R"(,"error_codes":[)" + std::to_string(code) + R"(],"timestamp":")" + time + R"(","trace_id":")" + trace +
          R"(","correlation_id":")" + correlation + R"(","error_uri":"https://login.microsoftonline.com/error?code=)" +
          std::to_string(code) + "\"}";
  http::Headers headers;
  headers.add("Content-Type", "application/json; charset=utf-8");
  return {status, std::move(headers), std::move(body)};
}

const User* TokenService::check(const http::Headers& headers, Audience audience) const {
  const std::string_view header = headers.get("Authorization");
  if (header.size() < 8 || !equal_ignoring_case(header.substr(0, 7), "Bearer ")) return nullptr;
  const auto found = grants_.find(header.substr(7));
  if (found == grants_.end()) return nullptr;
  const Grant& grant = found->second;
  if (grant.audience != audience || grant.expires_at <= clock_->now()) return nullptr;
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
