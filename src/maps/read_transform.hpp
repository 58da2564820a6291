#pragma once
// Reads a column's "transform": the steps and their arguments.
#include <string>

#include "dualwrite/maps/json_document.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

/// The column's type and direction must have been read before. Reports steps that do not suit them.
void read_transform(const JsonNode& node, const std::string& path, Column& column, MistakeList& mistakes);

}  // namespace dualwrite::maps
