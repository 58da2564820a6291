#include "admin/handlers.hpp"
#include "admin/health.hpp"
#include "admin/problem.hpp"
#include "admin/render.hpp"
#include "admin/status_metrics.hpp"
#include "embedded/admin_openapi.hpp"

namespace dualwrite::admin {
namespace {

http::Response probe_reply(bool good, std::string_view state, std::string_view why) {
  JsonWriter json;
  json.open_object();
  json.text("status", state);
  if (!good) json.text("why", why);
  json.close();
  return json_reply(good ? 200 : 503, std::move(json).take());
}

}  // namespace

Task<http::Response> get_status(const Services& services, Call) {
  const sync::LinkStatus status = co_await services.control.status();
  const Readiness readiness = readiness_of(services.readiness(), status);
  JsonWriter json;
  json.open_object();
  json.text("name", status.name);
  json.text("version", services.version);
  json.time("now", services.clock.now());
  json.time("startedAt", services.started_at);
  json.flag("ready", readiness.ready);
  json.text_or_null("whyNotReady", readiness.ready ? std::string_view() : readiness.why);
  json.time("lastProgressAt", status.last_progress);
  json.open_array("endpoints");
  for (const sync::EndpointStatus& endpoint : status.endpoints) render(json, {}, endpoint);
  json.close();
  json.open_array("maps");
  for (const sync::MapStatus& map : status.maps) render(json, {}, map);
  json.close();
  json.close();
  co_return json_reply(200, std::move(json).take());
}

Task<http::Response> get_openapi(const Services&, Call) {
  co_return json_reply(200, std::string(embedded::admin_openapi));
}

Task<http::Response> get_metrics(const Services& services, Call) {
  const sync::LinkStatus status = co_await services.control.status();
  update_metrics(services.metrics, status);
  http::Response response = json_reply(200, services.metrics.render());
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  co_return response;
}

Task<http::Response> get_health(const Services& services, Call) {
  const sync::LinkStatus status = co_await services.control.status();
  co_return probe_reply(status.stuck.empty(), status.stuck.empty() ? "ok" : "stalled", status.stuck);
}

Task<http::Response> get_readiness(const Services& services, Call) {
  const sync::LinkStatus status = co_await services.control.status();
  const Readiness readiness = readiness_of(services.readiness(), status);
  co_return probe_reply(readiness.ready, readiness.ready ? "ready" : "not ready", readiness.why);
}

}  // namespace dualwrite::admin
