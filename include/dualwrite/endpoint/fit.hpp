#pragma once
// Whether a map fits a service: do the entity or table and every column that the map names exist there?
#include <string>
#include <vector>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::endpoint {

/// One thing that a map names and the service does not have, or has otherwise.
struct Misfit {
  Side side = Side::finops;
  std::size_t line = 0;  ///< in the map's file; 0: not known
  std::string column;    ///< as the map names it; empty: the entity or table itself
  std::string what;
  std::string hint;  ///< with the nearest name that exists
};

/// "map customers, dataverse, column nmae: … (did you mean \"name\"?)".
std::string to_string(const std::string& map, const Misfit& misfit);

/// Compares the map with the metadata of that service; everything at once. An error says that the service could not be
/// asked. `endpoint` must outlive the call.
Task<Result<std::vector<Misfit>>> misfits(Endpoint& endpoint, maps::TableMap map);

/// What else can be seen before the first row is written: types that do not go together, rows that may not be read,
/// companies that are not there. Reads only. `endpoint` must outlive the call.
Task<Result<std::vector<Misfit>>> examine(Endpoint& endpoint, maps::TableMap map);

}  // namespace dualwrite::endpoint
