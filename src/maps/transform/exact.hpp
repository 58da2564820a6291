#pragma once
// Exact decimal arithmetic on canonical number texts (see canonical_number).
#include <string>
#include <string_view>

namespace dualwrite::maps::exact {

std::string add(std::string_view a, std::string_view b);
std::string subtract(std::string_view a, std::string_view b);
std::string multiply(std::string_view a, std::string_view b);
/// Rounded half away from zero to `scale` decimals; `b` is not 0.
std::string divide(std::string_view a, std::string_view b, int scale);

enum class Mode : unsigned char { half_away, half_even, toward_zero, away_from_zero };
std::string round(std::string_view number, int scale, Mode mode);

}  // namespace dualwrite::maps::exact
