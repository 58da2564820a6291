#pragma once
// What counts as a mistake, and the bookkeeping that tells.
//
// Values cannot be told apart when there are only two, so edits are followed, not values: every cell carries the number
// of the edit that put its value there, and a write carries the numbers of the agreed values that it brings.
//
// - An edit is *outstanding* until a user replaces or deletes a cell that carries it: he saw what he replaced.
// - An edit is *no change* if, when it is decided upon, its cell holds what the daemon's knowledge had there: the row
//   that was decided upon before, or a later write of the daemon's that took effect, known to it or not. Typing a value
//   and taking it back before anybody looked is no change. Typing an old value over a write that landed is a change,
//   also while that write is in doubt.
// - Two edits that typed the same value and are found to agree are one edit from then on.
// - An edit is *logged* if a plan's losers name its column and value while it was in view: in an observed cell, or as
// the
//   agreed value.
//
// At the end of everything:
// - diverged: the two rows differ, and the record is not one that policy has uncoupled.
// - silent loss: the rows agree, and an outstanding edit's value is neither in its column nor logged.
//   Under uncouple a record that was deleted on one side keeps its row on the other: then the mistake is that there are
//   two rows and no coupling.
// - resurrected: there are rows whose incarnation was last touched, in true time, by a user who deleted it. A row that
// a
//   user creates is a new incarnation; a row that is taken over by one belongs to it. A deletion that gave way to an
//   edit (edit-restores, uncouple, or a person's choice) and is on record as lost is overruled: its incarnation lives
//   on until somebody deletes it again.
// - needless drop: nobody deletes, the other user never touches the column, and yet an outstanding edit's value is not
//   on both sides, logged or not. Under edit-restores also, with unique values: there is no row any more, the other
//   user never touched the column and nobody created a row, and yet an outstanding edit is left: its row was to be
//   restored.
// - undone: no mistake, but counted. A user deleted a row, and no planner can come to know it, because something else
//   explains what it sees as well: its create in doubt never arrived; its removal in doubt did; or its late create put
//   the row back before anybody looked. worlds_test.cpp shows the first two. The planner then keeps the record.
// - misjudged: a plan let a value lose that the column's rule lets win. With newest-wins that is a value whose time is
//   certainly the later one, or, if neither is, the one of the side that breaks ties.
// - endless: the daemon does not come to rest.
#include <cstdint>
#include <string>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "unit/plan/exhaustive/world.hpp"

namespace dualwrite::plan::exhaustive {

/// After a plan was made from `before` and `world.seen`, and before its writes are on their way.
void account(World& world, const Policy& policy, const Coupling& before, const Plan& plan);

struct Verdict {
  bool diverged = false;
  bool silent = false;
  bool resurrected = false;
  bool needless = false;
  bool misjudged = false;
  bool endless = false;
  bool undone = false;  ///< no mistake
  [[nodiscard]] bool clean() const {
    return !diverged && !silent && !resurrected && !needless && !misjudged && !endless;
  }
};

/// Of a world in which nothing can happen any more.
Verdict judge(const World& world, const Rules& rules, const Start& from, const Coupling& stored);

/// Sums over end states. Each is counted once for each pair of scripts, skew and granularity.
struct Counters {
  std::uint64_t ends = 0;
  std::uint64_t diverged = 0;
  std::uint64_t silent = 0;
  std::uint64_t resurrected = 0;
  std::uint64_t needless = 0;
  std::uint64_t misjudged = 0;
  std::uint64_t endless = 0;
  std::uint64_t undone = 0;  ///< deletions that left no trace for any planner
  std::uint64_t states = 0;  ///< that were visited

  void add(const Verdict& verdict);
  void add(const Counters& more);
};
/// "5 end states: 0 diverged, …", without the states that were visited.
std::string to_string(const Counters& counters);
std::string to_string(const Verdict& verdict);

}  // namespace dualwrite::plan::exhaustive
