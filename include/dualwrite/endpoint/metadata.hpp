#pragma once
// Both services' metadata for one map, as maps::validate() takes it.
#include <memory>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/maps/validate.hpp"

namespace dualwrite::endpoint {

struct MetadataQuery {
  std::string entity;                   ///< F&O entity set
  std::string table;                    ///< Dataverse logical name
  std::vector<std::string> properties;  ///< F&O names of which the options are wanted
  /// Dataverse columns, through lookups with '/' or '.' between navigation properties or lookup columns.
  std::vector<std::string> paths;
};
MetadataQuery query_of(const maps::TableMap& map);

/// An error says that a service could not be asked. The endpoints must outlive the call, the result owns what it holds.
Task<Result<maps::Metadata>> read_metadata(Endpoint& finops, Endpoint& dataverse, MetadataQuery query);

}  // namespace dualwrite::endpoint
