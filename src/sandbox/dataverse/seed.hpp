#pragma once
// The rows that every environment starts with.
#include <string>
#include <vector>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// Organization, business unit, users, companies, and the messages that webhooks can be registered for.
void seed(State& state, const std::vector<User>& users, const std::vector<std::string>& companies);

}  // namespace dualwrite::sandbox::dataverse
