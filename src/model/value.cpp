#include "dualwrite/model/value.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <ostream>

#include "dualwrite/base/text.hpp"

namespace dualwrite {
namespace {

constexpr std::size_t digits_max = 400;
// Beyond this an exponent can only make the number too long (or meet a zero): it is not counted further.
constexpr std::int64_t exponent_max = 1'000'000'000'000;

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

std::optional<std::int64_t> take_exponent(std::string_view& rest) {
  if (rest.empty() || (rest.front() != 'e' && rest.front() != 'E')) return 0;
  rest.remove_prefix(1);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const std::string_view digits = take_digits(rest);
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) value = std::min(value * 10 + (c - '0'), exponent_max);
  return negative ? -value : value;
}

// Sign, then `digits` with the decimal point after `point` of them, where `point` may lie outside of them. The digits
// begin and end with one that is not 0.
std::string assemble(bool negative, std::string_view digits, std::int64_t point) {
  const auto count = static_cast<std::int64_t>(digits.size());
  const std::int64_t integer_digits = std::max<std::int64_t>(point, 0);
  const std::int64_t fraction_digits = std::max<std::int64_t>(count - point, 0);
  if (integer_digits + fraction_digits > static_cast<std::int64_t>(digits_max)) return {};
  std::string out;
  out.reserve(static_cast<std::size_t>(integer_digits + fraction_digits) + 3);
  if (negative) out += '-';
  if (point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += digits;
  } else if (point >= count) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else {
    out += digits.substr(0, static_cast<std::size_t>(point));
    out += '.';
    out += digits.substr(static_cast<std::size_t>(point));
  }
  return out;
}

}  // namespace

std::string to_string(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::absent:
      return "(absent)";
    case Value::Kind::null:
      return "null";
    case Value::Kind::boolean:
    case Value::Kind::number:
      return value.text();
    case Value::Kind::string:
      break;
  }
  std::string out;
  append_json_quoted(out, value.text());
  return out;
}

std::ostream& operator<<(std::ostream& out, const Value& value) {
  return out << to_string(value);
}

std::string canonical_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view integer = take_digits(text);
  if (integer.empty()) return {};
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return {};
  }
  const auto exponent = take_exponent(text);
  if (!exponent || !text.empty()) return {};

  std::string digits;
  digits.reserve(integer.size() + fraction.size());
  digits += integer;
  digits += fraction;
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return "0";
  const std::size_t last = digits.find_last_not_of('0');
  const std::int64_t point = static_cast<std::int64_t>(integer.size()) + *exponent - static_cast<std::int64_t>(first);
  return assemble(negative, std::string_view(digits).substr(first, last - first + 1), point);
}

std::string round_number(std::string_view canonical, int scale) {
  const std::size_t point = canonical.find('.');
  if (point == std::string_view::npos) return std::string(canonical);
  const std::size_t keep = static_cast<std::size_t>(std::max(scale, 0));
  const std::string_view fraction = canonical.substr(point + 1);
  if (fraction.size() <= keep) return std::string(canonical);

  const bool negative = canonical.starts_with('-');
  const std::size_t start = negative ? 1 : 0;
  std::string digits{canonical.substr(start, point - start)};
  const std::size_t integer_digits = digits.size();
  digits += fraction.substr(0, keep);
  bool carry = fraction[keep] >= '5';
  for (std::size_t i = digits.size(); carry && i > 0; --i) {
    char& digit = digits[i - 1];
    carry = digit == '9';
    digit = carry ? '0' : static_cast<char>(digit + 1);
  }
  std::string out = negative ? "-" : "";
  if (carry) out += '1';
  out += digits.substr(0, integer_digits);
  if (keep > 0) {
    out += '.';
    out += digits.substr(integer_digits);
  }
  return canonical_number(out);
}

}  // namespace dualwrite
