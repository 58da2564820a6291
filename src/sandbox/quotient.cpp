#include "sandbox/quotient.hpp"

#include "sandbox/exact.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t rate_digits_max = 30;
constexpr unsigned decimals_usual = 10;

}  // namespace

std::optional<std::string> quotient(std::string_view amount, std::string_view rate, int scale) {
  if (rate.size() > rate_digits_max) return std::nullopt;
  const exact::Number divisor = exact::number_of(rate);
  if (divisor == 0) return std::nullopt;
  const unsigned decimals = scale < 0 ? decimals_usual : static_cast<unsigned>(scale);
  return exact::text_of(exact::number_of(amount) / divisor, decimals);
}

}  // namespace dualwrite::sandbox
