#pragma once
// The steps of a Transaction as SQL.
#include "dualwrite/store/store.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/counters.hpp"

namespace dualwrite::store::sqlite {

/// Takes all steps inside of the write transaction that is open on the connection; throws Failure at the first that
/// does not work. `delta` collects what changes in the counts.
Committed write_steps(Connection& connection, const Transaction& transaction, CountsDelta& delta);

}  // namespace dualwrite::store::sqlite
