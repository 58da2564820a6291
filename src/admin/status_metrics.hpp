#pragma once
// The link's status as metrics, brought up to date whenever somebody asks.
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::admin {

void update_metrics(Metrics& metrics, const sync::LinkStatus& status);

}  // namespace dualwrite::admin
