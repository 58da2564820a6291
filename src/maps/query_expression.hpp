#pragma once
// F&O's extended query range expressions, as dual-write maps hold them: ((PartyType == "Organization") && (X != "")).
// See "Using Expressions in Query Ranges" in the X++ documentation.
#include <string>
#include <string_view>

#include "dualwrite/base/error.hpp"

namespace dualwrite::maps {

/// True if the text has an operator that no $filter has.
bool is_query_expression(std::string_view text) noexcept;

/// The same condition as a $filter. Errc::invalid names the offset. Depth and length are bounded as parse_filter's.
Result<std::string> to_filter(std::string_view expression);

}  // namespace dualwrite::maps
