#pragma once
// What a client may do with a table: everything, until the controls take a right (A2, A12).
#include <string>
#include <string_view>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// "Create", "Read", "Write" or "Delete".
bool is_right(std::string_view name);
void set_right(State& state, std::string_view client, std::string_view table, std::string_view right, bool allowed);
/// Refused with PrivilegeDenied (0x80040220) where the caller lacks it.
Outcome<bool> check_right(const Call& call, const TableSchema& schema, std::string_view right);

}  // namespace dualwrite::sandbox::dataverse
