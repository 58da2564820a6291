#include "sync/watch.hpp"

#include <algorithm>

namespace dualwrite::sync {

using std::chrono::milliseconds;

Beat& Watch::add(std::string task, const Clock& clock, milliseconds limit, std::vector<const Beat*> inner) {
  return watched_.emplace_back(std::move(task), clock, limit, std::move(inner)).beat;
}

std::string Watch::why_stuck() const {
  for (const Watched& watched : watched_) {
    milliseconds age = watched.beat.age();
    for (const Beat* beat : watched.inner) age = std::min(age, beat->age());
    std::string why = why_stuck(watched.task, age, watched.limit);
    if (!why.empty()) return why;
  }
  return {};
}

std::string Watch::why_stuck(const std::string& task, milliseconds age, milliseconds limit) {
  if (age <= limit) return {};
  const auto seconds = [](milliseconds time) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).count()) + " s";
  };
  return "the task " + task + " has not moved for " + seconds(age) + ", and may take " + seconds(limit);
}

}  // namespace dualwrite::sync
