#pragma once
// The services' own metadata. `service` must outlive the call.
#include <optional>
#include <string>
#include <vector>

#include "endpoint/service.hpp"

namespace dualwrite::endpoint {

/// By EntityDefinitions, in one request.
Task<Result<std::optional<Description>>> describe_dataverse(Service& service, std::string table);
Task<Result<std::vector<std::string>>> names_of_dataverse(Service& service);

/// By /metadata/PublicEntities below the prefix, which is small: $metadata of a real environment is tens of megabytes.
Task<Result<std::optional<Description>>> describe_finops(Service& service, std::string prefix, std::string entity_set);
/// By the service document.
Task<Result<std::vector<std::string>>> names_of_finops(Service& service, std::string prefix);

/// One GET. Any answer of the service is fine; an error says that it did not answer.
Task<Result<void>> ask(Service& service, std::string target);

}  // namespace dualwrite::endpoint
