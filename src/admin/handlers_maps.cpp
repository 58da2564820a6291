#include "admin/filters.hpp"
#include "admin/handlers.hpp"
#include "admin/problem.hpp"
#include "admin/render.hpp"

namespace dualwrite::admin {
namespace {

using Document = std::string (*)(const sync::MapStatus&);

/// 202 while the map is still on its way to where it was sent.
int status_after(store::MapState state) noexcept {
  const bool under_way = state == store::MapState::catching_up || state == store::MapState::initial_sync;
  return under_way ? 202 : 200;
}

Task<http::Response> show_map(const Services& services, std::string name, Document document) {
  sync::LinkStatus status = co_await services.control.status();
  const auto map = find_map(std::move(status), name);
  if (!map) co_return map.error();
  co_return json_reply(200, document(*map));
}

using Action = Task<Result<void>> (sync::Control::*)(std::string map);

/// The map as it is after an action, or why the action was refused.
Task<http::Response> after(const Services& services, std::string name, Result<void> done) {
  if (!done) co_return problem(done.error());
  sync::LinkStatus status = co_await services.control.status();
  const auto map = find_map(std::move(status), name);
  if (!map) co_return map.error();
  co_return json_reply(status_after(map->state), map_document(*map));
}

Task<http::Response> act(const Services& services, std::string name, Action action) {
  Result<void> done = co_await (services.control.*action)(name);
  co_return co_await after(services, std::move(name), std::move(done));
}

}  // namespace

Task<http::Response> get_maps(const Services& services, Call) {
  const sync::LinkStatus status = co_await services.control.status();
  JsonWriter json;
  json.open_object();
  json.open_array("items");
  for (const sync::MapStatus& map : status.maps) render(json, {}, map);
  json.close();
  json.close();
  co_return json_reply(200, std::move(json).take());
}

Task<http::Response> get_map(const Services& services, Call call) {
  return show_map(services, call.path("map"), map_document);
}

Task<http::Response> start_map(const Services& services, Call call) {
  return act(services, call.path("map"), &sync::Control::start);
}

Task<http::Response> pause_map(const Services& services, Call call) {
  return act(services, call.path("map"), &sync::Control::pause);
}

Task<http::Response> resume_map(const Services& services, Call call) {
  return act(services, call.path("map"), &sync::Control::resume);
}

Task<http::Response> approve_map(const Services& services, Call call) {
  const std::string name = call.path("map");
  Result<void> done = co_await services.control.approve(name, call.body("company"));
  co_return co_await after(services, name, std::move(done));
}

Task<http::Response> stop_map(const Services& services, Call call) {
  return act(services, call.path("map"), &sync::Control::stop);
}

Task<http::Response> get_initial_sync(const Services& services, Call call) {
  return show_map(services, call.path("map"), initial_sync_document);
}

Task<http::Response> start_initial_sync(const Services& services, Call call) {
  const std::string name = call.path("map");
  const auto master = read_side(call, "master", "it names the side that wins where both hold a row and differ");
  if (!master) co_return master.error();
  const Result<void> begun = co_await services.control.initial_sync(name, *master);
  if (!begun) co_return problem(begun.error());
  sync::LinkStatus status = co_await services.control.status();
  const auto map = find_map(std::move(status), name);
  if (!map) co_return map.error();
  co_return json_reply(202, initial_sync_document(*map));
}

}  // namespace dualwrite::admin
