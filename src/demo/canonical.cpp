#include "demo/canonical.hpp"

#include <algorithm>
#include <charconv>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"

namespace dualwrite::demo {
namespace {

constexpr long digits_max = 400;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Adds one to a string of decimal digits; may make it longer.
void increment(std::string& digits) {
  for (auto it = digits.rbegin(); it != digits.rend(); ++it) {
    if (*it != '9') {
      ++*it;
      return;
    }
    *it = '0';
  }
  digits.insert(digits.begin(), '1');
}

std::string without_trailing_blanks(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return std::string(text);
}

bool is_date(std::string_view text) noexcept {
  if (text.size() < 10) return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (i == 4 || i == 7 ? text[i] != '-' : !is_digit(text[i])) return false;
  }
  return text.size() == 10 || text[10] == 'T';
}

std::string canonical_choice(const ColumnPair& column, std::string_view text) {
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const auto& [finops, dataverse] = column.values[i];
    if (equal_ignoring_case(finops, text) || equal_ignoring_case(dataverse, text)) return "#" + std::to_string(i);
  }
  return ascii_lower(text);
}

std::string canonical_date(std::string_view text) {
  if (!is_date(text)) return without_trailing_blanks(text);
  const std::string day(text.substr(0, 10));
  return day == "1900-01-01" ? "" : day;
}

std::string canonical_datetime(std::string_view text) {
  const auto at = parse_instant(text);
  if (!at) return without_trailing_blanks(text);
  const std::string second = format_instant(std::chrono::floor<std::chrono::seconds>(*at));
  return second == "1900-01-01T00:00:00Z" ? "" : second;
}

std::string canonical_boolean(std::string_view text) {
  const std::string lower = ascii_lower(text);
  if (lower.empty() || lower == "no" || lower == "false" || lower == "0") return "no";
  if (lower == "yes" || lower == "true" || lower == "1") return "yes";
  return lower;
}

std::string canonical_number_text(std::string_view text, int scale) {
  if (text.empty()) return "0";
  auto exact = exact_number(text, scale);
  return exact ? *std::move(exact) : "not a number: " + std::string(text);
}

}  // namespace

std::optional<std::string> exact_number(std::string_view text, int scale) {
  bool negative = false;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  std::string digits;
  long point = 0;  // how many of the digits stand before the decimal point
  for (; at < text.size() && is_digit(text[at]); ++at) digits += text[at];
  if (digits.empty()) return std::nullopt;
  point = static_cast<long>(digits.size());
  if (at < text.size() && text[at] == '.') {
    const std::size_t before = digits.size();
    for (++at; at < text.size() && is_digit(text[at]); ++at) digits += text[at];
    if (digits.size() == before) return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    long exponent = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (read.ec != std::errc{} || exponent > digits_max || exponent < -digits_max) return std::nullopt;
    at = static_cast<std::size_t>(read.ptr - text.data());
    point += exponent;
  }
  if (at != text.size() || digits.size() > digits_max) return std::nullopt;
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = 0;
  }
  if (point > static_cast<long>(digits.size())) digits.append(static_cast<std::size_t>(point) - digits.size(), '0');

  std::string whole = digits.substr(0, static_cast<std::size_t>(point));
  std::string fraction = digits.substr(static_cast<std::size_t>(point));
  const auto kept = static_cast<std::size_t>(std::max(scale, 0));
  if (fraction.size() > kept) {
    const bool up = fraction[kept] >= '5';
    std::string both = "0" + whole + fraction.substr(0, kept);
    if (up) increment(both);
    whole = both.substr(0, both.size() - kept);
    fraction = both.substr(both.size() - kept);
  }
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  const auto first = whole.find_first_not_of('0');
  whole = first == std::string::npos ? "0" : whole.substr(first);
  if (fraction.empty()) return whole == "0" || !negative ? whole : "-" + whole;
  return (negative ? "-" : "") + whole + "." + fraction;
}

std::string canonical_text(const ColumnPair& column, std::string_view text) {
  switch (column.type) {
    case ColumnType::integer:
      return canonical_number_text(text, 0);
    case ColumnType::decimal:
      return canonical_number_text(text, column.scale);
    case ColumnType::boolean:
      return canonical_boolean(text);
    case ColumnType::date:
      return canonical_date(text);
    case ColumnType::datetime:
      return canonical_datetime(text);
    case ColumnType::choice:
      return canonical_choice(column, text);
    case ColumnType::text:
      break;
  }
  std::string plain = without_trailing_blanks(text);
  return column.is_lookup() ? ascii_lower(plain) : plain;
}

std::string canonical(const ColumnPair& column, const Value& value) {
  const bool blank = value.is_absent() || value.is_null();
  return canonical_text(column, blank ? std::string_view{} : std::string_view{value.text()});
}

std::string record_key(const std::vector<std::string>& parts) {
  std::string key;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) key += '|';
    for (const char c : ascii_lower(without_trailing_blanks(parts[i]))) {
      if (c == '|' || c == '\\') key += '\\';
      key += c;
    }
  }
  return key;
}

}  // namespace dualwrite::demo
