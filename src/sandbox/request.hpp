#pragma once
// A request's target and preferences, taken apart once for both services.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/http/message.hpp"
#include "sandbox/reply.hpp"

namespace dualwrite::sandbox {

/// accounts(accountnumber='A1') in a path: name "accounts", key "accountnumber='A1'", both decoded.
struct Segment {
  std::string name;
  std::optional<std::string> key;
  std::string raw;  ///< as it was written
};

using Options = std::vector<std::pair<std::string, std::string>>;

struct Target {
  std::vector<Segment> segments;  ///< below the service root
  std::string raw_query;
  Options options;
  [[nodiscard]] const std::string* option(std::string_view name) const;
};

/// `path` is below the root, with the query. Refused with status 400 if it cannot be decoded.
Outcome<Target> parse_target(std::string_view path);

/// The raw query without the options of those names.
std::string query_without(std::string_view raw_query, std::initializer_list<std::string_view> names);

struct Preferences {
  bool representation = false;
  bool track_changes = false;
  bool continue_on_error = false;
  bool annotations = false;
  std::string annotation_pattern;  ///< of odata.include-annotations="…"
  std::optional<std::size_t> page_size;
};
Preferences parse_preferences(const http::Headers& headers);

/// "http://host:port" of the request, from its Host header; `fallback` where there is none.
std::string request_origin(const http::Headers& headers, const std::string& fallback);

/// Nothing if it is not a number below a billion.
std::optional<std::size_t> parse_count(std::string_view text);

/// Splits at `separator`, but not within brackets or quotes; blanks around the pieces are cut off.
std::vector<std::string_view> split_top_level(std::string_view text, char separator);

}  // namespace dualwrite::sandbox
