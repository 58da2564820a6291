#include "sandbox/exact.hpp"

#include <algorithm>

namespace dualwrite::sandbox::exact {

Number number_of(std::string_view text) {
  std::string digits(text);
  Whole denominator = 1;
  const std::size_t point = digits.find('.');
  if (point != std::string::npos) {
    denominator = pow(Whole(10), static_cast<unsigned>(digits.size() - point - 1));
    digits.erase(point, 1);
  }
  // A leading 0 would make the rest octal.
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  digits.erase(sign, std::min(digits.find_first_not_of('0', sign), digits.size() - 1) - sign);
  return {Whole(digits), denominator};
}

std::string text_of(const Number& number, unsigned decimals_max) {
  const bool is_negative = number < 0;
  const Whole scale = pow(Whole(10), decimals_max);
  const Whole twice = 2 * scale * abs(numerator(number));
  const Whole rounded = (twice + denominator(number)) / (2 * denominator(number));
  std::string digits = rounded.str();
  if (digits.size() <= decimals_max) digits.insert(0, decimals_max + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - decimals_max);
  digits.resize(digits.size() - decimals_max);
  fraction.resize(fraction.find_last_not_of('0') + 1);
  std::string text = digits + (fraction.empty() ? "" : "." + fraction);
  return is_negative && text != "0" ? "-" + text : text;
}

}  // namespace dualwrite::sandbox::exact
