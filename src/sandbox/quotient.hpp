#pragma once
// Division of decimals by their digits; none passes through a double.
#include <optional>
#include <string>
#include <string_view>

namespace dualwrite::sandbox {

/// amount / rate, both canonical, rounded half away from zero to `scale` decimals (-1: ten). Nothing if the rate is
/// zero or longer than 30 characters.
std::optional<std::string> quotient(std::string_view amount, std::string_view rate, int scale);

}  // namespace dualwrite::sandbox
