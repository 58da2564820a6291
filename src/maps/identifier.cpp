#include "maps/identifier.hpp"

#include <algorithm>

namespace dualwrite::maps {
namespace {

constexpr std::size_t bytes_max = 128;

}  // namespace

bool is_identifier(std::string_view text) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && text.size() <= bytes_max && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string identifier(ObjectReader& reader, std::string_view key) {
  std::string text = reader.text(key);
  if (!text.empty() && !is_identifier(text)) {
    reader.wrong(key, "must be a name of letters, digits and '_'",
                 "names are case-sensitive: copy them from $metadata");
  }
  return text;
}

}  // namespace dualwrite::maps
