#include <algorithm>
#include <utility>

#include "plan/planner.hpp"

namespace dualwrite::plan {

Side Planner::deleter_of_tombstone() const {
  for (const Side side : both_sides) {
    if (!views_[side].has) return side;
  }
  const bool news_in_finops = contested(Side::dataverse);
  const bool news_in_dataverse = contested(Side::finops);
  if (news_in_finops != news_in_dataverse) return news_in_dataverse ? Side::finops : Side::dataverse;
  const PerSide<SideState>& sides = in_.coupling.sides;
  const bool known_in_finops = sides[Side::finops].shadow.has_value();
  if (known_in_finops != sides[Side::dataverse].shadow.has_value()) {
    return known_in_finops ? Side::dataverse : Side::finops;
  }
  return other(in_.policy.tie_break);
}

void Planner::on_deletion(Side deleter) {
  const Side rest = other(deleter);
  DeletePolicy policy = in_.policy.deletion;
  const bool chosen = in_.choice && in_.coupling.held_deletion == deleter;
  if (chosen) policy = *in_.choice == deleter ? DeletePolicy::delete_wins : DeletePolicy::edit_restores;
  const std::string rule = chosen ? "manual" : std::string(to_string(policy));
  if (!views_[rest].has || policy == DeletePolicy::delete_wins) return remove(rule.c_str());
  if (policy == DeletePolicy::uncouple) return in_.coupling.agreed ? uncouple(deleter) : remove("delete-wins");
  if (!contested(deleter)) return remove(rule.c_str());
  // A row that stands where the deletion was is our own create, come late, or somebody has made it his since.
  const bool back = views_[deleter].has && !views_[deleter].as_created;
  if (policy == DeletePolicy::manual && !back) {
    if (views_[deleter].has) take_for_late(views_[deleter]);
    hold_deletion(deleter);
  } else {
    restore(deleter, rule.c_str());
  }
}

bool Planner::contested(Side deleter) const {
  const Side rest = other(deleter);
  const Row& row = *in_.seen[rest].row;
  const Row known = views_[deleter].deleted ? *in_.coupling.sides[deleter].shadow : known_before_deletion(rest);
  for (std::size_t column = 0; column < row.size(); ++column) {
    const ColumnPolicy& policy = in_.policy.columns[column];
    if (policy.key || !flows_from(policy.direction, rest) || row[column].is_absent()) continue;
    if (row[column] != known[column] && is_news(rest, column)) return true;
  }
  return false;
}

bool Planner::is_news(Side side, std::size_t column) const {
  const Value& value = (*in_.seen[side].row)[column];
  const std::vector<HeldColumn>& held = in_.coupling.held;
  if (std::ranges::find(held, column, &HeldColumn::column) != held.end()) return true;
  if (in_.coupling.agreed) {
    const Agreed& agreed = (*in_.coupling.agreed)[column];
    if (agreed.origin == side && agreed.value == value) return true;
  }
  const std::optional<Row> base = base_of(side);
  if (!base) return true;
  if ((*base)[column] == value) return false;
  return std::ranges::none_of(views_[side].landed, [&](const Intent* intent) {
    const Value* wrote = find_cell(*intent, column);
    return wrote != nullptr && *wrote == value;
  });
}

void Planner::let_stand(Side rest) {
  const Row& row = *in_.seen[rest].row;
  for (std::size_t column = 0; column < row.size(); ++column) {
    const ColumnPolicy& policy = in_.policy.columns[column];
    const bool waited = std::ranges::find(in_.coupling.held, column, &HeldColumn::column) != in_.coupling.held.end();
    if (waited || policy.key || policy.direction != Direction::both || row[column].is_absent()) continue;
    if (!is_news(rest, column)) continue;
    const Agreed& before = (*in_.coupling.agreed)[column];
    std::erase_if(merge_.losers, [&](const Loser& loser) { return loser.column == column; });
    const bool known = before.value == row[column] && before.origin == rest;
    merge_.agreed[column] = known ? before : Agreed(row[column], edit_time(rest), rest);
    const std::optional<Row> base = base_of(rest);
    const bool seen = base && (*base)[column] == before.value;  // whoever typed over it knew it
    if (before.origin == rest || before.value == row[column] || seen) continue;
    Loser loser;
    loser.column = column;
    loser.side = before.origin;
    loser.lost = before.value;
    loser.lost_time = before.time;
    loser.won = row[column];
    loser.won_time = merge_.agreed[column].time;
    loser.rule = row_deleted_rule;
    loser.tokens = merge_.tokens;
    const bool told = std::ranges::any_of(
        plan_.losers, [&](const Loser& each) { return each.column == column && each.lost == loser.lost; });
    if (!told) plan_.losers.push_back(std::move(loser));
  }
}

void Planner::restore(Side deleter, const char* rule) {
  const Side rest = other(deleter);
  lose_deletion(deleter, rule);
  if (in_.coupling.agreed) {
    go_on();  // with one row there is nothing left to differ in what was held
    take(rest);
    settle_for(rest, rule);
    let_stand(rest);
    keep_merged();
  } else {
    merge_.start_from(rest, *in_.seen[rest].row, in_.seen[rest].time);
    take(deleter);
    keep_merged();
  }
  plan_.next.tombstone.reset();
  ++plan_.next.incarnation;
}

void Planner::settle_for(Side rest, const char* rule) {
  for (const HeldColumn& held : merge_.held) {
    Agreed& agreed = merge_.agreed[held.column];
    const Agreed before = agreed;
    const Value value = value_on(rest, held.column);
    if (agreed.value != value) agreed = Agreed(value, edit_time(rest), rest);
    const std::optional<Row>& deleted = in_.coupling.sides[other(rest)].shadow;
    if (!deleted || (*deleted)[held.column] == value) continue;
    Loser loser;
    loser.column = held.column;
    loser.side = other(rest);
    loser.lost = (*deleted)[held.column];
    loser.lost_time = EditTime(Instant{}, deletion_time(other(rest)).to, TimeSource::window);
    if (before.value == loser.lost) loser.lost_time = before.time;
    loser.won = value;
    loser.won_time = agreed.time;
    loser.rule = rule;
    loser.tokens = merge_.tokens;
    plan_.losers.push_back(std::move(loser));
  }
  merge_.held.clear();
}

void Planner::uncouple(Side deleter) {
  lose_deletion(deleter, "uncouple");
  plan_.next.agreed.reset();
  plan_.next.held.clear();
  plan_.next.turns.clear();
  plan_.next.uncoupled = true;
  if (!plan_.next.tombstone) plan_.next.tombstone = Instant{};  // decide puts the time
}

void Planner::stay_uncoupled() {
  const bool both = views_[Side::finops].has && views_[Side::dataverse].has;
  const bool none = !views_[Side::finops].has && !views_[Side::dataverse].has;
  if (both || none) plan_.next.uncoupled = false;
  if (both) begin();
}

EditTime Planner::deletion_time(Side side) const {
  const EditTime& seen = in_.seen[side].time;
  if (seen.source != TimeSource::none) return seen;
  return {Instant{}, in_.coupling.tombstone.value_or(in_.now), TimeSource::window};
}

EditTime Planner::edit_time(Side side) const {
  EditTime time = in_.seen[side].time;
  if (time.source != TimeSource::none || !in_.coupling.agreed) return time;
  for (const Agreed& agreed : *in_.coupling.agreed) {
    if (time.source == TimeSource::none || agreed.time.to > time.to) time = agreed.time;
  }
  return time;
}

void Planner::lose_deletion(Side deleter, const char* rule) {
  Loser loser;
  loser.type = ConflictType::delete_recently_updated;
  loser.side = deleter;
  loser.lost_time = deletion_time(deleter);
  loser.won_time = edit_time(other(deleter));
  loser.rule = rule;
  loser.tokens = merge_.tokens;
  plan_.losers.push_back(std::move(loser));
}

void Planner::hold_deletion(Side deleter) {
  const Side rest = other(deleter);
  if (in_.coupling.agreed) {
    merge_.before = &*in_.coupling.agreed;
    merge_.agreed = *in_.coupling.agreed;
    merge_.held_before = in_.coupling.held;
    take(rest);
    merge_.held.clear();  // with one row there is nothing left to differ in
    let_stand(rest);
  } else {
    // Our own delete was under way when the edit was seen: back to what was known before it.
    const Row known = known_before_deletion(rest);
    merge_.start_from(rest, known, deletion_time(deleter));  // known before it was deleted
    merge_.take(rest, in_.seen[rest], known, views_[rest].landed);
    plan_.next.sides[deleter].shadow = known;
    plan_.next.tombstone.reset();
  }
  note_typed_again(deleter);
  keep_merged();
  plan_.next.held_deletion = deleter;
}

void Planner::note_typed_again(Side deleter) {
  const Side rest = other(deleter);
  const Row& known = *plan_.next.sides[deleter].shadow;
  for (std::size_t column = 0; column < known.size(); ++column) {
    Agreed& agreed = merge_.agreed[column];
    if (in_.coupling.held_deletion != deleter && agreed.value == known[column]) agreed.origin = deleter;
    if (may_be_retyped(rest, column)) agreed.origin = rest;
  }
}

Row Planner::known_before_deletion(Side side) const {
  if (in_.coupling.sides[side].shadow) return *in_.coupling.sides[side].shadow;
  Row known = *in_.seen[side].row;
  for (std::size_t column = 0; column < known.size(); ++column) {
    if (!in_.policy.columns[column].key) known[column] = Value::null();
  }
  if (views_[side].create == nullptr) return known;
  for (const ColumnValue& cell : views_[side].create->cells) known[cell.column] = cell.value;
  return known;
}

void Planner::tell_held_deletion(Side deleter) {
  const Side rest = other(deleter);
  const bool fresh = in_.coupling.held_deletion != deleter;
  plan_.asks = fresh || plan_.next.sides[rest].shadow != in_.coupling.sides[rest].shadow;
}

void Planner::remove(const char* rule) {
  for (const Side side : both_sides) {
    const View& view = views_[side];
    if (view.came_late) take_away(side);
    if (!view.has) continue;
    const Side deleter = other(side);
    const std::optional<Row>& seen_by_deleter =
        views_[deleter].deleted ? in_.coupling.sides[deleter].shadow : in_.coupling.sides[side].shadow;
    lose_unseen(side, seen_by_deleter, rule);
    plan_removal(side);
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

void Planner::plan_removal(Side side) {
  PlannedWrite write;
  write.side = side;
  write.kind = WriteKind::remove;
  write.guard = in_.seen[side].token;
  write.key = in_.seen[side].key;
  plan_.writes.push_back(std::move(write));
}

void Planner::take_away(Side side) {
  lose_unseen(side, std::nullopt, in_doubt_rule);
  plan_removal(side);
}

void Planner::lose_unwritten(Side side, const char* rule) {
  const Row& known = *in_.coupling.sides[side].shadow;
  const std::optional<Row>& now = in_.seen[side].row;
  for (std::size_t column = 0; column < known.size(); ++column) {
    const Agreed& agreed = (*in_.coupling.agreed)[column];
    if (in_.policy.columns[column].key) continue;
    // A row that our own removal may have taken away was nobody's to see before the new one was made.
    const bool taken_away = now && views_[side].removal_in_doubt && agreed.value != (*now)[column];
    if (!taken_away && (agreed.value == known[column] || agreed.origin == side)) continue;
    // Whoever deleted the row where the value came from knew it.
    const std::optional<Row>& at_origin = in_.coupling.sides[agreed.origin].shadow;
    if (!taken_away && views_[agreed.origin].deleted && (*at_origin)[column] == agreed.value) continue;
    add_loser(column, agreed.origin, agreed.value, agreed.time, rule);
  }
}

void Planner::lose_unseen(Side side, const std::optional<Row>& known, const char* rule) {
  const Row& row = *in_.seen[side].row;
  const std::optional<Row>& before = in_.coupling.sides[side].shadow;
  if (before) {
    for (const ColumnValue& typed : strayed_in(side, in_.coupling.sides[side], *before, in_.seen[side], in_.policy)) {
      // Of a record that was deleted before, it was told then, unless it was typed since.
      const std::vector<ColumnValue>& told = in_.coupling.sides[side].strayed;
      const bool known_before = !in_.coupling.agreed && std::ranges::find(told, typed) != told.end();
      if (!typed.value.is_null() && !known_before) add_loser(typed.column, side, typed.value, edit_time(side), rule);
    }
  }
  for (std::size_t column = 0; column < row.size(); ++column) {
    const ColumnPolicy& policy = in_.policy.columns[column];
    if (policy.key || !flows_from(policy.direction, side) || row[column].is_absent()) continue;
    const bool retyped = may_be_retyped(side, column);
    const bool typed_again = in_.coupling.held_deletion == other(side) && in_.coupling.agreed &&
                             (*in_.coupling.agreed)[column].origin == side;
    const bool edited = (before && row[column] != (*before)[column]) || retyped || typed_again;
    // What the deleter knew is no loss, nor is what he had replaced himself and we have not brought there yet.
    if (known && (row[column] == (*known)[column] || !is_news(side, column)) && !edited) continue;
    if (!known && row[column].is_null()) continue;
    // What the deleter knew, or we may have written ourselves, lost no conflict: it may have been typed again.
    const bool news = known ? row[column] != (*known)[column] && is_news(side, column) : !retyped;
    // A row that is just what our own create wrote, come late, was lost to no deletion for certain.
    const bool doubtful = views_[side].as_created || (retyped && !news);
    add_loser(column, side, row[column], edit_time(side), doubtful ? in_doubt_rule : rule);
  }
}

bool Planner::may_be_retyped(Side side, std::size_t column) const {
  return std::ranges::any_of(views_[side].landed, [&](const Intent* intent) { return may_hide_edit(*intent, column); });
}

void Planner::add_loser(std::size_t column, Side side, const Value& lost, const EditTime& time, const char* rule) {
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

}  // namespace dualwrite::plan
