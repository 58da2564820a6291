#pragma once
// Who may ask. Pure.
#include <optional>

#include "dualwrite/base/secret.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::admin {

/// The refusal, or nothing if the request may go on.
std::optional<http::Response> refuse_access(const http::Request& request, const Secret& key);

}  // namespace dualwrite::admin
