#pragma once
// What handlers answer with: refusals as values, and the responses that are made of them.
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "dualwrite/http/message.hpp"

namespace dualwrite::sandbox {

/// Why a request is refused. `code` is Dataverse's ("0x80040217"); F&O has a type of exception instead.
struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
  std::string exception;
  Refusal(int s, std::string c, std::string m, std::string e = {})
      : status(s), code(std::move(c)), message(std::move(m)), exception(std::move(e)) {}
};

template <class T>
using Outcome = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string code, std::string message, std::string exception = {}) {
  return std::unexpected<Refusal>(std::in_place, status, std::move(code), std::move(message), std::move(exception));
}

/// A body with the content type and version that both services put on data.
http::Response json_response(int status, std::string body);
http::Response text_response(int status, std::string content_type, std::string body);
/// {"error":{"code":…,"message":…}} with a REQ_ID header. `detailed`: with the annotations of a client that wants all.
http::Response dataverse_error(const Refusal& refusal, bool detailed = false);
/// The error body with an innererror.
http::Response finops_error(const Refusal& refusal);
http::Response finops_error(const Refusal& refusal, bool with_stacktrace);
/// {"error":{"code":"","message":…}}, for what fails in front of the OData service.
http::Response finops_plain_error(const Refusal& refusal);

}  // namespace dualwrite::sandbox
