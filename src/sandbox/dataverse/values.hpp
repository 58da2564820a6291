#pragma once
// What a Dataverse column accepts.
#include <optional>
#include <string>

#include "dualwrite/model/value.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// The cell to store; nothing clears it. Rounds, cuts and refuses as the service does.
Outcome<std::optional<std::string>> accept(const State& state, const TableSchema& schema, const Column& column,
                                           const Value& value);

}  // namespace dualwrite::sandbox::dataverse
