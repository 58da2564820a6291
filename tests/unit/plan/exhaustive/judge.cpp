#include "unit/plan/exhaustive/judge.hpp"

#include <algorithm>
#include <cassert>

namespace dualwrite::plan::exhaustive {
namespace {

bool holds(Bits bits, unsigned number) {
  return (bits & bit(number)) != 0;
}

void put(Bits& bits, unsigned number, bool on) {
  bits = static_cast<Bits>(on ? bits | bit(number) : bits & ~bit(number));
}

template <class Visit>
void for_each_edit(World& world, Visit visit) {
  const auto visit_row = [&](RowState& row) {
    for (Cell& cell : row.cells) visit(cell.edit);
  };
  for (RowState& row : world.rows) visit_row(row);
  for (RowState& row : world.known) visit_row(row);
  for (Seen& seen : world.seen) {
    visit_row(seen.row);
    visit_row(seen.base);
  }
  for (Cell& cell : world.late.cells) visit(cell.edit);
  for (EditId& edit : world.agreed_edits) visit(edit);
}

/// From now on the two are one edit: what happens to it counts for both.
void identify(World& world, EditId one, EditId two) {
  if (one == two) return;
  const EditId kept = std::min(one, two);  // what was there at the start, if it is one of them
  const EditId gone = std::max(one, two);
  for_each_edit(world, [&](EditId& edit) {
    if (edit == gone) edit = kept;
  });
  put(world.outstanding, kept, holds(world.outstanding, kept) && holds(world.outstanding, gone));
  put(world.logged, kept, holds(world.logged, kept) && holds(world.logged, gone));
  for (Bits* bits : {&world.outstanding, &world.logged, &world.second_symbol}) put(*bits, gone, false);
}

void forget_what_is_no_change(World& world) {
  for (const Side side : both_sides) {
    const Seen& seen = world.seen[index(side)];
    if (seen.row.exists == 0 || seen.base.exists == 0) continue;
    for (std::size_t column = 0; column < columns_count; ++column) {
      const Cell now = seen.row.cells[column];
      const Cell base = seen.base.cells[column];
      if (now.value == base.value) identify(world, now.edit, base.edit);
    }
  }
}

/// Cells that hold what is agreed on carry one edit.
void join_agreed(World& world, const std::optional<std::vector<Agreed>>& agreed) {
  if (!agreed) return;
  for (std::size_t column = 0; column < columns_count; ++column) {
    const std::uint8_t symbol = symbol_of((*agreed)[column].value);
    for (const Seen& seen : world.seen) {
      const Cell cell = seen.row.cells[column];
      if (seen.row.exists != 0 && cell.value == symbol) identify(world, cell.edit, world.agreed_edits[column]);
    }
  }
}

/// The deletion lost, on the record: the incarnations that it was about live on.
void overrule_deletion(World& world, Side deleter) {
  const Seen& rest = world.seen[index(other(deleter))];
  const Seen& gone = world.seen[index(deleter)];
  put(world.deleted_incarnations, rest.row.incarnation, false);
  put(world.deleted_incarnations, gone.base.incarnation, false);
}

void note_losers(World& world, const Coupling& before, const Plan& plan) {
  for (const Loser& loser : plan.losers) {
    if (loser.type == ConflictType::delete_recently_updated) {
      overrule_deletion(world, loser.side);
      continue;
    }
    const std::uint8_t lost = symbol_of(loser.lost);
    for (const Seen& seen : world.seen) {
      const Cell& cell = seen.row.cells[loser.column];
      if (seen.row.exists != 0 && cell.value == lost) put(world.logged, cell.edit, true);
    }
    if (before.agreed && (*before.agreed)[loser.column].value == loser.lost) {
      put(world.logged, world.agreed_edits[loser.column], true);
    }
  }
}

/// What the column's rule says of two concurrent edits, from their times alone.
bool may_lose(const Loser& loser, const Policy& policy) {
  switch (policy.columns[loser.column].conflict) {
    case ConflictRule::finops_wins:
      return loser.side == Side::dataverse;
    case ConflictRule::dataverse_wins:
      return loser.side == Side::finops;
    case ConflictRule::manual:
      return false;
    case ConflictRule::newest_wins:
      break;
  }
  const EditTime& lost = loser.lost_time;
  const EditTime& won = loser.won_time;
  const bool known = lost.source != TimeSource::none && won.source != TimeSource::none;
  if (known && lost.to < won.from) return true;
  if (known && won.to < lost.from) return false;
  return loser.side != policy.tie_break;
}

void note_misjudged(World& world, const Policy& policy, const Plan& plan) {
  for (const Loser& loser : plan.losers) {
    const bool conflict = loser.type == ConflictType::update_differing || loser.type == ConflictType::insert_exists;
    // By a person, or because the row in which a value waited for one was deleted.
    const bool chosen = loser.rule == "manual" || loser.rule == to_string(policy.deletion);
    // Or it went with its row, and an edit of the other row stands.
    const bool gone = loser.rule == "row-deleted" && world.seen[static_cast<std::size_t>(loser.side)].row.exists == 0;
    if (conflict && !chosen && !gone && loser.rule != "in-doubt" && !may_lose(loser, policy)) world.misjudged = 1;
  }
}

/// Whose edit an agreed value is. One that is not in the row that was seen is what the row held before: a deletion that
/// waits for a person takes the record back to that.
EditId edit_of(const Seen& seen, std::size_t column, std::uint8_t symbol) {
  for (const RowState& row : {seen.row, seen.base}) {
    if (row.exists != 0 && row.cells[column].value == symbol) return row.cells[column].edit;
  }
  return 0;
}

void follow_agreed(World& world, const Coupling& before, const Plan& plan) {
  if (!plan.next.agreed) {
    world.agreed_edits = {};
    return;
  }
  for (std::size_t column = 0; column < columns_count; ++column) {
    const Agreed& now = (*plan.next.agreed)[column];
    const std::uint8_t symbol = symbol_of(now.value);
    if (!before.agreed || (*before.agreed)[column] != now) {
      world.agreed_edits[column] = edit_of(world.seen[index(now.origin)], column, symbol);
    }
  }
  join_agreed(world, plan.next.agreed);
}

/// What is agreed belongs to the newest incarnation among the rows. A row joins it when the agreed values reach it, at
/// once if it holds them: who deletes it before deletes an older one.
void follow_incarnation(World& world, const Coupling& before, const Plan& plan) {
  if (!plan.next.agreed) {
    world.agreed_incarnation = 0;
    return;
  }
  std::uint8_t newest = before.agreed ? world.agreed_incarnation : std::uint8_t{0};
  for (const Seen& seen : world.seen) newest = std::max(newest, seen.row.incarnation);
  for (const Side side : both_sides) {
    const bool written = std::ranges::find(plan.writes, side, &PlannedWrite::side) != plan.writes.end();
    RowState& seen = world.seen[index(side)].row;
    RowState& row = world.row(side);
    if (written || seen.exists == 0) continue;
    if (row.exists != 0 && row.incarnation == seen.incarnation) row.incarnation = newest;
    seen.incarnation = newest;
  }
  world.agreed_incarnation = newest;
}

bool in_column(const World& world, const Rules& rules, Side side, EditId edit) {
  const RowState& row = world.row(side);
  const std::uint8_t symbol =
      rules.values == Values::unique ? edit : static_cast<std::uint8_t>(holds(world.second_symbol, edit) ? 1 : 0);
  return row.exists != 0 && row.cells[column_of(edit)].value == symbol;
}

bool has(const Script& script, Op op) {
  return std::ranges::find(script, op) != script.end();
}

/// True if the other side's user edits that column.
bool is_touched_by_other(const Start& from, EditId edit) {
  const Script& others = from.script[other(side_of(edit))];
  return has(others, column_of(edit) == 0 ? Op::set0 : Op::set1);
}

bool is_needless(const World& world, const Rules& rules, const Start& from, EditId edit) {
  for (const Side side : both_sides) {
    if (has(from.script[side], Op::remove)) return false;
  }
  if (is_touched_by_other(from, edit)) return false;
  return !in_column(world, rules, Side::finops, edit) || !in_column(world, rules, Side::dataverse, edit);
}

}  // namespace

/// Two things may have happened, and what is known and seen is the same for both (worlds_test.cpp shows it): our create
/// has not arrived, or it has and a user deleted the row; our removal has arrived, or a user deleted the row.
void forgive_what_cannot_be_known(World& world, const Coupling& before) {
  for (const Side side : both_sides) {
    const Seen& seen = world.seen[index(side)];
    if (seen.row.exists != 0 || seen.base.exists == 0) continue;
    const SideState& state = before.sides[side];
    const bool creation_in_doubt = !state.shadow;
    const bool removal_in_doubt =
        std::ranges::find(state.intents, WriteKind::remove, &Intent::kind) != state.intents.end();
    if (creation_in_doubt || removal_in_doubt) forgive_deletion(world, seen.base.incarnation);
  }
}

void account(World& world, const Policy& policy, const Coupling& before, const Plan& plan) {
  forgive_what_cannot_be_known(world, before);
  forget_what_is_no_change(world);
  join_agreed(world, before.agreed);
  note_losers(world, before, plan);
  note_misjudged(world, policy, plan);
  follow_agreed(world, before, plan);
  follow_incarnation(world, before, plan);
}

Verdict judge(const World& world, const Rules& rules, const Start& from, const Coupling& stored) {
  const RowState& finops = world.row(Side::finops);
  const RowState& dataverse = world.row(Side::dataverse);
  Verdict verdict;
  verdict.misjudged = world.misjudged != 0;
  const bool there = finops.exists != 0 && dataverse.exists != 0;
  verdict.diverged = finops.exists != dataverse.exists;
  for (std::size_t column = 0; column < columns_count; ++column) {
    if (finops.cells[column].value != dataverse.cells[column].value) verdict.diverged = true;
  }
  if (stored.uncoupled) verdict.diverged = there;
  const auto either = [&](Bits incarnations) {
    return there && (holds(incarnations, finops.incarnation) || holds(incarnations, dataverse.incarnation));
  };
  verdict.resurrected = either(world.deleted_incarnations);
  verdict.undone = !verdict.resurrected && either(world.unknowable_deletions);
  for (EditId edit = 1; edit < edits_end; ++edit) {
    if (!holds(world.outstanding, edit)) continue;
    const bool survives = in_column(world, rules, Side::finops, edit) || in_column(world, rules, Side::dataverse, edit);
    if (!verdict.diverged && !survives && !holds(world.logged, edit)) verdict.silent = true;
    if (is_needless(world, rules, from, edit)) verdict.needless = true;
    const bool gone = finops.exists == 0 && dataverse.exists == 0;
    const bool unique = rules.values == Values::unique;
    const bool restores = unique && rules.policy.deletion == DeletePolicy::edit_restores;
    const bool created = has(from.script[Side::finops], Op::create) || has(from.script[Side::dataverse], Op::create);
    if (restores && gone && !created && !is_touched_by_other(from, edit)) verdict.needless = true;
  }
  return verdict;
}

void Counters::add(const Verdict& verdict) {
  ++ends;
  diverged += verdict.diverged ? 1 : 0;
  silent += verdict.silent ? 1 : 0;
  resurrected += verdict.resurrected ? 1 : 0;
  needless += verdict.needless ? 1 : 0;
  misjudged += verdict.misjudged ? 1 : 0;
  endless += verdict.endless ? 1 : 0;
  undone += verdict.undone ? 1 : 0;
}

void Counters::add(const Counters& more) {
  ends += more.ends;
  diverged += more.diverged;
  silent += more.silent;
  resurrected += more.resurrected;
  needless += more.needless;
  misjudged += more.misjudged;
  endless += more.endless;
  undone += more.undone;
  states += more.states;
}

std::string to_string(const Counters& counters) {
  return std::to_string(counters.ends) + " end states: " + std::to_string(counters.diverged) + " diverged, " +
         std::to_string(counters.silent) + " silent loss, " + std::to_string(counters.resurrected) + " resurrected, " +
         std::to_string(counters.needless) + " needless drop, " + std::to_string(counters.misjudged) + " misjudged, " +
         std::to_string(counters.endless) + " endless; " + std::to_string(counters.undone) +
         " undone deletions that nobody could know of";
}

std::string to_string(const Verdict& verdict) {
  std::string text;
  if (verdict.diverged) text += "diverged ";
  if (verdict.silent) text += "silent-loss ";
  if (verdict.resurrected) text += "resurrected ";
  if (verdict.needless) text += "needless-drop ";
  if (verdict.misjudged) text += "misjudged ";
  if (verdict.endless) text += "endless ";
  return text.empty() ? "clean" : text;
}

}  // namespace dualwrite::plan::exhaustive
