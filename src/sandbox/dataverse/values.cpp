#include "sandbox/dataverse/values.hpp"

#include <algorithm>

#include "dualwrite/base/time.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view first_date = "1753-01-01";

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Half away from zero, or half to even where the switch says so.
std::string rounded(const std::string& text, int scale, bool half_to_even) {
  std::string away = round_number(text, scale);
  const std::size_t point = text.find('.');
  const std::size_t kept = static_cast<std::size_t>(std::max(scale, 0));
  const bool is_tie = point != std::string::npos && text.size() - point - 1 == kept + 1 && text.back() == '5';
  if (!half_to_even || !is_tie) return away;
  const char before = kept == 0 ? text[point - 1] : text[text.size() - 2];
  return (before - '0') % 2 == 0 ? canonical_number(text.substr(0, point + (kept == 0 ? 0 : kept + 1))) : away;
}

/// What has been found to be a date-time, to the nearest second.
std::string rounded_datetime(std::string_view text) {
  const auto exact = parse_instant(text);
  return format_instant(std::chrono::floor<std::chrono::seconds>(exact.value() + std::chrono::milliseconds(500)));
}

/// "3,1" becomes "1,3"; nothing if a part is none of the options.
std::optional<std::string> choices(const Column& column, std::string_view text) {
  std::vector<std::int64_t> values;
  for (const std::string_view part : split_top_level(text, ',')) {
    const auto option = std::ranges::find_if(
        column.options, [&](const Option& candidate) { return std::to_string(candidate.value) == part; });
    if (option == column.options.end()) return std::nullopt;
    values.push_back(option->value);
  }
  std::ranges::sort(values);
  const auto twice = std::ranges::unique(values);
  values.erase(twice.begin(), twice.end());
  std::string joined;
  for (const std::int64_t value : values) joined += (joined.empty() ? "" : ",") + std::to_string(value);
  return joined;
}

std::unexpected<Refusal> no_such_option(const TableSchema& schema, const Column& column, const std::string& text) {
  std::string accepted;
  for (const Option& option : column.options) accepted += (accepted.empty() ? "" : ",") + std::to_string(option.value);
  return refuse(400, "0x8004431a",
                "A validation error occurred. The value " + text + " of '" + column.name + "' on record of type '" +
                    schema.name + "' is outside the valid range. Accepted Values: " + accepted);
}

Outcome<std::optional<std::string>> checked_number(const State& state, const TableSchema& schema, const Column& column,
                                                   std::string text) {
  if (column.scale >= 0) text = rounded(text, column.scale, state.switches.round_half_to_even);
  const bool fits = column.type == Type::integer || column.type == Type::choice
                        ? is_between(text, "-2147483648", "2147483647")
                    : column.source_type == "Decimal" ? is_between(text, "-100000000000", "100000000000")
                    : column.source_type == "Money"   ? is_between(text, "-922337203685477", "922337203685477")
                                                      : true;
  if (!fits) {
    return refuse(400, column.type == Type::integer ? "0x80044330" : "0x8004432f",
                  "A validation error occurred. The value of '" + column.name + "' on record of type '" + schema.name +
                      "' is outside the valid range.");
  }
  if (column.type == Type::choice && !column.options.empty()) {
    const bool known =
        std::ranges::any_of(column.options, [&](const Option& option) { return std::to_string(option.value) == text; });
    if (!known) return no_such_option(schema, column, text);
  }
  return text;
}

}  // namespace

Outcome<std::optional<std::string>> accept(const State& state, const TableSchema& schema, const Column& column,
                                           const Value& value) {
  if (value.is_null() || value.is_absent()) return std::nullopt;
  auto text = cell_text(column, value);
  if (!text) {
    return refuse(400, "0x80048d19",
                  "Error identified in Payload provided by the user for Entity :'" + schema.set +
                      "'. Cannot convert the literal '" + value.text() + "' to the expected type '" + edm_name(column) +
                      "' of property '" + column.name + "'.");
  }
  if (is_number(column.type)) return checked_number(state, schema, column, std::move(*text));
  if (column.type == Type::datetime && state.switches.round_seconds) text = rounded_datetime(value.text());
  const bool is_time = column.type == Type::date || column.type == Type::datetime;
  if (is_time && *text < first_date) {
    return refuse(400, "0x80040239",
                  "DateTime is less than minumum value supported by CrmDateTime. Actual value: " + *text +
                      ", Minimum value supported: 01/01/1753 00:00:00");
  }
  if (column.type != Type::string) return text;
  if (text->empty() && state.switches.empty_string_is_null) return std::nullopt;
  if (column.source_type == "MultiSelectPicklist" && !text->empty()) {
    auto joined = choices(column, *text);
    if (!joined) return no_such_option(schema, column, *text);
    return joined;
  }
  if (column.length_max != 0 && text->size() > column.length_max && utf8_length(*text) > column.length_max) {
    return refuse(400, "0x80044331",
                  "A validation error occurred. The length of the '" + column.name + "' attribute of the '" +
                      schema.name + "' entity exceeded the maximum allowed length of '" +
                      std::to_string(column.length_max) + "'.");
  }
  return text;
}

}  // namespace dualwrite::sandbox::dataverse
