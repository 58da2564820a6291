#pragma once
// What the routes do. `services` outlives every call.
#include "admin/call.hpp"

namespace dualwrite::admin {

Task<http::Response> get_status(const Services& services, Call call);
Task<http::Response> get_openapi(const Services& services, Call call);
Task<http::Response> get_metrics(const Services& services, Call call);
Task<http::Response> get_health(const Services& services, Call call);
Task<http::Response> get_readiness(const Services& services, Call call);

Task<http::Response> get_maps(const Services& services, Call call);
Task<http::Response> get_map(const Services& services, Call call);
Task<http::Response> start_map(const Services& services, Call call);
Task<http::Response> pause_map(const Services& services, Call call);
Task<http::Response> resume_map(const Services& services, Call call);
Task<http::Response> approve_map(const Services& services, Call call);
Task<http::Response> stop_map(const Services& services, Call call);
Task<http::Response> get_initial_sync(const Services& services, Call call);
Task<http::Response> start_initial_sync(const Services& services, Call call);

Task<http::Response> get_dead_letters(const Services& services, Call call);
Task<http::Response> get_dead_letter(const Services& services, Call call);
Task<http::Response> replay_dead_letter(const Services& services, Call call);
Task<http::Response> replay_dead_letters(const Services& services, Call call);
Task<http::Response> resolve_dead_letter(const Services& services, Call call);
Task<http::Response> discard_dead_letter(const Services& services, Call call);

Task<http::Response> get_conflicts(const Services& services, Call call);
Task<http::Response> get_activity(const Services& services, Call call);
Task<http::Response> get_record(const Services& services, Call call);

}  // namespace dualwrite::admin
