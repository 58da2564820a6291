#pragma once
// The controls that concern all that the sandbox holds: reset, snapshots, clocks.
#include <optional>
#include <string_view>

#include "sandbox/control.hpp"

namespace dualwrite::sandbox {

/// `path` is below /_sandbox/. Nothing if it is none of these.
std::optional<http::Response> control_state(const Controlled& on, std::string_view path, const http::Request& request);

/// {"dataverse":{…},"finops":{…}}
std::string meters_json(const Controlled& on);

/// For control.cpp too: a JSON body, and {"error": text}.
http::Response plain(int status, std::string body);
http::Response problem(int status, std::string_view text);

}  // namespace dualwrite::sandbox
