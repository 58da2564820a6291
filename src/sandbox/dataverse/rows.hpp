#pragma once
// One row written, for every kind of request: plain, by reference, nested in another, one of many. Each goes through
// the call's transaction, and webhooks hear of it after the commit.
#include <string>

#include "sandbox/dataverse/body.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// The key of the new row. Rows nested in the body are created first.
Outcome<std::string> insert_row(Call& call, Table& table, Body body);
Outcome<bool> change_row(Call& call, Table& table, const Hit& hit, Assignments cells);
/// Clears the lookups that pointed to it.
Outcome<bool> remove_row(Call& call, Table& table, const Hit& hit);

/// What the body of a row to be created does not say is taken from its address (A4, server-side upsert).
void complete_from_address(Body& body, const Address& address);

}  // namespace dualwrite::sandbox::dataverse
