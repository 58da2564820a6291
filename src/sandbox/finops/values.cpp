// What an F&O field accepts (C5).
#include <algorithm>

#include "sandbox/cell.hpp"
#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {
namespace {

/// Whether the day that a date or date-time starts with is one that F&O can hold.
bool is_finops_day(std::string_view text) {
  const std::string_view day = text.substr(0, 10);
  return day >= "1900-01-01" && day <= "2154-12-31";
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::unexpected<Refusal> wrong_type(const TableSchema& schema, const Column& column, const Value& value,
                                    const std::string& type) {
  return bad_request("Cannot convert the literal '" + value.text() + "' to the expected type '" + type +
                     "' for the property '" + column.name + "' of '" + schema.name + "'.");
}

Outcome<std::string> member(const State& state, const TableSchema& schema, const Column& column, const Value& value) {
  const Enumeration& enumeration = state.database.schema.enumerations[static_cast<std::size_t>(column.enumeration)];
  if (value.kind() == Value::Kind::string && enumeration.has(value.text())) return value.text();
  if (value.kind() == Value::Kind::number) {
    for (const auto& [name, number] : enumeration.members) {
      if (std::to_string(number) == value.text()) return name;
    }
  }
  return wrong_type(schema, column, value, std::string(type_namespace) + "." + enumeration.name);
}

}  // namespace

std::string cut_to(std::string text, std::size_t length_max) {
  if (length_max == 0) return text;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_one = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins_one && ++characters > length_max) {
      text.resize(i);
      break;
    }
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string words_of(std::string_view name) {
  std::string words;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto is_upper = [&](std::size_t at) { return at < name.size() && name[at] >= 'A' && name[at] <= 'Z'; };
    const bool begins_word = i > 0 && is_upper(i) && !is_upper(i - 1);
    if (begins_word) words += ' ';
    words += begins_word && !is_upper(i + 1) ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
  }
  return words;
}

std::string key_labels(const TableSchema& schema, const Row& row) {
  std::string labels;
  for (const ColumnId id : schema.primary.columns) {
    const Column& column = schema.column(id);
    if (schema.by_company && id == schema.primary.columns.front()) continue;
    const std::string_view text = row.get(id).value_or(column.empty ? std::string_view(*column.empty) : "");
    labels += (labels.empty() ? "" : ", ") + words_of(column.name) + ": " + std::string(text);
  }
  return labels;
}

Outcome<std::optional<std::string>> accept(const State& state, const TableSchema& schema, const Column& column,
                                           const Value& value) {
  if (value.is_null() || value.is_absent()) return std::nullopt;
  std::string text;
  if (column.type == Type::enumeration) {
    auto found = member(state, schema, column, value);
    if (!found) return std::unexpected(found.error());
    text = std::move(*found);
  } else {
    auto converted = cell_text(column, value);
    if (!converted) return wrong_type(schema, column, value, edm_name(column));
    text = std::move(*converted);
  }
  if (column.type == Type::string) {
    while (state.switches.trim_trailing_blanks && text.ends_with(' ')) text.pop_back();
    if (column.truncates) text = cut_to(std::move(text), column.length_max);
    if (column.upper_case && state.switches.upper_case_ids) {
      std::ranges::transform(text, text.begin(),
                             [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    }
    if (column.length_max != 0 && text.size() > column.length_max && utf8_length(text) > column.length_max) {
      return write_failed(state, schema,
                          "Error: The value '" + text + "' in field '" + column.name + "' is longer than the " +
                              std::to_string(column.length_max) + " characters that it may have.");
    }
  }
  if (column.type == Type::integer && !is_between(text, "-2147483648", "2147483647")) {
    return wrong_type(schema, column, value, "Edm.Int32");
  }
  if ((column.type == Type::ax_date || column.type == Type::datetime) && !is_finops_day(text)) {
    return write_failed(state, schema,
                        "Error: The date " + text.substr(0, 10) + " in field '" + column.name + "' is not supported.");
  }
  if (column.empty && text == *column.empty) return std::nullopt;
  return text;
}

}  // namespace dualwrite::sandbox::finops
