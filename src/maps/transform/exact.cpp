#include "maps/transform/exact.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

#include "dualwrite/model/value.hpp"

namespace dualwrite::maps::exact {
namespace {

using Integer = boost::multiprecision::cpp_int;

/// mantissa / 10^scale
struct Number {
  Integer mantissa;
  int scale = 0;
};

Integer ten_to(int power) {
  return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(power));
}

Number parse(std::string_view text) {
  Number number;
  std::string digits;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.') after_point = true;
    if (c >= '0' && c <= '9') {
      digits += c;
      if (after_point) ++number.scale;
    }
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));  // a leading 0 would mean octal
  number.mantissa = Integer(digits);
  if (text.starts_with('-')) number.mantissa = -number.mantissa;
  return number;
}

std::string print(const Number& number) {
  const bool negative = number.mantissa < 0;
  std::string digits = Integer(boost::multiprecision::abs(number.mantissa)).str();
  const auto scale = static_cast<std::size_t>(number.scale);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return canonical_number((negative ? "-" : "") + digits);
}

void to_scale(Number& number, int scale) {
  if (number.scale >= scale) return;
  number.mantissa *= ten_to(scale - number.scale);
  number.scale = scale;
}

Number sum(std::string_view a, std::string_view b, bool subtracts) {
  Number left = parse(a);
  Number right = parse(b);
  to_scale(left, right.scale);
  to_scale(right, left.scale);
  if (subtracts) right.mantissa = -right.mantissa;
  left.mantissa += right.mantissa;
  return left;
}

/// numerator / denominator as a whole number; denominator > 0.
Integer quotient(const Integer& numerator, const Integer& denominator, Mode mode) {
  Integer whole = boost::multiprecision::abs(numerator) / denominator;
  const Integer rest = boost::multiprecision::abs(numerator) % denominator;
  const Integer twice = rest * 2;
  bool up = false;
  if (mode == Mode::half_away) up = twice >= denominator;
  if (mode == Mode::half_even) up = twice > denominator || (twice == denominator && whole % 2 == 1);
  if (mode == Mode::away_from_zero) up = rest != 0;
  if (up) ++whole;
  return numerator < 0 ? Integer(-whole) : whole;
}

}  // namespace

std::string add(std::string_view a, std::string_view b) {
  return print(sum(a, b, false));
}

std::string subtract(std::string_view a, std::string_view b) {
  return print(sum(a, b, true));
}

std::string multiply(std::string_view a, std::string_view b) {
  Number left = parse(a);
  const Number right = parse(b);
  left.mantissa *= right.mantissa;
  left.scale += right.scale;
  return print(left);
}

std::string divide(std::string_view a, std::string_view b, int scale) {
  const Number left = parse(a);
  const Number right = parse(b);
  Integer numerator = left.mantissa * ten_to(right.scale + scale);
  Integer denominator = right.mantissa * ten_to(left.scale);
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  Number result;
  result.mantissa = quotient(numerator, denominator, Mode::half_away);
  result.scale = scale;
  return print(result);
}

std::string round(std::string_view text, int scale, Mode mode) {
  Number number = parse(text);
  if (number.scale <= scale) return print(number);
  number.mantissa = quotient(number.mantissa, ten_to(number.scale - scale), mode);
  number.scale = scale;
  return print(number);
}

}  // namespace dualwrite::maps::exact
