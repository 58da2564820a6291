#include "sandbox/request.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::sandbox {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Splits a raw path at slashes outside quotes (' or %27).
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> pieces;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\'' || path.substr(i, 3) == "%27") quoted = !quoted;
    if (path[i] == '/' && !quoted) {
      if (i > start) pieces.push_back(path.substr(start, i - start));
      start = i + 1;
    }
  }
  if (start < path.size()) pieces.push_back(path.substr(start));
  return pieces;
}

std::optional<Segment> parse_segment(std::string_view raw) {
  Segment segment;
  segment.raw = raw;
  auto decoded = odata::percent_decode(raw);
  if (!decoded) return std::nullopt;
  const std::size_t open = decoded->find('(');
  if (open != std::string::npos) {
    if (!decoded->ends_with(')')) return std::nullopt;
    segment.key = decoded->substr(open + 1, decoded->size() - open - 2);
    decoded->resize(open);
  }
  segment.name = std::move(*decoded);
  return segment;
}

}  // namespace

const std::string* Target::option(std::string_view name) const {
  const auto found = std::ranges::find(options, name, &std::pair<std::string, std::string>::first);
  return found == options.end() ? nullptr : &found->second;
}

Outcome<Target> parse_target(std::string_view path) {
  Target target;
  const std::size_t question = path.find('?');
  if (question != std::string_view::npos) {
    target.raw_query = path.substr(question + 1);
    path = path.substr(0, question);
    auto options = odata::parse_query(target.raw_query);
    if (!options) return refuse(400, "0x80060888", options.error().message());
    target.options = std::move(*options);
  }
  for (const std::string_view piece : split_path(path)) {
    auto segment = parse_segment(piece);
    if (!segment) return refuse(400, "0x80060888", "Bad Request - Error in query syntax.");
    target.segments.push_back(std::move(*segment));
  }
  return target;
}

std::string query_without(std::string_view raw_query, std::initializer_list<std::string_view> names) {
  std::string result;
  while (!raw_query.empty()) {
    const std::size_t end = std::min(raw_query.find('&'), raw_query.size());
    const std::string_view piece = raw_query.substr(0, end);
    raw_query.remove_prefix(std::min(end + 1, raw_query.size()));
    const std::string_view raw_name = piece.substr(0, piece.find('='));
    const auto name = odata::percent_decode(raw_name);
    if (piece.empty() || (name && std::ranges::find(names, *name) != names.end())) continue;
    if (!result.empty()) result.push_back('&');
    result += piece;
  }
  return result;
}

Preferences parse_preferences(const http::Headers& headers) {
  Preferences preferences;
  for (const auto& [name, value] : headers.fields()) {
    if (!equal_ignoring_case(name, "Prefer")) continue;
    for (const std::string_view item : split_top_level(value, ',')) {
      const std::string lower = ascii_lower(item);
      if (lower == "return=representation") preferences.representation = true;
      if (lower == "odata.track-changes" || lower == "track-changes") preferences.track_changes = true;
      if (lower == "odata.continue-on-error" || lower == "continue-on-error" ||
          lower == "odata.continue-on-error=true") {
        preferences.continue_on_error = true;
      }
      for (const std::string_view prefix : {"odata.include-annotations=", "include-annotations="}) {
        if (!lower.starts_with(prefix)) continue;
        std::string_view pattern = item.substr(prefix.size());
        if (pattern.size() > 1 && pattern.starts_with('"') && pattern.ends_with('"')) {
          pattern = pattern.substr(1, pattern.size() - 2);
        }
        preferences.annotations = true;
        preferences.annotation_pattern = pattern;
      }
      for (const std::string_view prefix : {"odata.maxpagesize=", "maxpagesize="}) {
        if (lower.starts_with(prefix))
          preferences.page_size = parse_count(std::string_view(lower).substr(prefix.size()));
      }
    }
  }
  if (preferences.page_size == 0U) preferences.page_size.reset();
  return preferences;
}

std::string request_origin(const http::Headers& headers, const std::string& fallback) {
  const std::string_view host = headers.get("Host");
  return host.empty() ? fallback : "http://" + std::string(host);
}

std::optional<std::size_t> parse_count(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  std::size_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

std::vector<std::string_view> split_top_level(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  char quote = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == separator && depth == 0 && quote == 0)) {
      const std::string_view piece = trimmed(text.substr(start, i - start));
      if (!piece.empty()) pieces.push_back(piece);
      start = i + 1;
      continue;
    }
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    }
  }
  return pieces;
}

}  // namespace dualwrite::sandbox
