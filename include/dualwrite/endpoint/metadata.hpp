#pragma once
// Both services' metadata for one map, as maps::validate() takes it.
#include <memory>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/maps/validate.hpp"

namespace dualwrite::endpoint {

/// An error says that a service could not be asked. The endpoints must outlive the call, the result owns what it holds.
Task<Result<maps::Metadata>> read_metadata(Endpoint& finops, Endpoint& dataverse, maps::TableMap map);

}  // namespace dualwrite::endpoint
