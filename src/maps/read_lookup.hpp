#pragma once
// Reads a column's way through lookups: "navigation/column" and "lookup", which says where the related rows are.
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

/// `column.dataverse` must have been read.
void read_lookup(ObjectReader& reader, Column& column);

/// Columns that go through one navigation property share what one of them says of it. Reports what is missing.
void complete_lookups(TableMap& map, MistakeList& mistakes);

}  // namespace dualwrite::maps
