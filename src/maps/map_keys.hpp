#pragma once
// The names that a map file may hold, object by object. A test compares them with config/table-map.schema.json.
#include <array>
#include <string_view>

namespace dualwrite::maps::keys {

inline constexpr std::array<std::string_view, 12> map = {"$schema",  "name",      "finops",  "dataverse",
                                                         "match",    "companies", "filter",  "conflict",
                                                         "tieBreak", "delete",    "columns", "constants"};
inline constexpr std::array<std::string_view, 2> filter = {"finops", "dataverse"};
inline constexpr std::array<std::string_view, 2> finops = {"entity", "stamp"};
inline constexpr std::array<std::string_view, 4> dataverse = {"table", "set", "id", "stamp"};
inline constexpr std::array<std::string_view, 11> column = {
    "finops", "dataverse", "key", "type", "scale", "direction", "values", "lookup", "conflict", "midnight", "group"};
inline constexpr std::array<std::string_view, 3> lookup = {"set", "company", "id"};
inline constexpr std::array<std::string_view, 3> constant = {"side", "column", "value"};

}  // namespace dualwrite::maps::keys
