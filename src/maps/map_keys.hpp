#pragma once
// The names that a map file may hold, object by object. A test compares them with config/table-map.schema.json.
#include <array>
#include <string_view>

namespace dualwrite::maps::keys {

inline constexpr std::array<std::string_view, 13> map = {"$schema",   "name",      "finops",   "dataverse", "match",
                                                         "companies", "filter",    "conflict", "tieBreak",  "delete",
                                                         "columns",   "constants", "imported"};
inline constexpr std::array<std::string_view, 2> filter = {"finops", "dataverse"};
inline constexpr std::array<std::string_view, 2> finops = {"entity", "stamp"};
inline constexpr std::array<std::string_view, 4> dataverse = {"table", "set", "id", "stamp"};
inline constexpr std::array<std::string_view, 14> column = {"finops",    "dataverse", "key",    "type",     "scale",
                                                            "direction", "values",    "lookup", "conflict", "midnight",
                                                            "group",     "transform", "join",   "when"};
inline constexpr std::array<std::string_view, 5> lookup = {"set", "company", "id", "or", "otherwise"};
inline constexpr std::array<std::string_view, 5> other_lookup = {"navigation", "set", "column", "company", "id"};

// The steps of a transform.
inline constexpr std::array<std::string_view, 1> plain_step = {"op"};
inline constexpr std::array<std::string_view, 2> trim_step = {"op", "side"};
inline constexpr std::array<std::string_view, 2> truncate_step = {"op", "length"};
inline constexpr std::array<std::string_view, 4> pad_step = {"op", "length", "with", "side"};
inline constexpr std::array<std::string_view, 2> text_step = {"op", "text"};
inline constexpr std::array<std::string_view, 3> split_step = {"op", "separator", "part"};
inline constexpr std::array<std::string_view, 3> substring_step = {"op", "start", "length"};
inline constexpr std::array<std::string_view, 3> replace_step = {"op", "find", "with"};
inline constexpr std::array<std::string_view, 2> value_step = {"op", "value"};
inline constexpr std::array<std::string_view, 2> by_step = {"op", "by"};
inline constexpr std::array<std::string_view, 3> round_step = {"op", "scale", "mode"};
inline constexpr std::array<std::string_view, 3> between_step = {"op", "from", "to"};
inline constexpr std::array<std::string_view, 4> constant = {"side", "column", "value", "always"};

}  // namespace dualwrite::maps::keys
