#include "plan/turns.hpp"

#include <algorithm>

namespace dualwrite::plan {
namespace {

constexpr int certain_points = 4;
constexpr int points_max = turn_rounds_max * certain_points;

}  // namespace

bool note_turn(std::vector<Turns>& turns, std::size_t column, const Agreed& replaced, const Value& by, bool answer,
               Instant now) {
  const EditTime& time = replaced.time;
  if (time.source != TimeSource::none && now - time.to > turn_window) return false;
  auto found = std::ranges::find(turns, column, &Turns::column);
  if (found == turns.end()) found = turns.insert(found, Turns(column, 0, now, Value()));
  if (now - found->since > turn_window) *found = Turns(column, 0, now, Value());
  const bool certain = answer || (found->points > 0 && by == found->before);
  found->points += certain ? certain_points : 1;
  found->before = replaced.value;
  return found->points >= points_max;
}

}  // namespace dualwrite::plan
