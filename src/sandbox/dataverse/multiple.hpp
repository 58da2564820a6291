#pragma once
// The bound actions that write many rows of one table: all of them or none (A9).
#include <string_view>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// Whether a segment behind an entity set is one of them.
bool is_multiple(std::string_view segment);
Outcome<http::Response> multiple(Call& call, Table& table);

}  // namespace dualwrite::sandbox::dataverse
