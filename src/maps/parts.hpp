#pragma once
// A value that one side spreads over several columns.
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::maps {

/// The texts of the parts with the column's `join` between them, blank ones left out. Absent if the row lacks one of
/// them, null if all are blank. Errc::invalid if the column flows both ways and the texts would come back otherwise
/// spread.
Result<Value> join_parts(const Column& column, Side side, const odata::Entity& row);

/// One value for each part: the text is cut at the first separators, and the last part takes the rest.
std::vector<Value> split_parts(const Column& column, Side side, const Value& whole);

}  // namespace dualwrite::maps
