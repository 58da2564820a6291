#pragma once
// Which rows a map takes in, and whether that has changed since its scans last ran to the end.
#include <string>

#include "dualwrite/async/task.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "sync/map_runtime.hpp"

namespace dualwrite::sync {

/// The filter and the companies of a side, as one text that is compared with the stored one.
std::string scope_of(const maps::TableMap& map, Side side);
std::string scope_setting(const maps::TableMap& map, Side side);

/// Takes up the stored scopes. A map without couplings stores its own; a changed one owes a scan of the
/// Dataverse side, whose deltas do not tell of rows that are in scope only now.
Task<Result<void>> load_scope(MapRuntime& map);

}  // namespace dualwrite::sync
