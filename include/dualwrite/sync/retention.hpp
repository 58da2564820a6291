#pragma once
// How long things are remembered, and why not shorter.
#include <chrono>

namespace dualwrite::sync {

/// No request lives longer than this: neither ours, nor one that a service or proxy still works on.
constexpr std::chrono::minutes request_lifetime{45};

/// A tombstone must outlive everything that may still tell of the row: a create of ours on its way, the delta that has
/// not been read, and the two scans that it takes to see a deletion.
constexpr std::chrono::milliseconds tombstone_retention_min(std::chrono::milliseconds delta_interval,
                                                            std::chrono::milliseconds scan_interval) noexcept {
  return request_lifetime + delta_interval + 2 * scan_interval;
}

}  // namespace dualwrite::sync
