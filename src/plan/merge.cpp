#include "plan/merge.hpp"

#include <algorithm>

namespace dualwrite::plan {
namespace {

/// How a side's value may have come about.
struct Provenance {
  bool unchanged = false;  ///< it is what the side was known to hold
  bool ours = false;       ///< a write of ours that may have landed wrote it
  bool in_doubt = false;   ///< such a write may have landed before it: something else stood there in between
  /// True if it is somebody's edit: not what it was known to hold, and not our own write.
  [[nodiscard]] bool is_edit() const { return !unchanged && !ours; }
  /// True if it is no edit by the looks of it, and may be one: the very value that we wrote was typed, or the old one
  /// over ours.
  [[nodiscard]] bool may_be_edit() const { return ours || (unchanged && in_doubt); }
};

Provenance provenance(std::size_t column, const Value& mine, const std::optional<Row>& base,
                      const std::vector<const Intent*>& ours) {
  Provenance how;
  how.unchanged = base && mine == (*base)[column];
  for (const Intent* intent : ours) {
    const Value* wrote = find_cell(*intent, column);
    const bool wrote_this = wrote != nullptr && *wrote == mine;
    if (wrote_this) how.ours = true;
    if (!wrote_this && may_hide_edit(*intent, column)) how.in_doubt = true;
  }
  return how;
}

}  // namespace

const Value* find_cell(const Intent& intent, std::size_t column) {
  const auto found = std::ranges::find(intent.cells, column, &ColumnValue::column);
  return found == intent.cells.end() ? nullptr : &found->value;
}

bool may_hide_edit(const Intent& intent, std::size_t column) {
  return intent.kind == WriteKind::remove || find_cell(intent, column) != nullptr;
}

void Merge::start_from(Side side, const Row& row, const EditTime& time) {
  agreed.clear();
  agreed.reserve(policy.columns.size());
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const Value& value = row[column];
    agreed.emplace_back(value.is_absent() ? Value::null() : value, time, side);
  }
}

void Merge::take_sourced(Side side, const Row& row, const EditTime& time) {
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const bool sourced = flows_from(rule.direction, side) && !flows_from(rule.direction, other(side));
    if (sourced && !rule.key && !row[column].is_absent()) agreed[column] = Agreed(row[column], time, side);
  }
}

void Merge::take(Side side, const Observation& seen, const std::optional<Row>& base,
                 const std::vector<const Intent*>& ours) {
  std::vector<int> groups_done;
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Value& mine = (*seen.row)[column];
    Agreed& theirs = agreed[column];
    if (rule.group != 0 && std::ranges::find(groups_done, rule.group) == groups_done.end() &&
        take_group(column, side, seen, base, ours)) {
      groups_done.push_back(rule.group);
    }
    if (rule.group != 0 && std::ranges::find(groups_done, rule.group) != groups_done.end()) continue;
    if (rule.key || mine.is_absent() || mine == theirs.value || waits(column)) continue;
    if (!flows_from(rule.direction, side)) continue;
    if (!flows_from(rule.direction, other(side))) {
      // A one-way column: this side is the only source, whatever was agreed.
      theirs = Agreed(mine, seen.time, side);
      continue;
    }
    const Provenance how = provenance(column, mine, base, ours);
    if (!how.is_edit()) {
      if (how.may_be_edit()) lose(column, side, mine, seen.time, in_doubt_rule);
    } else if (theirs_moved(column, side, base)) {
      decide(column, side, seen, base.has_value());
    } else {
      // A clean edit: the other side has not moved since. Unless a write in doubt landed, and it has moved back.
      const Agreed replaced = theirs;
      theirs = Agreed(mine, seen.time, side);
      const bool others = replaced.origin != side;
      if (how.in_doubt && others) lose(column, other(side), replaced.value, replaced.time, in_doubt_rule);
    }
  }
}

void Merge::take_alike(const PerSide<Observation>& seen, const PerSide<std::optional<Row>>& bases) {
  alike.assign(policy.columns.size(), false);
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Value& value = (*seen[Side::finops].row)[column];
    if (rule.key || rule.direction != Direction::both || waits(column)) continue;
    if (value.is_absent() || value != (*seen[Side::dataverse].row)[column]) continue;
    alike[column] = true;
    if (agreed[column].value == value) continue;
    const auto moved = [&](Side side) { return !bases[side] || (*bases[side])[column] != value; };
    Side editor = policy.tie_break;
    if (!moved(editor)) editor = other(editor);
    agreed[column] = Agreed(value, seen[editor].time, editor);
  }
}

void Merge::note_confirmed(const Observation& seen, const std::optional<Row>& base,
                           const std::vector<const Intent*>& ours) {
  confirmed.assign(policy.columns.size(), std::nullopt);
  for (std::size_t column = 0; base && column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Value& mine = (*seen.row)[column];
    if (rule.key || rule.direction != Direction::both || mine != agreed[column].value) continue;
    if (provenance(column, mine, base, ours).is_edit()) confirmed[column] = seen.time;
  }
}

/// When the edit was made that the side's own meets.
EditTime Merge::theirs_time(std::size_t column) const {
  const bool again = column < confirmed.size() && confirmed[column];
  return again ? *confirmed[column] : agreed[column].time;
}

/// True if what is agreed is news to the side. What the other side took back just now was news when it was agreed on:
/// two edits, not one.
bool Merge::theirs_moved(std::size_t column, Side side, const std::optional<Row>& base) const {
  const Agreed& theirs = agreed[column];
  const bool taken_back = before != nullptr && (*before)[column].value != theirs.value && theirs.origin != side;
  const bool typed_again = column < confirmed.size() && confirmed[column];
  return !base || theirs.value != (*base)[column] || taken_back || typed_again;
}

/// Columns that wait for a person stay as they are, and so do those whose waiting has just ended.
bool Merge::waits(std::size_t column) const {
  return std::ranges::find(held_before, column, &HeldColumn::column) != held_before.end() ||
         std::ranges::find(held, column, &HeldColumn::column) != held.end();
}

std::vector<std::size_t> Merge::group_of(std::size_t column) const {
  const int group = policy.columns[column].group;
  if (group == 0) return {column};
  std::vector<std::size_t> columns;
  for (std::size_t other_column = 0; other_column < policy.columns.size(); ++other_column) {
    if (policy.columns[other_column].group == group) columns.push_back(other_column);
  }
  return columns;
}

/// If both sides changed any of the group, its rule decides for all of it, and true is returned. Else its columns merge
/// like any other.
bool Merge::take_group(std::size_t first, Side side, const Observation& seen, const std::optional<Row>& base,
                       const std::vector<const Intent*>& ours) {
  const std::vector<std::size_t> columns = group_of(first);
  bool mine_edited = false;
  bool theirs_edited = false;
  EditTime latest;
  for (const std::size_t column : columns) {
    if (waits(column)) return false;
    const Value& mine = (*seen.row)[column];
    const Agreed& theirs = agreed[column];
    // What both sides hold is in question for neither, whichever of them is merged first.
    if (mine.is_absent() || mine == theirs.value || is_alike(column)) continue;
    mine_edited = mine_edited || provenance(column, mine, base, ours).is_edit();
    if (!theirs_moved(column, side, base)) continue;
    const EditTime time = theirs_time(column);
    if (!theirs_edited || time.to > latest.to) latest = time;
    theirs_edited = true;
  }
  if (!mine_edited || !theirs_edited) return false;
  const bool by_master = !base && master.has_value();
  if (policy.columns[first].conflict == ConflictRule::manual && !by_master) {
    hold(first, HoldReason::conflict);
    return true;
  }
  const Judgement judgement = judge(first, side, latest, seen.time, base.has_value());
  for (const std::size_t column : columns) {
    const Value& mine = (*seen.row)[column];
    const Agreed theirs = agreed[column];
    if (mine.is_absent() || mine == theirs.value || waits(column)) continue;
    const Provenance how = provenance(column, mine, base, ours);
    if (judgement.mine_wins ? theirs_moved(column, side, base) : how.is_edit()) {
      settle(column, side, seen, judgement, base.has_value());
    } else if (judgement.mine_wins) {
      agreed[column] = Agreed(mine, seen.time, side);
      if (how.ours || how.in_doubt) lose(column, other(side), theirs.value, theirs.time, in_doubt_rule);
    } else if (how.may_be_edit()) {
      lose(column, side, mine, seen.time, in_doubt_rule);
    }
  }
  return true;
}

Merge::Judgement Merge::judge(std::size_t column, Side side, const EditTime& theirs, const EditTime& mine,
                              bool has_base) const {
  Judgement judgement;
  judgement.theirs = theirs;
  if (!has_base && master) {
    judgement.mine_wins = *master == side;
    judgement.why = "first-coupling/master";
    return judgement;
  }
  const ConflictRule rule = policy.columns[column].conflict;
  judgement.why = std::string(to_string(rule));
  switch (rule) {
    case ConflictRule::finops_wins:
      judgement.mine_wins = side == Side::finops;
      break;
    case ConflictRule::dataverse_wins:
      judgement.mine_wins = side == Side::dataverse;
      break;
    case ConflictRule::newest_wins:
      if (certainly_before(theirs, mine)) {
        judgement.mine_wins = true;
      } else if (!certainly_before(mine, theirs)) {
        judgement.mine_wins = policy.tie_break == side;
        judgement.why += "/tie-break";
      }
      break;
    case ConflictRule::manual:
      break;  // nobody wins: such a column is held before it comes to this
  }
  if (!has_base) judgement.why = "first-coupling/" + judgement.why;
  return judgement;
}

void Merge::decide(std::size_t column, Side side, const Observation& seen, bool has_base) {
  const bool by_master = !has_base && master.has_value();
  if (policy.columns[column].conflict == ConflictRule::manual && !by_master) {
    hold(column, HoldReason::conflict);
    return;
  }
  settle(column, side, seen, judge(column, side, theirs_time(column), seen.time, has_base), has_base);
}

void Merge::settle(std::size_t column, Side side, const Observation& seen, const Judgement& judgement, bool has_base) {
  const ConflictType type = has_base ? ConflictType::update_differing : ConflictType::insert_exists;
  if (!judgement.mine_wins) {
    lose(column, side, (*seen.row)[column], seen.time, judgement.why, type);
    losers.back().won_time = judgement.theirs;
    return;
  }
  const Agreed lost = agreed[column];
  agreed[column] = Agreed((*seen.row)[column], seen.time, side);
  lose(column, other(side), lost.value, judgement.theirs, judgement.why, type);
}

void Merge::count_turns(const PerSide<Observation>& seen) {
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Agreed& old = (*before)[column];
    const Agreed& now_agreed = agreed[column];
    if (rule.key || rule.direction != Direction::both || waits(column)) continue;
    if (now_agreed.value == old.value || now_agreed.origin == old.origin) continue;
    const bool answer = seen[now_agreed.origin].answer;
    if (note_turn(turns, column, old, now_agreed.value, answer, now)) hold(column, HoldReason::oscillation);
  }
}

/// What was taken from the other side in this very plan goes back, too: each side keeps its own.
void Merge::hold(std::size_t column, HoldReason reason) {
  for (const std::size_t each : group_of(column)) {
    if (waits(each)) continue;
    held.emplace_back(each, reason);
    if (before != nullptr) agreed[each] = (*before)[each];
    std::erase_if(losers, [&](const Loser& loser) { return loser.column == each; });
  }
}

void Merge::lose(std::size_t column, Side side, const Value& lost, const EditTime& time, std::string rule,
                 ConflictType type) {
  Loser loser;
  loser.type = type;
  loser.column = column;
  loser.side = side;
  loser.lost = lost;
  loser.lost_time = time;
  loser.won = agreed[column].value;
  loser.won_time = agreed[column].time;
  loser.rule = std::move(rule);
  loser.tokens = tokens;
  losers.push_back(std::move(loser));
}

}  // namespace dualwrite::plan
