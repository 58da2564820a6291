#pragma once
// JSON files written by people: every value knows its line, numbers keep their text, and repeated names are mistakes.
// For JSON from the wire see odata/payload.hpp.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  std::string name;                ///< of an object's member; else empty
  std::string text;                ///< a string's content, a number exactly as it was written, "true" or "false"
  std::size_t line = 0;            ///< where the value begins; of a member: where its name stands
  std::vector<JsonNode> children;  ///< an array's items or an object's members, in the file's order

  /// The member of that name, or nullptr.
  [[nodiscard]] const JsonNode* find(std::string_view member) const noexcept;
};

/// "an object", "a number", … for messages.
std::string_view to_string(JsonNode::Kind kind) noexcept;

inline constexpr std::size_t json_file_bytes_max = 16U << 20U;
inline constexpr std::size_t json_file_depth_max = 64;
inline constexpr std::size_t json_file_values_max = 1'000'000;

/// Appends `/name` to a JSON pointer, escaped as RFC 6901 says.
std::string pointer_to(const std::string& path, std::string_view name);

/// Reads one JSON text. Nothing when it is broken, too deep, too long or has too many values: then one mistake with
/// line and column is appended. A repeated name is appended as a mistake too, its first value stays, and reading goes
/// on. No message holds a value from the text, because it might be a secret.
std::optional<JsonNode> parse_json(const std::string& file, std::string_view text, std::vector<Mistake>& mistakes);

}  // namespace dualwrite::maps
