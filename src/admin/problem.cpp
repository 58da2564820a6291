#include "admin/problem.hpp"

#include "admin/json_writer.hpp"

namespace dualwrite::admin {
namespace {

/// Control's words: `invalid` means that the state of the map or dead letter does not allow the action.
int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::not_found:
      return 404;
    case Errc::invalid:
    case Errc::precondition:
    case Errc::refused:
      return 409;
    case Errc::unauthorized:
    case Errc::forbidden:
      return 502;  // an endpoint's refusal of the daemon, not ours of the caller
    case Errc::throttled:
    case Errc::unavailable:
    case Errc::in_doubt:
    case Errc::limit:
    case Errc::cancelled:
      return 503;
    case Errc::storage:
      return 500;
  }
  return 500;
}

}  // namespace

http::Response problem(int status, std::string_view type, std::string_view detail, std::string_view hint) {
  JsonWriter json;
  json.open_object();
  json.text("type", "urn:dualwrite:problem:" + std::string(type));
  json.text("title", http::reason_phrase(status));
  json.number("status", status);
  json.text("detail", detail);
  json.text_or_null("hint", hint);
  json.close();
  http::Response response = json_reply(status, std::move(json).take());
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

http::Response problem(const Error& error) {
  return problem(status_of(error.code()), to_string(error.code()), error.message(), error.hint());
}

http::Response json_reply(int status, std::string body) {
  http::Response response(status);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

}  // namespace dualwrite::admin
