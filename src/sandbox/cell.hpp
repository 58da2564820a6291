#pragma once
// Cells between their stored text and JSON, and how they compare. Stored: GUIDs and lookups as 16 bytes, booleans "1"
// and "0", numbers canonical, dates "2026-01-02", date-times "2026-01-02T03:04:05Z", anything else as it is.
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "dualwrite/model/value.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

/// The value as JSON carries it.
Value cell_value(const Column& column, std::string_view text);
/// Appends it as JSON.
void append_cell(std::string& out, const Column& column, std::string_view text);

/// A literal of a filter or a key, or a JSON value, in stored form; nothing if it does not fit the column's type.
/// Of lengths, ranges and members only the range of a 64-bit integer is checked here.
std::optional<std::string> cell_text(const Column& column, const Value& value);

/// Canonical numbers by value.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b);
bool is_between(std::string_view number, std::string_view least, std::string_view most);
/// Stored cells: strings without regard to case, numbers by value, times by time.
std::strong_ordering compare_cells(Type type, std::string_view a, std::string_view b);
bool is_number(Type type) noexcept;

/// "2026-01-02T03:04:05Z" from any RFC 3339 date-time, the fraction cut off.
std::optional<std::string> normal_datetime(std::string_view text);
bool is_date(std::string_view text) noexcept;

std::string edm_name(const Column& column);

}  // namespace dualwrite::sandbox
