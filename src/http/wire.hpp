#pragma once
// Writes the heads of requests and responses. Framing and connection fields are decided here, never by a caller.
#include <string>
#include <string_view>

#include "dualwrite/http/message.hpp"

namespace dualwrite::http {

/// Empty, or what is wrong with the request: a method, target or field that would break out of its line.
std::string complaint_about(const Request& request);

/// `host` is the value of the Host field.
void append_head(std::string& out, const Request& request, std::string_view host);

/// How a response is framed, as far as the request decides it.
struct Framing {
  bool to_head = false;  ///< answers HEAD: the length, but no body
  bool keep_alive = true;
  bool http_1_0 = false;
};

/// True if a response of that status and framing has a body on the wire.
bool has_body(int status, const Framing& framing) noexcept;

/// Field values that would break out of their line lose the bytes that do it.
void append_head(std::string& out, const Response& response, const Framing& framing);

/// A problem document (RFC 9457) without details.
Response problem(int status, std::string_view detail = {});

}  // namespace dualwrite::http
