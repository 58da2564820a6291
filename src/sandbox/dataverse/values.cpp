#include "sandbox/dataverse/values.hpp"

#include <algorithm>

#include "sandbox/cell.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

constexpr std::string_view first_date = "1753-01-01";

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Outcome<std::optional<std::string>> checked_number(const TableSchema& schema, const Column& column, std::string text) {
  if (column.scale >= 0) text = round_number(text, column.scale);
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
    if (!known) {
      std::string accepted;
      for (const Option& option : column.options)
        accepted += (accepted.empty() ? "" : ",") + std::to_string(option.value);
      return refuse(400, "0x8004431a",
                    "A validation error occurred. The value " + text + " of '" + column.name + "' on record of type '" +
                        schema.name + "' is outside the valid range. Accepted Values: " + accepted);
    }
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
  if (is_number(column.type)) return checked_number(schema, column, std::move(*text));
  const bool is_time = column.type == Type::date || column.type == Type::datetime;
  if (is_time && *text < first_date) {
    return refuse(400, "0x80040239",
                  "DateTime is less than minumum value supported by CrmDateTime. Actual value: " + *text +
                      ", Minimum value supported: 01/01/1753 00:00:00");
  }
  if (column.type != Type::string) return text;
  if (text->empty() && state.switches.empty_string_is_null) return std::nullopt;
  if (column.length_max != 0 && text->size() > column.length_max && utf8_length(*text) > column.length_max) {
    return refuse(400, "0x80044331",
                  "A validation error occurred. The length of the '" + column.name + "' attribute of the '" +
                      schema.name + "' entity exceeded the maximum allowed length of '" +
                      std::to_string(column.length_max) + "'.");
  }
  return text;
}

}  // namespace dualwrite::sandbox::dataverse
