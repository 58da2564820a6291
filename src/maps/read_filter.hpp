#pragma once
// The map's "filter", a condition for each side, and the columns' "when".
#include "dualwrite/maps/json_document.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

/// Reads it into the map, whose columns must have been read: names are compared with theirs.
void read_filter(const JsonNode& node, TableMap& map, MistakeList& mistakes);

/// Reads the columns' conditions out of the map's root, likewise.
void read_conditions(const JsonNode& root, TableMap& map, MistakeList& mistakes);

}  // namespace dualwrite::maps
