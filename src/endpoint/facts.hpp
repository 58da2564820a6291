#pragma once
// What maps are validated against, out of the services' own metadata. `service` must outlive the call.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/maps/facts.hpp"
#include "endpoint/service.hpp"

namespace dualwrite::endpoint {

/// By EntityDefinitions: one request, and one more for each kind of column whose further facts are asked for; those of
/// lengths, decimals and options only if `choices` names a column.
Task<Result<std::optional<maps::EntityFacts>>> facts_dataverse(Service& service, std::string table,
                                                               std::vector<std::string> choices);
/// By /metadata: one request, and one for each enumeration of a property in `choices`.
Task<Result<std::optional<maps::EntityFacts>>> facts_finops(Service& service, std::string entity_set,
                                                            std::vector<std::string> choices);

}  // namespace dualwrite::endpoint
