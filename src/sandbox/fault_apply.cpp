#include "sandbox/fault_apply.hpp"

#include <utility>

#include "dualwrite/http/server.hpp"
#include "dualwrite/odata/batch.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sandbox/page_cut.hpp"
#include "sandbox/reply.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::string_view login_html =
    "<!DOCTYPE html>\r\n<html><head><title>Sign in</title></head><body><form method=\"post\" action=\"/login\">"
    "<p>Sign in to reach the network.</p><input name=\"user\"><input name=\"password\" type=\"password\">"
    "<button>Sign in</button></form></body></html>\r\n";

bool is_batch(std::string_view target) {
  return target.substr(0, target.find('?')).ends_with("/$batch");
}

Refusal dataverse_refusal(int status) {
  if (status == 429) {
    return {status, "0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."};
  }
  if (status == 503)
    return {status, "0x8004A001", "The server is busy and the request was not completed. Try again later."};
  if (status == 504) return {status, "0x80044151", "SQL timeout expired."};
  if (status == 403) return {status, "0x80040220", "Principal user is missing a privilege."};
  return {status, "0x80040216", "An unexpected error occurred."};
}

Refusal expired_version_stamp(int status) {
  return {status, "0x80044352", "Version stamp associated with the client has expired. Please perform a full sync."};
}

/// What befalls a part: its refusal, unless the whole sandbox goes down under it.
http::Response instead_of_part(const Faults& faults, Side side, const Fault& fault) {
  if (fault.kind != FaultKind::restart_in_batch) return refusal(side, fault);
  if (faults.hands().restart) faults.hands().restart(fault.delay);
  throw http::HangUp();
}

Refusal finops_refusal(int status) {
  if (status == 429 || status == 503) {
    return {status,
            {},
            "This request could not be processed at this time due to system experiencing high resource utilization."};
  }
  return {status, {}, "An unexpected error occurred."};
}

/// Entra's own trouble: its codes are from its published list.
Refusal token_refusal(int status) {
  if (status == 429)
    return {status, "90055", "The server has terminated the request because there are too many requests."};
  return {status, "90033", "A transient error has occurred. Please try again."};
}

http::Response token_error(const Refusal& refusal) {
  std::string body = R"({"error":"temporarily_unavailable","error_description":)";
  odata::append_json_string(body, "AADSTS" + refusal.code + ": " + refusal.message);
  body += ",\"error_codes\":[" + refusal.code + "]}";
  return json_response(refusal.status, std::move(body));
}

http::Response login_page(int status) {
  http::Headers headers;
  headers.add("Content-Type", "text/html; charset=utf-8");
  return {status, std::move(headers), std::string(login_html)};
}

http::Response short_page(Faults& faults, const RequestFacts& facts, http::Response response) {
  if (faults.empty() || facts.method != "GET" || response.status != 200) return response;
  if (!response.headers.get("Content-Type").starts_with("application/json")) return response;
  auto half = half_page(response.body);
  if (half && faults.on_page(facts)) response.body = std::move(*half);
  return response;
}

}  // namespace

RequestFacts request_facts(Side side, const http::Request& request) {
  RequestFacts facts{side, request.method, request.target, {}};
  if (!is_batch(request.target)) return facts;
  const auto parts = odata::parse_batch_request(request.headers.get("Content-Type"), request.body);
  if (!parts) return facts;
  for (const odata::BatchRequestPart& part : *parts) facts.parts.push_back({side, part.method, part.url, {}});
  return facts;
}

http::Response refusal(Side side, const Fault& fault) {
  if (fault.kind == FaultKind::expired_delta) return dataverse_error(expired_version_stamp(fault.status));
  Refusal what = side == Side::dataverse ? dataverse_refusal(fault.status) : finops_refusal(fault.status);
  if (side == Side::token) what = token_refusal(fault.status);
  if (!fault.code.empty() && side == Side::dataverse) what.code = fault.code;
  if (!fault.text.empty()) what.message = fault.text;
  http::Response response = side == Side::token       ? token_error(what)
                            : side == Side::dataverse ? dataverse_error(what)
                                                      : finops_error(what);
  if (fault.retry_after) response.headers.add("Retry-After", std::to_string(*fault.retry_after));
  return response;
}

Task<http::Response> serve_with_faults(Faults& faults, Clock& clock, Side side, http::Request request,
                                       const Serve& serve, const ServeLater& later) {
  if (faults.empty()) co_return co_await serve(std::move(request));
  const RequestFacts facts = request_facts(side, request);
  const std::optional<Fault> fault = faults.on_request(facts);
  if (!fault) {
    http::Response whole = co_await serve(std::move(request));
    co_return short_page(faults, facts, std::move(whole));
  }
  switch (fault->kind) {
    case FaultKind::reset:
      throw http::HangUp();
    case FaultKind::late:
      later(side, std::move(request), fault->delay);
      throw http::HangUp();
    case FaultKind::refuse:
    case FaultKind::page_fails:
      co_return refusal(side, *fault);
    case FaultKind::expired_delta:
      co_return refusal(side, *fault);
    case FaultKind::html:
      co_return login_page(fault->status);
    case FaultKind::revoke_token:
      if (faults.hands().revoke_token) faults.hands().revoke_token(request);
      break;  // carried out with the token that is no more
    default:
      break;  // the others are carried out first
  }
  http::Response response = co_await serve(std::move(request));
  if (fault->kind == FaultKind::revoke_token) co_return response;
  if (fault->kind == FaultKind::delay) {
    co_await clock.sleep(fault->delay);
    co_return response;
  }
  if (fault->kind == FaultKind::truncate && !response.body.empty()) {
    const std::size_t half = response.body.size() / 2;
    throw http::HangUp(std::move(response), half);
  }
  throw http::HangUp();
}

BatchFaults::BatchFaults(Faults* faults, Side side, const http::Request& batch)
    : faults_(faults != nullptr && !faults->empty() ? faults : nullptr), side_(side) {
  if (faults_ != nullptr) batch_ = request_facts(side, batch);
}

http::Response BatchFaults::run(const http::Request& part, const std::function<http::Response()>& carry_out) const {
  if (auto instead = refused(part)) return std::move(*instead);
  return shortened(part, carry_out());
}

std::optional<http::Response> BatchFaults::refused(const http::Request& part) const {
  if (faults_ == nullptr) return std::nullopt;
  const auto fault = faults_->on_part(batch_, RequestFacts{side_, part.method, part.target, {}});
  return fault ? std::optional<http::Response>(instead_of_part(*faults_, side_, *fault)) : std::nullopt;
}

http::Response BatchFaults::shortened(const http::Request& part, http::Response response) const {
  if (faults_ == nullptr) return response;
  return short_page(*faults_, RequestFacts{side_, part.method, part.target, {}}, std::move(response));
}

}  // namespace dualwrite::sandbox
