#pragma once
// Problem documents (RFC 9457): every reply that is not what was asked for.
#include <string>
#include <string_view>

#include "dualwrite/base/error.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::admin {

/// `detail`: what was attempted and what happened; `hint`: what to do about it, may be empty.
http::Response problem(int status, std::string_view type, std::string_view detail, std::string_view hint = {});

/// What the engine said no to. The status follows from the error's code alone.
http::Response problem(const Error& error);

/// A JSON reply.
http::Response json_reply(int status, std::string body);

}  // namespace dualwrite::admin
