#include "sandbox/finops/throttle.hpp"

#include <algorithm>

namespace dualwrite::sandbox::finops {

std::optional<Priority> parse_priority(std::string_view text) {
  if (text == "Low") return Priority::low;
  if (text == "Medium") return Priority::medium;
  if (text == "High") return Priority::high;
  return std::nullopt;
}

void Throttle::forget(std::int64_t now) {
  while (!seconds_.empty() && seconds_.front().at <= now - window_.count()) {
    load_ -= seconds_.front().operations;
    seconds_.pop_front();
  }
}

std::optional<std::chrono::seconds> Throttle::admit(Instant now, Priority priority) {
  if (capacity_ <= 0) return std::nullopt;
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  forget(second);
  const std::int64_t quarters = priority == Priority::low ? 2 : priority == Priority::medium ? 3 : 4;
  const std::int64_t limit = std::max<std::int64_t>(capacity_ * quarters / 4, 1);
  if (load_ < limit) {
    if (seconds_.empty() || seconds_.back().at < second) seconds_.push_back({second, 0});
    ++seconds_.back().operations;
    ++load_;
    return std::nullopt;
  }
  // The seconds leave the window one after the other; the first that makes room is waited for.
  std::int64_t left = load_;
  for (const Second& old : seconds_) {
    left -= old.operations;
    if (left < limit) return std::chrono::seconds(std::max<std::int64_t>(old.at + window_.count() - second, 1));
  }
  return window_;
}

}  // namespace dualwrite::sandbox::finops
