#pragma once
// Whether the daemon can do its work. Pure.
#include <string>

#include "dualwrite/admin/admin.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::admin {

/// Whether the link can do its work: the daemon is up, its state file can be written, and
/// both services answer.
Readiness readiness_of(const Readiness& daemon, const sync::LinkStatus& status);

}  // namespace dualwrite::admin
