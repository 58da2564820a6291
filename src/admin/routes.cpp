#include "admin/routes.hpp"

#include "admin/handlers.hpp"

namespace dualwrite::admin {
namespace {

constexpr std::string_view dead_letter_query[] = {"map", "state", "class", "before", "limit"};
constexpr std::string_view conflict_query[] = {"map", "before", "limit"};
constexpr std::string_view activity_query[] = {"map", "key", "kind", "before", "limit"};

constexpr Member initial_sync_body[] = {{"master", true}};
constexpr Member approve_body[] = {{"company", false}};
constexpr Member replay_body[] = {{"map", false}, {"class", false}};
constexpr Member resolve_body[] = {{"winner", true}};
constexpr Member discard_body[] = {{"reason", true}};

constexpr bool open_to_all = true;

// Where two paths fit, the one that stands first is taken: "dead-letters/replay" before "dead-letters/{id}".
constexpr Route table[] = {
    {"GET", "/api/v1/status", get_status, {}, {}},
    {"GET", "/api/v1/maps", get_maps, {}, {}},
    {"GET", "/api/v1/maps/{map}", get_map, {}, {}},
    {"POST", "/api/v1/maps/{map}/start", start_map, {}, {}},
    {"POST", "/api/v1/maps/{map}/pause", pause_map, {}, {}},
    {"POST", "/api/v1/maps/{map}/resume", resume_map, {}, {}},
    {"POST", "/api/v1/maps/{map}/approve", approve_map, {}, approve_body},
    {"POST", "/api/v1/maps/{map}/stop", stop_map, {}, {}},
    {"GET", "/api/v1/maps/{map}/initial-sync", get_initial_sync, {}, {}},
    {"POST", "/api/v1/maps/{map}/initial-sync", start_initial_sync, {}, initial_sync_body},
    {"GET", "/api/v1/dead-letters", get_dead_letters, dead_letter_query, {}},
    {"POST", "/api/v1/dead-letters/replay", replay_dead_letters, {}, replay_body},
    {"GET", "/api/v1/dead-letters/{id}", get_dead_letter, {}, {}},
    {"POST", "/api/v1/dead-letters/{id}/replay", replay_dead_letter, {}, {}},
    {"POST", "/api/v1/dead-letters/{id}/resolve", resolve_dead_letter, {}, resolve_body},
    {"POST", "/api/v1/dead-letters/{id}/discard", discard_dead_letter, {}, discard_body},
    {"GET", "/api/v1/conflicts", get_conflicts, conflict_query, {}},
    {"GET", "/api/v1/activity", get_activity, activity_query, {}},
    {"GET", "/api/v1/records/{map}/{key}", get_record, {}, {}},
    {"GET", "/api/v1/openapi.json", get_openapi, {}, {}},
    {"GET", "/metrics", get_metrics, {}, {}},
    {"GET", "/healthz", get_health, {}, {}, open_to_all},
    {"GET", "/readyz", get_readiness, {}, {}, open_to_all},
};

}  // namespace

std::span<const Route> routes() noexcept {
  return table;
}

}  // namespace dualwrite::admin
