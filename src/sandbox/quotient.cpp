#include "sandbox/quotient.hpp"

#include "dualwrite/model/value.hpp"

namespace dualwrite::sandbox {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t rate_digits_max = 30;  // ten times as much still fits in 128 bits

struct Decimal {
  std::string digits;
  std::size_t decimals = 0;
  bool is_negative = false;
};

Decimal taken_apart(std::string_view text) {
  Decimal number;
  number.is_negative = text.starts_with('-');
  if (number.is_negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  number.digits = text.substr(0, point);
  if (point == std::string_view::npos) return number;
  number.digits += text.substr(point + 1);
  number.decimals = text.size() - point - 1;
  return number;
}

}  // namespace

std::optional<std::string> quotient(std::string_view amount, std::string_view rate, int scale) {
  Decimal dividend = taken_apart(amount);
  const Decimal divisor = taken_apart(rate);
  if (divisor.digits.size() > rate_digits_max) return std::nullopt;
  Wide by = 0;
  for (const char digit : divisor.digits) by = by * 10 + static_cast<Wide>(digit - '0');
  if (by == 0) return std::nullopt;
  const std::size_t wanted = scale < 0 ? 10 : static_cast<std::size_t>(scale);
  // One decimal more than wanted decides on the rounding; what is cut off behind it cannot change that.
  const std::size_t target = wanted + 1 + divisor.decimals;
  std::size_t decimals = wanted + 1;
  if (dividend.decimals < target) {
    dividend.digits.append(target - dividend.decimals, '0');
  } else {
    decimals = dividend.decimals - divisor.decimals;
  }
  std::string digits;
  Wide rest = 0;
  for (const char digit : dividend.digits) {
    rest = rest * 10 + static_cast<Wide>(digit - '0');
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest / by)));
    rest %= by;
  }
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  digits.insert(digits.size() - decimals, ".");
  if (dividend.is_negative != divisor.is_negative) digits.insert(0, "-");
  return round_number(canonical_number(digits), static_cast<int>(wanted));
}

}  // namespace dualwrite::sandbox
