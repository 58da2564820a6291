#pragma once
// An endpoint as the configuration describes it.
#include <functional>
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/endpoint/webhooks.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::app {

/// Hears of every request that has been written whole; empty in production.
using OnSent = std::function<void(const http::Request&)>;

/// `engine_id` marks its writes. `clock` must outlive it. Errc::invalid if it cannot be made: a certificate file that
/// holds no certificates.
Result<std::unique_ptr<endpoint::Endpoint>> make_endpoint(Executor executor, Clock& clock, Side side,
                                                          const config::EndpointSettings& settings,
                                                          std::string engine_id, OnSent on_sent = {});

/// Dataverse's webhooks, by the same settings.
Result<std::unique_ptr<endpoint::WebhookRegistry>> make_webhooks(Executor executor, Clock& clock,
                                                                 const config::EndpointSettings& settings);

}  // namespace dualwrite::app
