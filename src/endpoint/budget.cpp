#include "endpoint/budget.hpp"

#include <algorithm>

namespace dualwrite::endpoint {
namespace {

constexpr std::chrono::seconds halving_pause{1};

}  // namespace

void Budget::spend(const std::string& map, Instant now, std::chrono::milliseconds took) {
  const Instant second = std::chrono::floor<std::chrono::seconds>(now);
  if (slices_.empty() || slices_.back().second != second) slices_.push_back({second});
  ++slices_.back().requests;
  slices_.back().took += took;
  while (!slices_.empty() && slices_.front().second + budget_window <= second) slices_.pop_front();
  ++by_map_[map];
}

void Budget::went_well() {
  if (at_once_ >= most_ || ++good_ < at_once_) return;
  good_ = 0;
  ++at_once_;
}

void Budget::was_throttled(Instant now) {
  good_ = 0;
  if (now < halved_at_ + halving_pause) return;
  halved_at_ = now;
  at_once_ = std::max<std::size_t>(1, at_once_ / 2);
}

WindowUsage Budget::window(Instant now) const {
  WindowUsage usage;
  for (const Slice& slice : slices_) {
    if (slice.second + budget_window <= now) continue;
    usage.requests += slice.requests;
    usage.took += slice.took;
  }
  return usage;
}

}  // namespace dualwrite::endpoint
