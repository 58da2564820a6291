#pragma once
// Whether the daemon gets anywhere. Pure.
#include <string>

#include "dualwrite/admin/admin.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::admin {

/// Longer than this without any lane, scan or delta coming to an end means that nothing works any more.
inline constexpr std::chrono::minutes progress_limit{5};

/// Why the link is not healthy; empty if it is. A map that is stopped, paused or held need not get anywhere.
std::string why_stalled(const sync::LinkStatus& status, Instant started_at, Instant now);

/// Whether the link can do its work: the daemon is up, and both services answer.
Readiness readiness_of(const Readiness& daemon, const sync::LinkStatus& status);

}  // namespace dualwrite::admin
