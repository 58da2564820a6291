#pragma once
// The checker's own idea of when two values are the same. It shares no code with the engine on purpose.
#include <optional>
#include <string>
#include <string_view>

#include "demo/map_file.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::demo {

/// The exact value of a JSON number rounded to `scale` decimals, half away from zero: "-12.5", no exponent, no trailing
/// zeros. Nothing if it is not a number or has more than 400 digits.
std::optional<std::string> exact_number(std::string_view text, int scale);

/// One form for all spellings of a column's value on either side or in the journal; empty means blank. Trailing blanks
/// do not count, a number that is null is 0 and a switch that is null is off (F&O has no nulls), 1900-01-01 is no date,
/// a choice is known by either spelling, a lookup's key has no case.
std::string canonical(const ColumnPair& column, const Value& value);
std::string canonical_text(const ColumnPair& column, std::string_view text);

/// The integration key as the daemon's interface spells it: lower case, joined by '|', with '\' before '|' and '\'.
std::string record_key(const std::vector<std::string>& parts);

}  // namespace dualwrite::demo
