#pragma once
// The bodies of events. Pure. They are hints: rows are read before anything is decided.
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/capture/sink.hpp"

namespace dualwrite::capture {

/// A Dataverse webhook's body: a RemoteExecutionContext (Microsoft Learn: use-webhooks). Errc::invalid names what is
/// missing. Messages other than Create, Update and Delete give nothing.
Result<std::vector<Hint>> parse_dataverse_event(std::string_view body);

/// A posted F&O change, or an array of at most 1,000: business event members plus Entity, Operation and Key
/// (docs/INGEST.md). The test event that F&O sends when an endpoint is saved gives nothing.
Result<std::vector<Hint>> parse_finops_events(std::string_view body);

}  // namespace dualwrite::capture
