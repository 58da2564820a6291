#include "sandbox/cell.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox {
namespace {

std::string padded(std::string_view number, int scale) {
  std::string text(number);
  if (scale <= 0) return text;
  const std::size_t point = text.find('.');
  std::size_t decimals = point == std::string::npos ? 0 : text.size() - point - 1;
  if (point == std::string::npos) text.push_back('.');
  for (; decimals < static_cast<std::size_t>(scale); ++decimals) text.push_back('0');
  return text;
}

/// Dataverse shows a decimal column with all of its decimals; money and F&O reals without padding.
std::string shown_number(const Column& column, std::string_view text) {
  return column.source_type == "Decimal" && column.scale > 0 ? padded(text, column.scale) : std::string(text);
}

bool is_whole(std::string_view canonical) {
  return canonical.find('.') == std::string_view::npos;
}

}  // namespace

bool is_number(Type type) noexcept {
  return type == Type::integer || type == Type::bigint || type == Type::decimal || type == Type::real ||
         type == Type::choice;
}

bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  return date.ok();
}

std::optional<std::string> normal_datetime(std::string_view text) {
  // What a service writes itself is the common case and needs no calendar.
  const auto instant = parse_instant(text);
  if (!instant) return std::nullopt;
  return format_instant(std::chrono::floor<std::chrono::seconds>(*instant));
}

Value cell_value(const Column& column, std::string_view text) {
  switch (column.type) {
    case Type::guid:
    case Type::lookup:
      return Value::string(guid_text(text));
    case Type::boolean:
      return Value::boolean(text == "1");
    case Type::integer:
    case Type::bigint:
    case Type::real:
    case Type::choice:
      return Value::number(std::string(text));
    case Type::decimal:
      return Value::number(shown_number(column, text));
    case Type::ax_date:
      return Value::string(std::string(text) + "T12:00:00Z");
    case Type::string:
    case Type::date:
    case Type::datetime:
    case Type::enumeration:
      break;
  }
  return Value::string(std::string(text));
}

void append_cell(std::string& out, const Column& column, std::string_view text) {
  switch (column.type) {
    case Type::guid:
    case Type::lookup:
      out.push_back('"');
      out += guid_text(text);
      out.push_back('"');
      return;
    case Type::boolean:
      out += text == "1" ? "true" : "false";
      return;
    case Type::integer:
    case Type::bigint:
    case Type::real:
    case Type::choice:
      out += text;
      return;
    case Type::decimal:
      out += shown_number(column, text);
      return;
    case Type::ax_date:
      out.push_back('"');
      out += text;
      out += "T12:00:00Z\"";
      return;
    case Type::date:
    case Type::datetime:
    case Type::enumeration:
      out.push_back('"');
      out += text;
      out.push_back('"');
      return;
    case Type::string:
      odata::append_json_string(out, text);
      return;
  }
}

std::optional<std::string> cell_text(const Column& column, const Value& value) {
  const bool is_string = value.kind() == Value::Kind::string;
  switch (column.type) {
    case Type::string:
    case Type::enumeration:
      return is_string ? std::optional(value.text()) : std::nullopt;
    case Type::guid:
    case Type::lookup:
      return is_string ? guid_bytes(value.text()) : std::nullopt;
    case Type::boolean:
      if (value.kind() != Value::Kind::boolean) return std::nullopt;
      return std::string(value.is_true() ? "1" : "0");
    case Type::integer:
    case Type::bigint:
    case Type::choice: {
      if (value.kind() != Value::Kind::number) return std::nullopt;
      std::string text = canonical_number(value.text());
      if (text.empty() || !is_whole(text)) return std::nullopt;
      if (column.type == Type::bigint && !is_between(text, "-9223372036854775808", "9223372036854775807")) {
        return std::nullopt;
      }
      return text;
    }
    case Type::decimal:
    case Type::real: {
      if (value.kind() != Value::Kind::number) return std::nullopt;
      std::string text = canonical_number(value.text());
      if (text.empty()) return std::nullopt;
      return text;
    }
    case Type::date:
      return is_string && is_date(value.text()) ? std::optional(value.text()) : std::nullopt;
    case Type::datetime:
      return is_string ? normal_datetime(value.text()) : std::nullopt;
    case Type::ax_date: {
      if (!is_string) return std::nullopt;
      if (is_date(value.text())) return value.text();
      auto text = normal_datetime(value.text());
      if (text) text->resize(10);
      return text;
    }
  }
  return std::nullopt;
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? std::strong_ordering::less : std::strong_ordering::greater;
  if (a_negative) return compare_numbers(b.substr(1), a.substr(1));
  const std::size_t a_whole = std::min(a.find('.'), a.size());
  const std::size_t b_whole = std::min(b.find('.'), b.size());
  if (a_whole != b_whole) return a_whole <=> b_whole;
  return a.compare(b) <=> 0;  // same length before the point and no trailing zeros: text order is number order
}

bool is_between(std::string_view number, std::string_view least, std::string_view most) {
  return compare_numbers(number, least) >= 0 && compare_numbers(number, most) <= 0;
}

std::strong_ordering compare_cells(Type type, std::string_view a, std::string_view b) {
  if (is_number(type)) return compare_numbers(a, b);
  if (type != Type::string) return a.compare(b) <=> 0;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  while (a.ends_with(' ')) a.remove_suffix(1);
  while (b.ends_with(' ')) b.remove_suffix(1);
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) {
    return static_cast<unsigned char>(lower(x)) <=> static_cast<unsigned char>(lower(y));
  });
}

std::string edm_name(const Column& column) {
  switch (column.type) {
    case Type::string:
      return "Edm.String";
    case Type::guid:
    case Type::lookup:
      return "Edm.Guid";
    case Type::boolean:
      return "Edm.Boolean";
    case Type::integer:
    case Type::choice:
      return "Edm.Int32";
    case Type::bigint:
      return "Edm.Int64";
    case Type::decimal:
      return "Edm.Decimal";
    case Type::real:
      return "Edm.Double";
    case Type::date:
      return "Edm.Date";
    case Type::datetime:
    case Type::ax_date:
      return "Edm.DateTimeOffset";
    case Type::enumeration:
      return "Edm.String";
  }
  return "Edm.String";
}

}  // namespace dualwrite::sandbox
