#include "endpoint/rec_id.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace dualwrite::endpoint {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U | static_cast<std::uint32_t>(digit)) & 0xFFFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
  }
  return out;
}

}  // namespace

std::string rec_id_of(std::string_view etag) {
  constexpr std::string_view prefix = "W/\"";
  if (!etag.starts_with(prefix) || !etag.ends_with('"') || etag.size() <= prefix.size()) return {};
  etag.remove_prefix(prefix.size());
  etag.remove_suffix(1);
  const std::optional<std::string> decoded = from_base64(etag);
  if (!decoded || decoded->size() < 2 || decoded->front() != '\'' || decoded->back() != '\'') return {};
  const std::string_view pairs = std::string_view(*decoded).substr(1, decoded->size() - 2);
  const std::string_view first = pairs.substr(0, pairs.find(';'));
  const std::size_t comma = first.find(',');
  if (comma == std::string_view::npos) return {};
  const std::string_view rec_id = first.substr(comma + 1);
  const bool digits = !rec_id.empty() && std::ranges::all_of(rec_id, [](char c) { return c >= '0' && c <= '9'; });
  return digits && rec_id != "0" ? std::string(rec_id) : std::string();
}

}  // namespace dualwrite::endpoint
