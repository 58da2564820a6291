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
inline constexpr std::array<std::string_view, 6> endpoint = {"url",    "dialect",        "token",
                                                             "caFile", "connectionsMax", "requestLimitMs"};
inline constexpr std::array<std::string_view, 5> token = {"url", "clientId", "clientSecret", "scope", "resource"};
inline constexpr std::array<std::string_view, 2> capture = {"deltaIntervalMs", "scanIntervalMs"};

}  // namespace dualwrite::config::keys
