#pragma once
// CallerObjectId and MSCRMCallerID: one user acts for another (A13).
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

struct Acting {
  User user;                 ///< who the rows say did it
  std::string on_behalf_by;  ///< 16 bytes: who did it for them; empty: nobody else
};

/// Every user may act for every other one here. 403 if there is no such user.
Outcome<Acting> acting_user(const State& state, const User& caller, const http::Headers& headers);

}  // namespace dualwrite::sandbox::dataverse
