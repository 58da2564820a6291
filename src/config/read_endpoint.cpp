#include "config/read_endpoint.hpp"

#include <algorithm>

#include "config/config_keys.hpp"
#include "config/secret_reference.hpp"
#include "config/text_file.hpp"
#include "config/url.hpp"

namespace dualwrite::config {
namespace {

using maps::JsonNode;
using maps::ObjectReader;

constexpr std::int64_t connections_most = 256;
constexpr std::size_t users_max = 20;
constexpr std::int64_t request_limit_ms_min = 1000;
constexpr std::int64_t request_limit_ms_max = 600'000;

/// A file of PEM text whose path is the member of that name; empty when it was reported.
std::string read_pem(ObjectReader& reader, std::string_view name, std::string& file, const std::string& directory,
                     const char* hint) {
  if (file.empty()) return {};
  file = resolve(directory, file);
  auto text = read_file(file, maps::json_file_bytes_max);
  if (!text) {
    reader.wrong(name, "cannot read " + file + ": " + text.error(), hint);
    return {};
  }
  if (text->find("-----BEGIN") == std::string::npos) {
    reader.wrong(name, file + " holds no certificate in PEM form", hint);
    return {};
  }
  return std::move(*text);
}

class EndpointReader {
 public:
  EndpointReader(const std::string& directory, maps::MistakeList& mistakes)
      : directory_(directory), mistakes_(mistakes) {}

  void read_token(const JsonNode& node, const std::string& path, EndpointSettings& out) {
    ObjectReader reader(node, path, keys::token, mistakes_);
    if (node.kind != JsonNode::Kind::object) return;
    const bool none = reader.boolean_or("none", false);
    const bool bearer = reader.find("bearer") != nullptr;
    const bool basic = reader.find("user") != nullptr || reader.find("password") != nullptr;
    const bool client = reader.find("url") != nullptr || reader.find("clientId") != nullptr ||
                        reader.find("clientSecret") != nullptr || reader.find("certificate") != nullptr ||
                        reader.find("scope") != nullptr || reader.find("resource") != nullptr;
    if (int{none} + int{bearer} + int{basic} + int{client} > 1) {
      mistakes_.add(node.line, path, "names more than one way to prove who we are",
                    "url with clientId, or bearer, or user with password, or none");
    }
    out.fixed_token = secret(reader, "bearer");
    out.user = reader.text_or("user", {});
    if (reader.find("password") != nullptr) out.fixed_token = secret(reader, "password");
    out.scope = reader.text_or("scope", {});
    out.resource = reader.text_or("resource", {});
    if (const JsonNode* certificate = reader.find("certificate")) {
      out.certificate = read_certificate(*certificate, reader.path_of("certificate"));
    }
    out.client_secret = secret(reader, "clientSecret");
    if (client || !(none || bearer || basic)) {
      read_client(reader, node, path, out);
    } else if (bearer) {
      out.token_kind = TokenKind::bearer;
    } else if (basic) {
      out.token_kind = TokenKind::basic;
      reader.required("user");
      reader.required("password");
    } else {
      out.token_kind = TokenKind::none;
    }
  }

 private:
  Secret secret(ObjectReader& reader, std::string_view name) {
    const JsonNode* node = reader.find(name);
    return node == nullptr ? Secret() : read_secret(*node, reader.path_of(name), directory_, mistakes_);
  }

  void read_client(ObjectReader& reader, const JsonNode& node, const std::string& path, EndpointSettings& out) {
    out.token_url = reader.text("url");
    if (!out.token_url.empty() && !is_http_url(out.token_url)) {
      reader.wrong("url",
                   "must be the token endpoint's URL, such as "
                   "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token");
    }
    out.client_id = reader.text("clientId");
    const bool certificate = reader.find("certificate") != nullptr;
    if (!certificate) reader.required("clientSecret");
    if (certificate && reader.find("clientSecret") != nullptr) {
      mistakes_.add(node.line, path, "\"clientSecret\" and \"certificate\" exclude each other",
                    "leave one of them out");
    }
    const bool scope = reader.find("scope") != nullptr;
    const bool resource = reader.find("resource") != nullptr;
    if (scope != resource) return;
    mistakes_.add(node.line, path, scope ? "\"scope\" and \"resource\" exclude each other" : "\"scope\" is missing",
                  "Entra ID v2.0 wants \"scope\": \"<origin>/.default\", AD FS wants \"resource\"");
  }

  http::ClientCertificate read_certificate(const JsonNode& node, const std::string& path) {
    constexpr const char* hint = "name the file with the client's certificate in PEM form";
    constexpr std::pair<std::string_view, http::AssertionAlgorithm> algorithms[] = {
        {"PS256", http::AssertionAlgorithm::ps256}, {"RS256", http::AssertionAlgorithm::rs256}};
    ObjectReader reader(node, path, keys::certificate, mistakes_);
    http::ClientCertificate out;
    std::string file = reader.text("file");
    out.certificate = read_pem(reader, "file", file, directory_, hint);
    if (const JsonNode* key = reader.required("key")) {
      out.private_key = read_secret(*key, reader.path_of("key"), directory_, mistakes_);
    }
    out.algorithm = reader.word_or("algorithm", out.algorithm, algorithms);
    return out;
  }

  const std::string& directory_;
  maps::MistakeList& mistakes_;
};

std::string read_dialect(ObjectReader& reader, Side side) {
  using Word = std::pair<std::string_view, std::string_view>;
  constexpr Word finops[] = {{"finops", "finops"}, {"finops-onprem", "finops-onprem"}, {"odata", "odata"}};
  constexpr Word dataverse[] = {{"dataverse", "dataverse"}, {"odata", "odata"}};
  const std::string_view own = to_string(side);
  return std::string(side == Side::finops ? reader.word_or("dialect", own, finops)
                                          : reader.word_or("dialect", own, dataverse));
}

/// Takes the path off a URL that may have one.
void split_root(EndpointSettings& out) {
  const std::size_t slash = out.url.find('/', out.url.find("://") + 3);
  out.root = slash == std::string::npos ? "/" : out.url.substr(slash);
  out.url.erase(std::min(slash, out.url.size()));
  if (!out.root.ends_with('/')) out.root += '/';
}

}  // namespace

EndpointSettings read_endpoint(const JsonNode& node, const std::string& path, Side side, const std::string& directory,
                               maps::MistakeList& mistakes) {
  ObjectReader reader(node, path, keys::endpoint, mistakes);
  EndpointSettings out;
  out.line = node.line;
  out.url = reader.text("url");
  out.dialect = read_dialect(reader, side);
  const bool any = out.dialect == "odata";
  if (any && !out.url.empty() && (!is_http_url(out.url) || out.url.find('?') != std::string::npos)) {
    reader.wrong("url", "must be the URL of the service's root, such as https://host/odata/v4/shop/");
  } else if (any) {
    split_root(out);
  } else if (!out.url.empty() && !is_origin(out.url)) {
    reader.wrong("url", "must be an origin without a path, such as https://org.crm.dynamics.com",
                 "a path is for the dialect odata only");
  }
  if (out.url.ends_with('/')) out.url.pop_back();
  out.unguarded = reader.boolean_or("unguarded", false);
  if (out.unguarded && !any) reader.wrong("unguarded", "is for the dialect odata only", "leave it out");
  if (const JsonNode* token = reader.required("token")) {
    EndpointReader(directory, mistakes).read_token(*token, reader.path_of("token"), out);
    if (!any && out.token_kind != TokenKind::client) {
      reader.wrong("token", "the dialect " + out.dialect + " wants OAuth 2.0 client credentials",
                   "give url, clientId, clientSecret or certificate, and scope or resource");
    }
  }
  const auto users = reader.items("users");
  if (users.size() > users_max) reader.wrong("users", "holds more than " + std::to_string(users_max) + " users");
  for (std::size_t index = 0; index < users.size() && index < users_max; ++index) {
    EndpointSettings& user = out.more_users.emplace_back();
    const std::string place = maps::pointer_to(reader.path_of("users"), std::to_string(index));
    EndpointReader(directory, mistakes).read_token(users[index], place, user);
    if (user.token_kind != TokenKind::client) {
      mistakes.add(users[index].line, place, "further users want OAuth 2.0 client credentials");
    }
  }
  out.ca_file = reader.text_or("caFile", {});
  read_pem(reader, "caFile", out.ca_file, directory,
           "name a PEM file, or leave it out to trust the system's certificates");
  const auto connections = static_cast<std::int64_t>(out.connections_max);
  out.connections_max = static_cast<std::size_t>(reader.integer_or("connectionsMax", connections, 1, connections_most));
  out.request_limit = std::chrono::milliseconds(
      reader.integer_or("requestLimitMs", out.request_limit.count(), request_limit_ms_min, request_limit_ms_max));
  return out;
}

}  // namespace dualwrite::config
