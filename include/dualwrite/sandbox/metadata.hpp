#pragma once
// Schemas from outside: what a service's own $metadata answers, instead of the built-in tables.
#include <memory>
#include <string>

#include "dualwrite/base/error.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {

/// The tables of a Dataverse environment, from its saved $metadata. Sets whose rows have no GUID of their own are left
/// out, and the tables that the sandbox itself works with (users, steps, companies) are always there. Errc::invalid
/// with file, line and what is wrong; Errc::storage if the file cannot be read. docs/SANDBOX.md says what CSDL cannot
/// tell.
Result<std::shared_ptr<const Schema>> read_dataverse_metadata(const std::string& path);

/// The entities of an F&O environment.
Result<std::shared_ptr<const Schema>> read_finops_metadata(const std::string& path);

}  // namespace dualwrite::sandbox
