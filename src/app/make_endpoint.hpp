#pragma once
// An endpoint as the configuration describes it.
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::app {

/// `engine_id` marks its writes. `clock` must outlive it. Errc::invalid if it cannot be made: a certificate file that
/// holds no certificates.
Result<std::unique_ptr<endpoint::Endpoint>> make_endpoint(Executor executor, Clock& clock, Side side,
                                                          const config::EndpointSettings& settings,
                                                          std::string engine_id);

}  // namespace dualwrite::app
