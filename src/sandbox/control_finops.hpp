#pragma once
// /_sandbox/finops/: what in a real environment are forms of F&O: applications, rights, business events and their log.
#include <optional>
#include <string_view>

#include "dualwrite/async/task.hpp"
#include "dualwrite/http/message.hpp"
#include "sandbox/control.hpp"

namespace dualwrite::sandbox {

/// `path` is what follows /_sandbox/. Nothing if there is no such control.
std::optional<http::Response> control_finops(const Controlled& on, std::string_view path, const http::Request& request);

/// True for the request that saves an endpoint, which save_event_endpoint() answers: it needs the network.
bool saves_event_endpoint(const http::Request& request);

/// Posts the test event first, as F&O does: an endpoint that does not answer 2xx cannot be saved (D1).
Task<http::Response> save_event_endpoint(Executor executor, finops::Service& service, http::Request request);

}  // namespace dualwrite::sandbox
