#pragma once
// If-Match and If-None-Match (A4, E3).
#include <string>
#include <string_view>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// Whether one ETag of the header's list is this one, compared weakly.
bool lists_etag(std::string_view header, std::string_view etag);
/// If-Match of a change to an existing row.
Outcome<bool> check_if_match(const Call& call, const TableSchema& schema, const Record& record);

}  // namespace dualwrite::sandbox::dataverse
