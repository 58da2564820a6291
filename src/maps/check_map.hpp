#pragma once
// The rules that join several parts of a map: what may stand beside what.
#include <cstddef>
#include <string>
#include <vector>

#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

/// Dataverse answers 400 to a query with more $expand items than this, and every lookup is one.
inline constexpr std::size_t lookups_max = 15;

/// Appends the mistakes.
void check_map(const TableMap& map, MistakeList& mistakes);

}  // namespace dualwrite::maps
