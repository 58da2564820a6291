#pragma once
// Points in time and their ISO 8601 text. Everything is UTC; libstdc++ 12 has no chrono parsing of its own.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite {

/// A point in time, UTC, to the millisecond. The epoch (0) means "not known" where a field says so.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-01-02T03:04:05Z", or with ".678" when there are milliseconds.
std::string format_instant(Instant at);

/// Reads an RFC 3339 date-time: offset required, fraction of any length (cut to milliseconds), years 1 to 9999.
std::optional<Instant> parse_instant(std::string_view text);

/// Reads the date in an HTTP header: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7, preferred form only).
std::optional<Instant> parse_http_date(std::string_view text);
std::string format_http_date(Instant at);

}  // namespace dualwrite
