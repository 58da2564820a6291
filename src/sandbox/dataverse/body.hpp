#pragma once
// Request bodies.
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/odata/payload.hpp"
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

struct Body {
  Assignments cells;
  std::string key;  ///< 16 bytes; empty: the body has no primary key
  /// Rows to be created with this one, each by the navigation property that is to point to it.
  std::vector<std::pair<std::string, odata::Entity>> nested;
  /// Rows to be created behind this one, each by the collection of this row that it is to be in.
  std::vector<std::pair<std::string, odata::Entity>> members;
};

/// Reads the body against the table: binds resolved, values checked, what clients may not set ignored.
Outcome<Body> read_body(const Call& call, const Table& table, bool is_create);
/// The same for an object that has been parsed.
Outcome<Body> read_entity(const Call& call, const Table& table, const odata::Entity& entity, bool is_create);

}  // namespace dualwrite::sandbox::dataverse
