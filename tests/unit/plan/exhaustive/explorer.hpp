#pragma once
// Visits every reachable state of every world of a set of rules, once each.
#include <optional>
#include <string>

#include "unit/plan/exhaustive/judge.hpp"
#include "unit/plan/exhaustive/world.hpp"

namespace dualwrite::plan::exhaustive {

struct Report {
  Counters counters;
  std::uint64_t worlds = 0;    ///< pairs of scripts × skews × granularities
  std::string smallest_trace;  ///< of the first world, in the order of length, that has an end state which is not clean
};

/// All pairs of scripts, each with all skews and granularities if clocks matter in it. Uses all processors.
Report enumerate(const Rules& rules);

/// The shortest way to an end state of this world that is not clean, step by step; empty if there is none.
std::string smallest_trace(const Rules& rules, const Start& from);

}  // namespace dualwrite::plan::exhaustive
