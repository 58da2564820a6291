#include "dualwrite/plan/plan.hpp"

#include <algorithm>

#include "plan/merge.hpp"
#include "plan/view.hpp"

namespace dualwrite::plan {
namespace {

class Planner {
 public:
  explicit Planner(const Input& input)
      : in_(input),
        views_(look(Side::finops, input), look(Side::dataverse, input)),
        merge_(input.policy, PerSide<Token>(input.seen[Side::finops].token, input.seen[Side::dataverse].token),
               input.master, input.coupling.turns, input.now) {
    plan_.next = input.coupling;
  }

  Plan run() {
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
        // A side that was never seen meets what is agreed after the other side's edits, whichever side it is.
        const Side first = knows_base(Side::finops) || !knows_base(Side::dataverse) ? Side::finops : Side::dataverse;
        take(first);
        take(other(first));
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
      tell_held_deletion(*plan_.next.held_deletion);
    } else if (plan_.next.agreed) {
      for (const Side side : both_sides) bring_up(side);
      tell_holds();
    }
    finish();
    return std::move(plan_);
  }

 private:
  /// A deletion that waits for a person was proven once.
  [[nodiscard]] bool proven(Side side) const {
    return in_.seen[side].deletion_proven || in_.coupling.held_deletion == side;
  }

  [[nodiscard]] bool knows_base(Side side) const {
    return in_.coupling.sides[side].shadow || views_[side].create != nullptr;
  }

  /// The merge goes on from what was agreed and held before.
  void go_on() {
    merge_.before = &*in_.coupling.agreed;
    merge_.agreed = *in_.coupling.agreed;
    judge_held();
  }

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
    merge_.take(side, seen, base, view.landed);
  }

  void keep_merged() {
    for (const HeldColumn& held : merge_.held) {
      const bool both = views_[Side::finops].has && views_[Side::dataverse].has;
      if (!both || group_differs(held.column)) {
        plan_.next.held.push_back(held);
        continue;
      }
      // Both sides have moved away from what was agreed, and to the same value.
      merge_.agreed[held.column] =
          Agreed(value_on(Side::finops, held.column), in_.seen[Side::finops].time, Side::finops);
    }
    plan_.next.agreed = std::move(merge_.agreed);
    plan_.next.turns = std::move(merge_.turns);
    std::ranges::sort(plan_.next.held, {}, &HeldColumn::column);
  }

  /// What the side holds in that column, as far as anybody knows.
  [[nodiscard]] Value value_on(Side side, std::size_t column) const {
    const std::optional<Row>& row = in_.seen[side].row;
    if (row && !(*row)[column].is_absent()) return (*row)[column];
    const std::optional<Row>& shadow = in_.coupling.sides[side].shadow;
    return shadow ? (*shadow)[column] : Value::null();
  }

  [[nodiscard]] bool differs(std::size_t column) const {
    return views_[Side::finops].has && views_[Side::dataverse].has &&
           value_on(Side::finops, column) != value_on(Side::dataverse, column);
  }

  /// True if that column, or one of its group, differs.
  [[nodiscard]] bool group_differs(std::size_t column) const {
    const int group = in_.policy.columns[column].group;
    if (group == 0) return differs(column);
    for (std::size_t each = 0; each < in_.policy.columns.size(); ++each) {
      if (in_.policy.columns[each].group == group && differs(each)) return true;
    }
    return false;
  }

  /// Ends the waiting of held columns that have become equal or were chosen for. None of them is merged in this plan.
  void judge_held() {
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
      if (!differs(held.column) && value_on(winner, held.column) == agreed.value) winner = agreed.origin;
      if (differs(held.column)) lose_choice(held.column, other(winner));
      if (views_[winner].has) agreed = Agreed(value_on(winner, held.column), in_.seen[winner].time, winner);
      std::erase_if(merge_.turns, [&](const Turns& turns) { return turns.column == held.column; });
    }
  }

  void lose_choice(std::size_t column, Side side) {
    Loser loser;
    loser.column = column;
    loser.side = side;
    loser.lost = value_on(side, column);
    loser.lost_time = in_.seen[side].time;
    loser.won = value_on(other(side), column);
    loser.won_time = in_.seen[other(side)].time;
    loser.rule = "manual";
    loser.tokens = merge_.tokens;
    merge_.losers.push_back(std::move(loser));
  }

  /// A row is missing that was there, or the tombstone's row on the other side still stands.
  void on_deletion(Side deleter) {
    const Side rest = other(deleter);
    DeletePolicy policy = in_.policy.deletion;
    const bool chosen = in_.choice && in_.coupling.held_deletion == deleter;
    if (chosen) policy = *in_.choice == deleter ? DeletePolicy::delete_wins : DeletePolicy::edit_restores;
    const std::string rule = chosen ? "manual" : std::string(to_string(policy));
    if (!views_[rest].has || policy == DeletePolicy::delete_wins) return remove(rule.c_str());
    if (policy == DeletePolicy::uncouple) return in_.coupling.agreed ? uncouple(deleter) : remove("delete-wins");
    if (!contested(deleter)) return remove(rule.c_str());
    if (policy == DeletePolicy::manual) {
      hold_deletion(deleter);
    } else {
      restore(deleter, rule.c_str());
    }
  }

  /// True if the other row holds what the deleter had not seen. A value that the deleter knew contests nothing,
  /// although it may have been typed again.
  [[nodiscard]] bool contested(Side deleter) const {
    const Side rest = other(deleter);
    const Row& row = *in_.seen[rest].row;
    const Row known = views_[deleter].deleted ? *in_.coupling.sides[deleter].shadow : known_before_deletion(rest);
    for (std::size_t column = 0; column < row.size(); ++column) {
      const ColumnPolicy& policy = in_.policy.columns[column];
      if (policy.key || !flows_from(policy.direction, rest) || row[column].is_absent()) continue;
      if (row[column] != known[column]) return true;
    }
    return false;
  }

  /// The deletion lost: the record goes on with the row that stands, as a new incarnation.
  void restore(Side deleter, const char* rule) {
    const Side rest = other(deleter);
    lose_deletion(deleter, rule);
    if (in_.coupling.agreed) {
      go_on();  // with one row there is nothing left to differ in what was held
      take(rest);
      keep_merged();
    } else {
      merge_.start_from(rest, *in_.seen[rest].row, in_.seen[rest].time);
      plan_.next.agreed = std::move(merge_.agreed);
    }
    plan_.next.tombstone.reset();
    ++plan_.next.incarnation;
  }

  void uncouple(Side deleter) {
    lose_deletion(deleter, "uncouple");
    plan_.next.agreed.reset();
    plan_.next.held.clear();
    plan_.next.turns.clear();
    plan_.next.uncoupled = true;
    if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
  }

  /// Nothing is written until the record has two rows again, which are then coupled like two that meet for the first
  /// time; with none it is a deleted record like any other.
  void stay_uncoupled() {
    const bool both = views_[Side::finops].has && views_[Side::dataverse].has;
    const bool none = !views_[Side::finops].has && !views_[Side::dataverse].has;
    if (both || none) plan_.next.uncoupled = false;
    if (both) begin();
  }

  /// When the row on that side was deleted; where nobody has told, before we decided on it.
  [[nodiscard]] EditTime deletion_time(Side side) const {
    const EditTime& seen = in_.seen[side].time;
    if (seen.source != TimeSource::none || !in_.coupling.tombstone) return seen;
    return {Instant{}, *in_.coupling.tombstone, TimeSource::window};
  }

  /// When the row on that side was last edited; where it was not read again, as the agreed values tell.
  [[nodiscard]] EditTime edit_time(Side side) const {
    EditTime time = in_.seen[side].time;
    if (time.source != TimeSource::none || !in_.coupling.agreed) return time;
    for (const Agreed& agreed : *in_.coupling.agreed) {
      if (time.source == TimeSource::none || agreed.time.to > time.to) time = agreed.time;
    }
    return time;
  }

  void lose_deletion(Side deleter, const char* rule) {
    Loser loser;
    loser.type = ConflictType::delete_recently_updated;
    loser.side = deleter;
    loser.lost_time = deletion_time(deleter);
    loser.won_time = edit_time(other(deleter));
    loser.rule = rule;
    loser.tokens = merge_.tokens;
    plan_.losers.push_back(std::move(loser));
  }

  /// The deleter's shadow stays what the deleter knew; what is edited on the other side meanwhile is merged.
  void hold_deletion(Side deleter) {
    const Side rest = other(deleter);
    if (in_.coupling.agreed) {
      merge_.before = &*in_.coupling.agreed;
      merge_.agreed = *in_.coupling.agreed;
      merge_.held_before = in_.coupling.held;
      take(rest);
    } else {
      // Our own delete was under way when the edit was seen: back to what was known before it.
      const Row known = known_before_deletion(rest);
      merge_.start_from(rest, known, deletion_time(deleter));  // known before it was deleted
      merge_.take(rest, in_.seen[rest], known, views_[rest].landed);
      plan_.next.sides[deleter].shadow = known;
      plan_.next.tombstone.reset();
    }
    keep_merged();
    plan_.next.held_deletion = deleter;
  }

  /// What is known of a row that a deletion is about: what it held, or what we may have created it with.
  [[nodiscard]] Row known_before_deletion(Side side) const {
    if (in_.coupling.sides[side].shadow) return *in_.coupling.sides[side].shadow;
    Row known = *in_.seen[side].row;
    for (std::size_t column = 0; column < known.size(); ++column) {
      if (!in_.policy.columns[column].key) known[column] = Value::null();
    }
    if (views_[side].create == nullptr) return known;
    for (const ColumnValue& cell : views_[side].create->cells) known[cell.column] = cell.value;
    return known;
  }

  void tell_held_deletion(Side deleter) {
    const Side rest = other(deleter);
    const bool fresh = in_.coupling.held_deletion != deleter;
    plan_.asks = fresh || plan_.next.sides[rest].shadow != in_.coupling.sides[rest].shadow;
  }

  /// The record is new, or it was deleted and may have been created again.
  void begin() {
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
      if (after_deletion) on_deletion(views_[Side::finops].has ? Side::dataverse : Side::finops);
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
        lose_unseen(rest, in_.coupling.sides[rest].shadow, "re-created");
        merge_.take_sourced(rest, *in_.seen[rest].row, in_.seen[rest].time);
      }
      for (const Side side : fresh) {
        if (replaced) lose_unwritten(side, "re-created");
      }
    }
    if (fresh.size() == 2) merge_.take(fresh.back(), in_.seen[fresh.back()], std::nullopt, {});
    keep_merged();
  }

  /// Deletion wins. What the deleter had not seen is lost, on the record.
  void remove(const char* rule) {
    for (const Side side : both_sides) {
      const View& view = views_[side];
      if (!view.has) continue;
      const Side deleter = other(side);
      const std::optional<Row>& seen_by_deleter =
          views_[deleter].deleted ? in_.coupling.sides[deleter].shadow : in_.coupling.sides[side].shadow;
      lose_unseen(side, seen_by_deleter, rule);
      PlannedWrite write;
      write.side = side;
      write.kind = WriteKind::remove;
      write.guard = in_.seen[side].token;
      write.key = in_.seen[side].key;
      plan_.writes.push_back(std::move(write));
    }
    if (in_.coupling.agreed) {
      for (const Side deleter : both_sides) {
        if (views_[deleter].deleted) lose_unwritten(deleter, rule);
      }
    }
    plan_.next.agreed.reset();
    plan_.next.held.clear();
    plan_.next.turns.clear();
    if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
  }

  /// Values that were agreed and not yet written to the row that is gone.
  void lose_unwritten(Side side, const char* rule) {
    const Row& known = *in_.coupling.sides[side].shadow;
    for (std::size_t column = 0; column < known.size(); ++column) {
      const Agreed& agreed = (*in_.coupling.agreed)[column];
      if (in_.policy.columns[column].key || agreed.value == known[column] || agreed.origin == side) continue;
      add_loser(column, agreed.origin, agreed.value, agreed.time, rule);
    }
  }

  void lose_unseen(Side side, const std::optional<Row>& known, const char* rule) {
    const Row& row = *in_.seen[side].row;
    const std::optional<Row>& before = in_.coupling.sides[side].shadow;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const ColumnPolicy& policy = in_.policy.columns[column];
      if (policy.key || !flows_from(policy.direction, side) || row[column].is_absent()) continue;
      const bool edited = (before && row[column] != (*before)[column]) || may_be_retyped(side, column);
      if (known && row[column] == (*known)[column] && !edited) continue;
      if (!known && row[column].is_null()) continue;
      add_loser(column, side, row[column], edit_time(side), rule);
    }
  }

  /// A write of ours that may have landed stands between what we know and what was seen: a value that looks unchanged
  /// may have been typed again.
  [[nodiscard]] bool may_be_retyped(Side side, std::size_t column) const {
    return std::ranges::any_of(views_[side].landed,
                               [&](const Intent* intent) { return may_hide_edit(*intent, column); });
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
    loser.won_time = deletion_time(other(side));
    loser.rule = rule;
    loser.tokens = merge_.tokens;
    plan_.losers.push_back(std::move(loser));
  }

  void store_shadow(Side side) {
    SideState before = in_.coupling.sides[side];
    if (views_[side].replaced) before.shadow.reset();  // it tells of the row that is gone
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

  /// Plans the write that brings a side to the agreed values, if it needs one.
  void bring_up(Side side) {
    const std::vector<Agreed>& agreed = *plan_.next.agreed;
    const SideState& state = plan_.next.sides[side];
    PlannedWrite write;
    write.side = side;
    write.kind = state.shadow ? WriteKind::update : WriteKind::create;
    for (std::size_t column = 0; column < agreed.size(); ++column) {
      if (is_held(column)) continue;
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

  [[nodiscard]] bool is_held(std::size_t column) const {
    return std::ranges::find(plan_.next.held, column, &HeldColumn::column) != plan_.next.held.end();
  }

  /// What a person gets to see of the columns that wait.
  void tell_holds() {
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
