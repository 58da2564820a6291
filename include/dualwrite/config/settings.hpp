#pragma once
// The configuration file as plain values; docs/CONFIGURATION.md and config/dualwrite.schema.json describe it.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/client_certificate.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::config {

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  Secret key;  ///< required in header x-dualwrite-key (or as Bearer token); may be empty only on loopback
};

/// How requests prove who we are.
enum class TokenKind : std::uint8_t { client, bearer, basic, none };

struct EndpointSettings {
  std::string url;         ///< origin: https://org.crm.dynamics.com, without a path
  std::string root;        ///< odata: the path behind it, from / to /
  std::string dialect;     ///< "dataverse", "finops", "finops-onprem" or "odata"
  bool unguarded = false;  ///< odata: writes where the service guards nothing are accepted
  TokenKind token_kind = TokenKind::client;
  Secret fixed_token;  ///< bearer: the token; basic: the password
  std::string user;    ///< basic
  std::optional<http::ClientCertificate> certificate;
  std::vector<EndpointSettings> more_users;  ///< of these only what `token` says counts
  std::string token_url;
  std::string client_id;
  Secret client_secret;
  std::string scope;
  std::string resource;
  std::string ca_file;
  std::size_t connections_max = 8;
  std::chrono::milliseconds request_limit{60000};
  std::size_t line = 0;  ///< where it stands in the file, for messages
};

struct CaptureSettings {
  std::chrono::milliseconds delta_interval{10000};
  std::chrono::milliseconds scan_interval{60000};
};

struct LinkSettings {
  std::string name;
  EndpointSettings finops;
  EndpointSettings dataverse;
  CaptureSettings capture;
  std::vector<maps::TableMap> maps;
};

struct Settings {
  std::string state_file;
  std::chrono::hours tombstone_retention{24 * 90};
  std::string log_level = "info";
  Listen admin;
  Listen ingest;
  std::vector<LinkSettings> links;
};

/// What could be read, with everything that is wrong, in file order.
struct Reading {
  Settings settings;
  std::vector<maps::Mistake> mistakes;
};
/// For whoever wants to go on with the part that is right: what a mistake is about holds a stand-in.
Reading read_all(const std::string& file);

/// Where secrets come from: an environment variable, a file, or a systemd credential ($CREDENTIALS_DIRECTORY/name).
/// Reads the configuration and every map file it names (paths relative to the configuration's own directory).
/// All mistakes at once, in file order.
std::expected<Settings, std::vector<maps::Mistake>> read_settings(const std::string& file);

}  // namespace dualwrite::config
