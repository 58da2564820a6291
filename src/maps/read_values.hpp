#pragma once
// Reads a column's "values": what stands for what.
#include <string>

#include "dualwrite/maps/json_document.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

/// {"No": 1, "Yes": 2}, or [["No", 1], ["Yes", 2]] where several stand for one.
void read_values(const JsonNode& node, const std::string& path, Column& column, MistakeList& mistakes);

}  // namespace dualwrite::maps
