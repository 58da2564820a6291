#pragma once
// Finding rows by other columns than the key: what both dialects share.
#include <string>
#include <vector>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/odata/batch.hpp"

namespace dualwrite::endpoint {

/// The $filter of a query on that side: the record's company, and every value.
std::string match_filter(const maps::TableMap& map, Side side, const MatchQuery& query);

/// One answer per query out of a batch's parts; parts that are not there are in doubt.
std::vector<MatchReply> match_replies(const Endpoint& endpoint, const maps::TableMap& map, std::size_t queries,
                                      const std::vector<odata::BatchResponsePart>& parts);

}  // namespace dualwrite::endpoint
