#pragma once
// What a user of F&O's own forms can do to a row's key, and no OData request can.
#include <string>

#include "sandbox/finops/state.hpp"

namespace dualwrite::sandbox::finops {

/// The row's key column gets another value; its RecId stays. False: there is no such entity, column or row, or the new
/// key is taken.
bool rename(State& state, const std::string& entity, const std::string& column, const std::string& from,
            const std::string& to);

}  // namespace dualwrite::sandbox::finops
