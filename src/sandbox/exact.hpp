#pragma once
// Numbers as the fractions that they are: sums and quotients lose no digit.
#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <string_view>

namespace dualwrite::sandbox::exact {

using Number = boost::multiprecision::cpp_rational;
using Whole = boost::multiprecision::cpp_int;

/// From a canonical number.
Number number_of(std::string_view text);
/// With as many decimals as it needs, at most `decimals_max`, rounded half away from zero.
std::string text_of(const Number& number, unsigned decimals_max);

}  // namespace dualwrite::sandbox::exact
