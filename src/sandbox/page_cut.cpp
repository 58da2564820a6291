#include "sandbox/page_cut.hpp"

#include <vector>

namespace dualwrite::sandbox {
namespace {

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The pieces between the commas of the object or array that starts at `at`, which is a bracket. Numbers are not read,
/// so none is changed.
std::vector<Span> pieces_of(std::string_view text, std::size_t at) {
  std::vector<Span> pieces;
  std::size_t depth = 0;
  std::size_t begin = at + 1;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    const bool closes = c == '}' || c == ']';
    if ((closes || c == ',') && depth == 1) {
      if (at > begin) pieces.push_back({begin, at});
      begin = at + 1;
    }
    if (closes && --depth == 0) break;
  }
  return pieces;
}

}  // namespace

std::optional<std::string> half_page(std::string_view body) {
  constexpr std::string_view rows_name = "\"value\":";
  constexpr std::string_view next_name = "\"@odata.nextLink\":";
  if (!body.starts_with('{')) return std::nullopt;
  std::string half = "{";
  bool has_rows = false;
  for (const Span& member : pieces_of(body, 0)) {
    const std::string_view text = body.substr(member.begin, member.end - member.begin);
    if (text.starts_with(next_name)) continue;
    if (half.size() > 1) half += ',';
    if (!text.starts_with(rows_name) || !text.substr(rows_name.size()).starts_with('[')) {
      half += text;
      continue;
    }
    const std::vector<Span> rows = pieces_of(text, rows_name.size());
    if (rows.empty()) return std::nullopt;
    has_rows = true;
    half += text.substr(0, rows.size() < 2 ? rows_name.size() + 1 : rows[rows.size() / 2 - 1].end);
    half += ']';
  }
  if (!has_rows) return std::nullopt;
  return half + "}";
}

}  // namespace dualwrite::sandbox
