#include "admin/health.hpp"

#include <algorithm>

namespace dualwrite::admin {
namespace {

bool must_progress(store::MapState state) noexcept {
  switch (state) {
    case store::MapState::initial_sync:
    case store::MapState::running:
    case store::MapState::catching_up:
      return true;
    case store::MapState::stopped:
    case store::MapState::paused:
    case store::MapState::held:
      return false;
  }
  return true;
}

}  // namespace

std::string why_stalled(const sync::LinkStatus& status, Instant started_at, Instant now) {
  const auto working = std::ranges::find_if(status.maps, [](const auto& map) { return must_progress(map.state); });
  if (working == status.maps.end()) return {};
  const Instant since = std::max(status.last_progress, started_at);
  if (now - since <= progress_limit) return {};
  return "no lane, scan or delta has come to an end since " + format_instant(since) + " although the map " +
         working->name + " is " + std::string(store::to_string(working->state));
}

Readiness readiness_of(const Readiness& daemon, const sync::LinkStatus& status) {
  if (!daemon.ready) return daemon;
  std::string why;
  for (const sync::EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.down_since == Instant{}) continue;
    if (!why.empty()) why += "; ";
    why += std::string(to_string(endpoint.side)) + " is down since " + format_instant(endpoint.down_since) + ": " +
           endpoint.last_error;
  }
  return {why.empty(), why};
}

}  // namespace dualwrite::admin
