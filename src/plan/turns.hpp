#pragma once
// The fixed-point guard: a column whose value the two sides keep rewriting for each other is found and taken out.
#include <chrono>
#include <vector>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"

namespace dualwrite::plan {

/// So many rounds of a column within the window, and it is held.
constexpr int turn_rounds_max = 5;
constexpr std::chrono::hours turn_window{1};

/// A turn is a side's value that replaces one which came from the other side within the window. It is certainly no
/// person's if it came back in the reply to our own write, or if it is the very value that the last turn replaced; any
/// other may be two people at work, and counts a fourth.
/// Notes the turn; true if the column has turned too often.
bool note_turn(std::vector<Turns>& turns, std::size_t column, const Agreed& replaced, const Value& by, bool answer,
               Instant now);

}  // namespace dualwrite::plan
