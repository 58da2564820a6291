#pragma once
// Makes endpoints of a dialect.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/http/transport.hpp"

namespace dualwrite::endpoint {

struct ServiceSettings {
  std::string url;               ///< origin, e.g. https://org.crm.dynamics.com
  std::size_t requests_max = 8;  ///< at once; more wait
  std::chrono::milliseconds request_limit{60000};
  std::string engine_id;  ///< marks our own writes where the service can carry a mark (Dataverse `tag`)
};

/// Dataverse Web API v9.2. `clock` must outlive it.
std::unique_ptr<Endpoint> make_dataverse(Executor executor, Clock& clock, ServiceSettings settings,
                                         std::unique_ptr<http::Transport> transport,
                                         std::unique_ptr<http::TokenSource> tokens);

/// Finance and operations OData under /data.
std::unique_ptr<Endpoint> make_finops(Executor executor, Clock& clock, ServiceSettings settings,
                                      std::unique_ptr<http::Transport> transport,
                                      std::unique_ptr<http::TokenSource> tokens);

/// The mark that our writes carry in Dataverse, as webhooks bring it back: "dualwrite:<engine id>:<intent>".
std::string write_tag(const std::string& engine_id, IntentId intent);

}  // namespace dualwrite::endpoint
