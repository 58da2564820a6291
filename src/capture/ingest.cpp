#include "dualwrite/capture/ingest.hpp"

#include "dualwrite/capture/events.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::capture {
namespace {

http::Response problem(int status, const std::string& detail) {
  std::string body;
  odata::ObjectWriter writer(body);
  writer.member("title", Value::string(std::string(http::reason_phrase(status))));
  writer.member("status", Value::number(std::to_string(status)));
  writer.member("detail", Value::string(detail));
  writer.close();
  http::Response response(status);
  response.headers.add("Content-Type", "application/problem+json");
  response.body = std::move(body);
  return response;
}

}  // namespace

Ingest::Ingest(ChangeSink& sink, Metrics& metrics, Secret key)
    : sink_(sink),
      key_(std::move(key)),
      accepted_(metrics.cell(MetricKind::counter, "dualwrite_ingest_events_total", "Events received and made durable",
                             {{"outcome", "accepted"}})),
      refused_(metrics.cell(MetricKind::counter, "dualwrite_ingest_events_total", "", {{"outcome", "refused"}})) {}

Task<http::Response> Ingest::handle(http::Request request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool dataverse = path == "/ingest/dataverse";
  if (!dataverse && path != "/ingest/finops") {
    co_return problem(404, "events are posted to /ingest/dataverse and /ingest/finops");
  }
  if (request.method != "POST") {
    http::Response response = problem(405, "events are posted");
    response.headers.add("Allow", "POST");
    co_return response;
  }
  if (!key_.empty()) {
    constexpr std::string_view bearer = "Bearer ";
    const std::string_view authorization = request.headers.get("Authorization");
    std::string given(request.headers.get("x-dualwrite-key"));
    if (given.empty() && authorization.starts_with(bearer)) given = authorization.substr(bearer.size());
    if (!same_secret(given, key_.reveal())) {
      refused_.add();
      co_return problem(401, "the key is missing or wrong: send x-dualwrite-key, or Authorization: Bearer");
    }
  }
  auto hints = dataverse ? parse_dataverse_event(request.body) : parse_finops_events(request.body);
  if (!hints) {
    refused_.add();
    co_return problem(400, hints.error().text());
  }
  auto taken = co_await sink_.accept_hints(std::move(*hints));
  if (!taken) {
    refused_.add();
    co_return problem(taken.error().code() == Errc::invalid ? 400 : 503, taken.error().text());
  }
  accepted_.add(static_cast<std::int64_t>(*taken));
  co_return http::Response(204);
}

}  // namespace dualwrite::capture
