#pragma once
// Whether Microsoft's own dual-write is at work on a table: two that copy the same rows would go round in circles.
#include <optional>
#include <string>

#include "endpoint/service.hpp"

namespace dualwrite::endpoint {

/// What the environment says of it, by its table of running maps; nothing if it says nothing of that table.
Task<Result<std::optional<std::string>>> active_dual_write(Service& service, std::string table, std::string set);

/// The organisation's id, by WhoAmI.
Task<Result<std::string>> organization_of(Service& service);

}  // namespace dualwrite::endpoint
