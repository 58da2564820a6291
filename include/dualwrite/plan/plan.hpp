#pragma once
// The planner: what to write, given what is known and what was seen. Pure: no I/O, no clock, no randomness. The plan is
// a function of state, so arrival order, duplicates and retries of changes cannot alter the outcome, only its delay.
#include <optional>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"

namespace dualwrite::plan {

struct Input {
  const Coupling& coupling;
  const PerSide<Observation>& seen;
  const Policy& policy;
  /// Who wins where both sides hold a row and no values were ever agreed; without it the columns' rules decide.
  std::optional<Side> master;
  /// An intent decided before this can no longer take effect: no request lives that long.
  Instant oldest_intent{};
  /// The side that a person chose, for what was held before this plan.
  std::optional<Side> choice = std::nullopt;
  /// When this is planned: for the window in which turns are counted, and the latest that an untold edit was made.
  Instant now{};
};

/// Two sequential three-way merges, one with each side's shadow, then the column's rule where both sides changed.
Plan plan(const Input& input);

}  // namespace dualwrite::plan
