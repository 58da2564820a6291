#pragma once
// The tables, their version, and the checks that come before anything is changed in a file.
#include "store/sqlite/connection.hpp"

namespace dualwrite::store::sqlite {

/// PRAGMA application_id: "DWst". Says whose file it is, also to file(1).
constexpr std::int64_t application_id = 0x44577374;
/// PRAGMA user_version. A file with a higher one is refused; a lower one is brought up to date at open.
constexpr std::int64_t schema_version = 2;

/// Checks that the file is empty or ours and not from a newer version, sets WAL and FULL, and makes the tables in an
/// empty one. Throws Failure, then nothing was changed.
void prepare_schema(Connection& connection);

}  // namespace dualwrite::store::sqlite
