#include "plan/merge.hpp"

#include <algorithm>

namespace dualwrite::plan {
namespace {

/// True if the side's value is somebody's edit: not what it was known to hold, and not our own write.
bool is_edit(std::size_t column, const Value& mine, const std::optional<Row>& base,
             const std::vector<const Intent*>& ours) {
  if (base && mine == (*base)[column]) return false;
  return std::ranges::none_of(ours, [&](const Intent* intent) {
    const Value* wrote = find_cell(*intent, column);
    return wrote != nullptr && *wrote == mine;
  });
}

}  // namespace

const Value* find_cell(const Intent& intent, std::size_t column) {
  const auto found = std::ranges::find(intent.cells, column, &ColumnValue::column);
  return found == intent.cells.end() ? nullptr : &found->value;
}

void Merge::start_from(Side side, const Row& row, const EditTime& time) {
  agreed.clear();
  agreed.reserve(policy.columns.size());
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const Value& value = row[column];
    agreed.emplace_back(value.is_absent() ? Value::null() : value, time, side);
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
    if (!is_edit(column, mine, base, ours)) continue;
    if (base && theirs.value == (*base)[column]) {
      adopt(column, side, seen);  // a clean edit: the other side has not moved since
      continue;
    }
    decide(column, side, seen, base.has_value());
  }
}

/// Columns that wait for a person stay as they are, and so do those whose waiting has just ended.
bool Merge::waits(std::size_t column) const {
  return std::ranges::find(before.held, column, &HeldColumn::column) != before.held.end() ||
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
  bool mine_moved = false;
  bool theirs_moved = false;
  EditTime theirs_time;
  for (const std::size_t column : columns) {
    if (waits(column)) return false;
    const Value& mine = (*seen.row)[column];
    const Agreed& theirs = agreed[column];
    if (mine.is_absent() || mine == theirs.value) continue;
    mine_moved = mine_moved || is_edit(column, mine, base, ours);
    if (base && theirs.value == (*base)[column]) continue;
    if (!theirs_moved || theirs.time.to > theirs_time.to) theirs_time = theirs.time;
    theirs_moved = true;
  }
  if (!mine_moved || !theirs_moved) return false;
  const bool by_master = !base && master.has_value();
  if (policy.columns[first].conflict == ConflictRule::manual && !by_master) {
    hold(first, HoldReason::conflict);
    return true;
  }
  const Judgement judgement = judge(first, side, theirs_time, seen.time, base.has_value());
  for (const std::size_t column : columns) {
    const Value& mine = (*seen.row)[column];
    Agreed& theirs = agreed[column];
    if (mine.is_absent() || mine == theirs.value || waits(column)) continue;
    const bool loses =
        judgement.mine_wins ? !base || theirs.value != (*base)[column] : is_edit(column, mine, base, ours);
    if (loses) {
      settle(column, side, seen, judgement, base.has_value());
    } else if (judgement.mine_wins) {
      theirs = Agreed(mine, seen.time, side);
    }
  }
  return true;
}

Merge::Judgement Merge::judge(std::size_t column, Side side, const EditTime& theirs, const EditTime& mine,
                              bool has_base) const {
  Judgement judgement;
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
  settle(column, side, seen, judge(column, side, agreed[column].time, seen.time, has_base), has_base);
}

void Merge::settle(std::size_t column, Side side, const Observation& seen, const Judgement& judgement, bool has_base) {
  const Agreed theirs = agreed[column];
  const Value& mine = (*seen.row)[column];
  if (judgement.mine_wins) {
    adopt(column, side, seen);
    if (waits(column)) return;  // neither has lost: each side keeps its own
  }
  Loser loser;
  loser.type = has_base ? ConflictType::update_differing : ConflictType::insert_exists;
  loser.column = column;
  loser.rule = judgement.why;
  loser.tokens = tokens;
  loser.side = judgement.mine_wins ? other(side) : side;
  loser.lost = judgement.mine_wins ? theirs.value : mine;
  loser.lost_time = judgement.mine_wins ? theirs.time : seen.time;
  loser.won = judgement.mine_wins ? mine : theirs.value;
  loser.won_time = judgement.mine_wins ? seen.time : theirs.time;
  losers.push_back(std::move(loser));
}

void Merge::adopt(std::size_t column, Side side, const Observation& seen) {
  Agreed& theirs = agreed[column];
  const Value& mine = (*seen.row)[column];
  const bool turned = before.agreed && theirs.origin != side;
  if (turned && note_turn(turns, column, theirs, mine, seen.answer, now)) {
    hold(column, HoldReason::oscillation);
    return;
  }
  theirs = Agreed(mine, seen.time, side);
}

/// What was taken from the other side in this very plan goes back, too: each side keeps its own.
void Merge::hold(std::size_t column, HoldReason reason) {
  for (const std::size_t each : group_of(column)) {
    if (waits(each)) continue;
    held.emplace_back(each, reason);
    if (before.agreed) agreed[each] = (*before.agreed)[each];
    std::erase_if(losers, [&](const Loser& loser) { return loser.column == each; });
  }
}

}  // namespace dualwrite::plan
