#pragma once
// Request bodies.
#include "dualwrite/odata/payload.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

struct Body {
  Assignments cells;
  std::string key;  ///< 16 bytes; empty: the body has no primary key
};

/// Reads the body against the table: binds resolved, values checked, what clients may not set ignored.
Outcome<Body> read_body(const Call& call, const Table& table, bool is_create);

}  // namespace dualwrite::sandbox::dataverse
