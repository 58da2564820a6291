#pragma once
// Text by its characters: UTF-8 here, counted in UTF-16 units as the services count.
#include <cstddef>
#include <string>
#include <string_view>

namespace dualwrite::maps {

/// A character of well-formed UTF-8 at `at`: its bytes.
std::size_t character_bytes(std::string_view text, std::size_t at) noexcept;

/// UTF-16 units: 1, or 2 for characters above U+FFFF.
std::size_t units_of(std::string_view text) noexcept;

/// The longest run of whole characters from byte `from` that has at most `units` units: its end, in bytes.
std::size_t advance_units(std::string_view text, std::size_t from, std::size_t units) noexcept;

/// In the root locale, without regard to any language.
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);

}  // namespace dualwrite::maps
