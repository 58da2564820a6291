#pragma once
// Makes the steps. Arguments are checked by whoever reads the map; see read_transform.cpp.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/maps/transform.hpp"

namespace dualwrite::maps {

enum class End : std::uint8_t { start, end, both };
enum class Rounding : std::uint8_t { half_up, half_even, down, up };

// Texts.
Step trim_step(End end);
Step upper_step();
Step lower_step();
Step truncate_step(std::size_t units);
/// Fills up to `units` with `fill`, one character. Back: takes it away.
Step pad_step(std::size_t units, std::string fill, End end);
Step prefix_step(std::string text);
Step suffix_step(std::string text);
/// `part` counts from 0; a text with fewer parts gives null.
Step split_step(std::string separator, std::size_t part);
Step substring_step(std::size_t start, std::optional<std::size_t> units);
/// Every occurrence. Back: the other way about; only with both texts not empty.
Step replace_step(std::string find, std::string with);

// Blanks.
/// Null becomes `value`. Back: `value` becomes null.
Step default_step(Value value);
/// `value` becomes null. Back: null becomes `value`.
Step blank_step(Value value);

// Numbers: exact, then rounded to ten decimals where a division does not end.
Step multiply_step(std::string by);
Step divide_step(std::string by);
Step add_step(std::string by);
Step round_step(int scale, Rounding rounding);
/// True if both are known units of one kind.
bool are_units(std::string_view from, std::string_view to);
Step unit_step(std::string_view from, std::string_view to);
/// The names of all units, for messages.
std::vector<std::string_view> unit_names();

// Times.
bool is_time_zone(const std::string& zone);
/// The wall clock of `from` becomes that of `to`, both written as if it were UTC. A time that the spring change skips
/// is refused; one that the autumn change brings twice is the earlier of the two.
Step time_zone_step(std::string from, std::string to);

}  // namespace dualwrite::maps
