#include "dualwrite/plan/plan.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/plan/settle.hpp"
#include "plan/planner.hpp"

namespace dualwrite::plan {
namespace {

/// Keys are compared without case, as RecordKey is.
bool same_key(const Value& a, const Value& b) {
  return a == b || (a.is_null() == b.is_null() && ascii_lower(a.text()) == ascii_lower(b.text()));
}

}  // namespace

Planner::Planner(const Input& input)
    : in_(input),
      views_(look(Side::finops, input), look(Side::dataverse, input)),
      merge_(input.policy, PerSide<Token>(input.seen[Side::finops].token, input.seen[Side::dataverse].token),
             input.master, input.coupling.turns, input.now) {
  plan_.next = input.coupling;
}

Plan Planner::run() {
  for (const Side side : both_sides) {
    if (in_.coupling.agreed && views_[side].deleted && !proven(side)) {
      plan_.verdict = Plan::Verdict::unproven;
      plan_.missing_on = side;
      return std::move(plan_);
    }
  }
  plan_.next.held_deletion.reset();
  const bool replaced = views_[Side::finops].replaced || views_[Side::dataverse].replaced;
  if (in_.coupling.uncoupled) {
    stay_uncoupled();
  } else if (in_.coupling.agreed && !replaced) {
    if (views_[Side::finops].deleted || views_[Side::dataverse].deleted) {
      on_deletion(views_[Side::finops].deleted ? Side::finops : Side::dataverse);
    } else {
      go_on();
      if (views_[Side::finops].has && views_[Side::dataverse].has) {
        merge_.take_alike(in_.seen, {base_of(Side::finops), base_of(Side::dataverse)});
      }
      if (is_back(Side::finops) || is_back(Side::dataverse)) ++plan_.next.incarnation;
      // A side that was never seen meets what is agreed after the other side's edits, whichever side it is.
      const Side first = knows_base(Side::finops) || !knows_base(Side::dataverse) ? Side::finops : Side::dataverse;
      if (views_[first].has) merge_.note_confirmed(in_.seen[first], base_of(first), views_[first].landed);
      take(first);
      take(other(first));
      merge_.count_turns(in_.seen);
      keep_merged();
    }
  } else {
    begin();
  }
  for (Loser& loser : merge_.losers) plan_.losers.push_back(std::move(loser));
  for (const Side side : both_sides) {
    if (side != plan_.next.held_deletion) store_shadow(side);
  }
  if (plan_.next.held_deletion) {
    if (views_[*plan_.next.held_deletion].came_late) take_away(*plan_.next.held_deletion);
    tell_held_deletion(*plan_.next.held_deletion);
  } else if (plan_.next.agreed) {
    for (const Side side : both_sides) bring_up(side);
    tell_holds();
  }
  finish();
  return std::move(plan_);
}

bool Planner::proven(Side side) const {
  return in_.seen[side].deletion_proven || in_.coupling.held_deletion == side;
}

bool Planner::is_back(Side side) const {
  return in_.coupling.held_deletion == side && views_[side].has;
}

bool Planner::knows_base(Side side) const {
  if (is_back(side)) return false;
  return in_.coupling.sides[side].shadow || views_[side].create != nullptr;
}

void Planner::go_on() {
  merge_.before = &*in_.coupling.agreed;
  merge_.agreed = *in_.coupling.agreed;
  judge_held();
}

void Planner::take(Side side) {
  const View& view = views_[side];
  if (!view.has) return;
  merge_.take(side, in_.seen[side], base_of(side), view.landed);
}

std::optional<Row> Planner::base_of(Side side) const {
  if (is_back(side)) return std::nullopt;
  std::optional<Row> base = in_.coupling.sides[side].shadow;
  const View& view = views_[side];
  if (!base && view.create != nullptr) base = created_shadow(view.create->cells, *in_.seen[side].row, in_.policy);
  return base;
}

void Planner::keep_merged() {
  for (const HeldColumn& held : merge_.held) {
    const bool both = views_[Side::finops].has && views_[Side::dataverse].has;
    if (!both || group_differs(held.column)) {
      plan_.next.held.push_back(held);
      continue;
    }
    // Both sides have moved away from what was agreed, and to the same value.
    merge_.agreed[held.column] = Agreed(value_on(Side::finops, held.column), edit_time(Side::finops), Side::finops);
  }
  plan_.next.agreed = std::move(merge_.agreed);
  plan_.next.turns = std::move(merge_.turns);
  std::ranges::sort(plan_.next.held, {}, &HeldColumn::column);
}

Value Planner::value_on(Side side, std::size_t column) const {
  const std::optional<Row>& row = in_.seen[side].row;
  if (row && !(*row)[column].is_absent()) return (*row)[column];
  const std::optional<Row>& shadow = in_.coupling.sides[side].shadow;
  return shadow ? (*shadow)[column] : Value::null();
}

bool Planner::differs(std::size_t column) const {
  return views_[Side::finops].has && views_[Side::dataverse].has &&
         value_on(Side::finops, column) != value_on(Side::dataverse, column);
}

bool Planner::group_differs(std::size_t column) const {
  const int group = in_.policy.columns[column].group;
  if (group == 0) return differs(column);
  for (std::size_t each = 0; each < in_.policy.columns.size(); ++each) {
    if (in_.policy.columns[each].group == group && differs(each)) return true;
  }
  return false;
}

void Planner::judge_held() {
  merge_.held_before = in_.coupling.held;
  plan_.next.held.clear();
  for (const HeldColumn& held : in_.coupling.held) {
    const bool open = group_differs(held.column);
    if (open && !in_.choice) {
      plan_.next.held.push_back(held);
      continue;
    }
    Agreed& agreed = merge_.agreed[held.column];
    Side winner = in_.choice.value_or(views_[Side::finops].has ? Side::finops : Side::dataverse);
    if (!views_[winner].has) winner = other(winner);
    if (!differs(held.column) && value_on(winner, held.column) == agreed.value) winner = agreed.origin;
    if (differs(held.column)) lose_choice(held.column, other(winner));
    if (views_[winner].has) agreed = Agreed(value_on(winner, held.column), edit_time(winner), winner);
    std::erase_if(merge_.turns, [&](const Turns& turns) { return turns.column == held.column; });
  }
}

void Planner::lose_choice(std::size_t column, Side side) {
  Loser loser;
  loser.column = column;
  loser.side = side;
  loser.lost = value_on(side, column);
  loser.lost_time = edit_time(side);
  loser.won = value_on(other(side), column);
  loser.won_time = edit_time(other(side));
  loser.rule = "manual";
  loser.tokens = merge_.tokens;
  merge_.losers.push_back(std::move(loser));
}

void Planner::begin() {
  const bool replaced = in_.coupling.agreed.has_value();
  const bool after_deletion = in_.coupling.tombstone.has_value() || replaced;
  std::vector<Side> fresh;
  for (const Side side : both_sides) {
    const View& view = views_[side];
    const bool new_row =
        replaced ? view.replaced : !after_deletion || view.created || view.replaced || in_.coupling.uncoupled;
    if (view.has && new_row) fresh.push_back(side);
  }
  if (fresh.empty()) {
    if (after_deletion) on_deletion(deleter_of_tombstone());
    return;
  }
  merge_.start_from(fresh.front(), *in_.seen[fresh.front()].row, in_.seen[fresh.front()].time);
  if (after_deletion) {
    plan_.next.tombstone.reset();
    plan_.next.held.clear();
    merge_.turns.clear();
    ++plan_.next.incarnation;
    // The old incarnation's row on the other side is taken over; what was edited there after the deletion is lost.
    const Side rest = other(fresh.front());
    if (fresh.size() == 1 && views_[rest].has) {
      const Side known_by = replaced ? fresh.front() : rest;  // who created it again knew his own old row
      lose_unseen(rest, in_.coupling.sides[known_by].shadow, "re-created");
      merge_.take_sourced(rest, *in_.seen[rest].row, in_.seen[rest].time);
    }
    for (const Side side : fresh) {
      if (replaced) lose_unwritten(side, "re-created");
    }
  }
  if (fresh.size() == 2) merge_.take(fresh.back(), in_.seen[fresh.back()], std::nullopt, {});
  keep_merged();
}

void Planner::store_shadow(Side side) {
  SideState before = in_.coupling.sides[side];
  if (views_[side].replaced) before.shadow.reset();  // it tells of the row that is gone
  const Observation& seen = in_.seen[side];
  SideState& after = plan_.next.sides[side];
  if (seen.row) {
    after.shadow = shadow_of(side, before, views_[side], seen, in_.policy);
    after.strayed = strayed_in(side, before, *after.shadow, seen, in_.policy);
    after.token = seen.token;
    after.key = seen.key;
    if (!seen.row_id.empty()) after.row_id = seen.row_id;
  } else {
    after.shadow.reset();
    after.strayed.clear();
    after.token.clear();
  }
  keep_open_intents(after, seen, in_.oldest_intent);
}

void Planner::bring_up(Side side) {
  const std::vector<Agreed>& agreed = *plan_.next.agreed;
  const SideState& state = plan_.next.sides[side];
  PlannedWrite write;
  write.side = side;
  write.kind = state.shadow ? WriteKind::update : WriteKind::create;
  for (std::size_t column = 0; column < agreed.size(); ++column) {
    if (is_held(column)) continue;
    const ColumnPolicy& policy = in_.policy.columns[column];
    const Value& value = agreed[column].value;
    if (state.shadow && policy.key) {
      if (same_key(value, (*state.shadow)[column])) continue;
      if (in_.policy.renames[side]) {
        write.cells.emplace_back(column, value);
      } else {
        plan_.key_stuck = side;
      }
    } else if (state.shadow) {
      const bool differs = value != (*state.shadow)[column];
      if (!differs || !flows_from(policy.direction, other(side))) continue;
      write.cells.emplace_back(column, value);
      if (!flows_from(policy.direction, side)) lose_strayed(side, agreed[column], column);
    } else if (!value.is_null() && (policy.key || flows_from(policy.direction, other(side)))) {
      write.cells.emplace_back(column, value);
    }
  }
  if (state.shadow && write.cells.empty()) return;
  if (state.shadow) {
    write.guard = state.token;
    write.key = state.key;
  }
  plan_.writes.push_back(std::move(write));
}

void Planner::lose_strayed(Side side, const Agreed& agreed, std::size_t column) {
  std::vector<ColumnValue>& strayed = plan_.next.sides[side].strayed;
  const auto found = std::ranges::find(strayed, column, &ColumnValue::column);
  Value lost = Value::null();
  if (found != strayed.end()) {
    lost = found->value;
    strayed.erase(found);
  } else if (!in_.coupling.sides[side].shadow && views_[side].create == nullptr) {
    lost = (*plan_.next.sides[side].shadow)[column];  // a row that was there before we ever wrote to it
  }
  if (lost.is_null() || lost == agreed.value) return;
  Loser loser;
  loser.type = in_.coupling.agreed ? ConflictType::update_differing : ConflictType::insert_exists;
  loser.column = column;
  loser.side = side;
  loser.lost = std::move(lost);
  loser.lost_time = in_.seen[side].time;
  if (loser.lost_time.source == TimeSource::none) loser.lost_time = EditTime(Instant{}, in_.now, TimeSource::window);
  loser.won = agreed.value;
  loser.won_time = agreed.time;
  loser.rule = one_way_rule;
  loser.tokens = merge_.tokens;
  plan_.losers.push_back(std::move(loser));
}

bool Planner::is_held(std::size_t column) const {
  return std::ranges::find(plan_.next.held, column, &HeldColumn::column) != plan_.next.held.end();
}

void Planner::tell_holds() {
  for (const HeldColumn& held : plan_.next.held) {
    Hold hold;
    hold.what = held;
    hold.tokens = merge_.tokens;
    hold.fresh = std::ranges::find(in_.coupling.held, held) == in_.coupling.held.end();
    plan_.asks = plan_.asks || hold.fresh;
    const Agreed& agreed = (*plan_.next.agreed)[held.column];
    for (const Side side : both_sides) {
      hold.values[side] = value_on(side, held.column);
      hold.times[side] = hold.values[side] == agreed.value ? agreed.time : in_.seen[side].time;
      const std::optional<Row>& shadow = in_.coupling.sides[side].shadow;
      plan_.asks = plan_.asks || !shadow || hold.values[side] != (*shadow)[held.column];
    }
    plan_.holds.push_back(std::move(hold));
  }
}

void Planner::finish() {
  const Coupling& next = plan_.next;
  if (!plan_.writes.empty()) {
    plan_.verdict = Plan::Verdict::write;
  } else if (!next.agreed && !next.tombstone) {
    plan_.verdict = Plan::Verdict::forgotten;
  } else {
    plan_.verdict = Plan::Verdict::settled;
  }
  plan_.changed = !(next == in_.coupling);
}

Plan plan(const Input& input) {
  return Planner(input).run();
}

}  // namespace dualwrite::plan
