#pragma once
// The names that the configuration file may hold, object by object. A test compares them with
// config/dualwrite.schema.json.
#include <array>
#include <string_view>

namespace dualwrite::config::keys {

inline constexpr std::array<std::string_view, 6> root = {"$schema", "state", "log", "admin", "ingest", "links"};
inline constexpr std::array<std::string_view, 2> state = {"file", "tombstoneRetentionHours"};
inline constexpr std::array<std::string_view, 1> log = {"level"};
inline constexpr std::array<std::string_view, 2> listener = {"listen", "key"};
inline constexpr std::array<std::string_view, 3> secret = {"env", "file", "credential"};
inline constexpr std::array<std::string_view, 5> link = {"name", "finops", "dataverse", "capture", "maps"};
inline constexpr std::array<std::string_view, 8> endpoint = {"url",   "dialect", "unguarded",      "token",
                                                             "users", "caFile",  "connectionsMax", "requestLimitMs"};
inline constexpr std::array<std::string_view, 10> token = {
    "url", "clientId", "clientSecret", "certificate", "scope", "resource", "bearer", "user", "password", "none"};
inline constexpr std::array<std::string_view, 3> certificate = {"file", "key", "algorithm"};
inline constexpr std::array<std::string_view, 2> capture = {"deltaIntervalMs", "scanIntervalMs"};

}  // namespace dualwrite::config::keys
