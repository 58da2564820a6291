#pragma once
// Literals as they stand in URLs: shared by key predicates and filters.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dualwrite/model/value.hpp"

namespace dualwrite::odata {

/// True for a text that is a number in JSON: "007", "+1", ".5" and "5." are none.
bool is_json_number(std::string_view text) noexcept;

/// What a literal without quotes stands for: null, true, false, a number, else a string as it stands.
Value unquoted_literal(std::string_view text);

/// Reads 'it''s', whose opening quote is text[at], and moves `at` behind the closing one. Nothing if it is not closed.
std::optional<std::string> take_quoted(std::string_view text, std::size_t& at);

}  // namespace dualwrite::odata
