#include "dualwrite/plan/plan.hpp"

#include <algorithm>
#include <cassert>

#include "plan/merge.hpp"

namespace dualwrite::plan {
namespace {

/// What one side's observation means, given what was known of it.
struct View {
  bool had = false;                   ///< a row was known there
  bool has = false;                   ///< there is one now
  bool deleted = false;               ///< a user deleted it
  bool created = false;               ///< a user created it
  std::vector<const Intent*> landed;  ///< intents that may have taken effect before the observation
  const Intent* create = nullptr;     ///< of these, one that created the row
};

/// An intent with a guard takes effect only on the version that it names: while that version stands, it has not.
bool may_have_landed(const Intent& intent, const Observation& seen) {
  return intent.guard.empty() || !seen.row || seen.token.empty() || seen.token != intent.guard;
}

View look(const SideState& side, const Observation& seen) {
  View view;
  view.had = side.shadow.has_value();
  view.has = seen.row.has_value();
  bool removed_by_us = false;
  for (const Intent& intent : side.intents) {
    if (!may_have_landed(intent, seen)) continue;
    if (intent.kind == WriteKind::remove) {
      removed_by_us = true;
    } else {
      view.landed.push_back(&intent);
      if (intent.kind == WriteKind::create) view.create = &intent;
    }
  }
  if (view.had && !view.has) view.deleted = !removed_by_us;
  if (!view.had && view.has) view.created = view.create == nullptr;
  return view;
}

/// Intents that may still take effect after the observation; the others have landed or never will.
void keep_open_intents(SideState& side, const Observation& seen, Instant oldest) {
  std::erase_if(side.intents, [&](const Intent& intent) {
    if (intent.decided_at < oldest) return true;
    if (intent.kind == WriteKind::create) return seen.row.has_value();
    if (!seen.row) return true;
    return !intent.guard.empty() && !seen.token.empty() && seen.token != intent.guard;
  });
}

/// The side's new shadow: what was seen. In a column where edits made on that side do not count, the shadow keeps what
/// we last wrote, so that a user's change there is neither taken nor overwritten until the source changes.
Row shadow_of(Side where, const SideState& before, const View& view, const Observation& seen, const Policy& policy) {
  Row row = *seen.row;
  for (std::size_t column = 0; column < row.size(); ++column) {
    const bool counts = flows_from(policy.columns[column].direction, where);
    if (before.shadow && (row[column].is_absent() || !counts)) {
      row[column] = (*before.shadow)[column];
    } else if (!counts && view.create != nullptr) {
      if (const Value* wrote = find_cell(*view.create, column)) row[column] = *wrote;
    }
    if (row[column].is_absent()) row[column] = Value::null();
  }
  return row;
}

class Planner {
 public:
  explicit Planner(const Input& input)
      : in_(input),
        views_(look(input.coupling.sides[Side::finops], input.seen[Side::finops]),
               look(input.coupling.sides[Side::dataverse], input.seen[Side::dataverse])),
        merge_(input.policy, PerSide<Token>(input.seen[Side::finops].token, input.seen[Side::dataverse].token),
               input.master) {
    plan_.next = input.coupling;
  }

  Plan run() {
    for (const Side side : both_sides) {
      if (in_.coupling.agreed && views_[side].deleted && !in_.seen[side].deletion_proven) {
        plan_.verdict = Plan::Verdict::unproven;
        plan_.missing_on = side;
        return std::move(plan_);
      }
    }
    if (in_.coupling.agreed) {
      if (views_[Side::finops].deleted || views_[Side::dataverse].deleted) {
        remove();
      } else {
        merge_.agreed = *in_.coupling.agreed;
        for (const Side side : both_sides) take(side);
        plan_.next.agreed = std::move(merge_.agreed);
      }
    } else {
      begin();
    }
    for (Loser& loser : merge_.losers) plan_.losers.push_back(std::move(loser));
    store_shadows();
    if (plan_.next.agreed) {
      for (const Side side : both_sides) bring_up(side);
    }
    finish();
    return std::move(plan_);
  }

 private:
  /// Merges what a side holds into the agreed values.
  void take(Side side) {
    const View& view = views_[side];
    if (!view.has) return;
    const Observation& seen = in_.seen[side];
    std::optional<Row> base = in_.coupling.sides[side].shadow;
    if (!base && view.create != nullptr) {
      // Our create arrived: what it wrote is the base, and what it did not write stands as the row has it.
      base = *seen.row;
      for (const ColumnValue& cell : view.create->cells) (*base)[cell.column] = cell.value;
    }
    merge_.take(side, *seen.row, seen.time, base, view.landed);
  }

  /// Nothing is agreed: the record is new, or it was deleted and may have been created again.
  void begin() {
    const bool after_deletion = in_.coupling.tombstone.has_value();
    std::vector<Side> fresh;
    for (const Side side : both_sides) {
      if (views_[side].has && (!after_deletion || views_[side].created)) fresh.push_back(side);
    }
    if (fresh.empty()) {
      if (after_deletion) remove();
      return;
    }
    merge_.start_from(fresh.front(), *in_.seen[fresh.front()].row, in_.seen[fresh.front()].time);
    if (after_deletion) {
      plan_.next.tombstone.reset();
      ++plan_.next.incarnation;
      // The old incarnation's row on the other side is taken over; what was edited there after the deletion is lost.
      const Side rest = other(fresh.front());
      if (fresh.size() == 1 && views_[rest].has) lose_unseen(rest, in_.coupling.sides[rest].shadow, "re-created");
    }
    if (fresh.size() == 2) {
      const Observation& seen = in_.seen[fresh.back()];
      merge_.take(fresh.back(), *seen.row, seen.time, std::nullopt, {});
    }
    plan_.next.agreed = std::move(merge_.agreed);
  }

  /// Deletion wins. What the deleter had not seen is lost, on the record.
  void remove() {
    for (const Side side : both_sides) {
      const View& view = views_[side];
      if (!view.has) continue;
      const Side deleter = other(side);
      const std::optional<Row>& seen_by_deleter =
          views_[deleter].deleted ? in_.coupling.sides[deleter].shadow : in_.coupling.sides[side].shadow;
      lose_unseen(side, seen_by_deleter, "delete-wins");
      PlannedWrite write;
      write.side = side;
      write.kind = WriteKind::remove;
      write.guard = in_.seen[side].token;
      write.key = in_.seen[side].key;
      plan_.writes.push_back(std::move(write));
    }
    if (in_.coupling.agreed) {
      // Values that were agreed and not yet written to the deleter's side.
      for (const Side deleter : both_sides) {
        if (!views_[deleter].deleted) continue;
        const Row& known = *in_.coupling.sides[deleter].shadow;
        for (std::size_t column = 0; column < known.size(); ++column) {
          const Agreed& agreed = (*in_.coupling.agreed)[column];
          if (in_.policy.columns[column].key || agreed.value == known[column] || agreed.origin == deleter) continue;
          add_loser(column, agreed.origin, agreed.value, agreed.time, "delete-wins");
        }
      }
    }
    plan_.next.agreed.reset();
    if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
  }

  void lose_unseen(Side side, const std::optional<Row>& known, const char* rule) {
    const Row& row = *in_.seen[side].row;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const ColumnPolicy& policy = in_.policy.columns[column];
      if (policy.key || !flows_from(policy.direction, side) || row[column].is_absent()) continue;
      if (known && row[column] == (*known)[column]) continue;
      if (!known && row[column].is_null()) continue;
      add_loser(column, side, row[column], in_.seen[side].time, rule);
    }
  }

  void add_loser(std::size_t column, Side side, const Value& lost, const EditTime& time, const char* rule) {
    const bool known = std::ranges::any_of(
        plan_.losers, [&](const Loser& loser) { return loser.column == column && loser.lost == lost; });
    if (known) return;
    Loser loser;
    loser.type = ConflictType::update_recently_deleted;
    loser.column = column;
    loser.side = side;
    loser.lost = lost;
    loser.lost_time = time;
    loser.rule = rule;
    loser.tokens = merge_.tokens;
    plan_.losers.push_back(std::move(loser));
  }

  void store_shadows() {
    for (const Side side : both_sides) {
      const SideState& before = in_.coupling.sides[side];
      const Observation& seen = in_.seen[side];
      SideState& after = plan_.next.sides[side];
      if (seen.row) {
        after.shadow = shadow_of(side, before, views_[side], seen, in_.policy);
        after.token = seen.token;
        after.key = seen.key;
      } else {
        after.shadow.reset();
        after.token.clear();
      }
      keep_open_intents(after, seen, in_.oldest_intent);
    }
  }

  /// Plans the write that brings a side to the agreed values, if it needs one.
  void bring_up(Side side) {
    const std::vector<Agreed>& agreed = *plan_.next.agreed;
    const SideState& state = plan_.next.sides[side];
    PlannedWrite write;
    write.side = side;
    write.kind = state.shadow ? WriteKind::update : WriteKind::create;
    for (std::size_t column = 0; column < agreed.size(); ++column) {
      const ColumnPolicy& policy = in_.policy.columns[column];
      const Value& value = agreed[column].value;
      if (state.shadow) {
        const bool differs = !policy.key && value != (*state.shadow)[column];
        if (differs && flows_from(policy.direction, other(side))) write.cells.emplace_back(column, value);
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

  void finish() {
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

  const Input& in_;
  PerSide<View> views_;
  Merge merge_;
  Plan plan_;
};

}  // namespace

Plan plan(const Input& input) {
  return Planner(input).run();
}

}  // namespace dualwrite::plan
