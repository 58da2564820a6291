#pragma once
// What the two application users must be allowed to do for a map, and nothing more. Pure.
#include <string>
#include <vector>

#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite::app {

/// One right: on a table or an entity, what to do with it.
struct Right {
  Side side = Side::dataverse;
  std::string on;                 ///< logical name, entity set, or entity
  std::vector<std::string> what;  ///< Dataverse: privileges of a security role; F&O: permissions on the data entity
  std::string why;
};

/// Dataverse: organisation scope, because a user's rows may belong to anybody.
std::vector<Right> rights_for(const maps::TableMap& map);

/// What registering webhooks takes, once, by whoever does it.
std::vector<Right> rights_to_register();

/// "account: Create, Read, Write, Delete, Append (its rows are kept the same)".
std::string to_string(const Right& right);

}  // namespace dualwrite::app
