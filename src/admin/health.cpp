#include "admin/health.hpp"

namespace dualwrite::admin {
Readiness readiness_of(const Readiness& daemon, const sync::LinkStatus& status) {
  if (!daemon.ready) return daemon;
  std::string why = status.state_error;
  for (const sync::EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.down_since == Instant{}) continue;
    if (!why.empty()) why += "; ";
    why += std::string(to_string(endpoint.side)) + " is down since " + format_instant(endpoint.down_since) + ": " +
           endpoint.last_error;
  }
  return {why.empty(), why};
}

}  // namespace dualwrite::admin
