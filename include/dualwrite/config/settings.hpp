#pragma once
// The configuration file as plain values; docs/CONFIGURATION.md and config/dualwrite.schema.json describe it.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "dualwrite/base/secret.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::config {

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  Secret key;  ///< required in header x-dualwrite-key (or as Bearer token); may be empty only on loopback
};

struct EndpointSettings {
  std::string url;      ///< origin: https://org.crm.dynamics.com, without a path
  std::string dialect;  ///< "dataverse" or "finops"
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

/// Where secrets come from: an environment variable, a file, or a systemd credential ($CREDENTIALS_DIRECTORY/name).
/// Reads the configuration and every map file it names (paths relative to the configuration's own directory).
/// All mistakes at once, in file order.
std::expected<Settings, std::vector<maps::Mistake>> read_settings(const std::string& file);

}  // namespace dualwrite::config
