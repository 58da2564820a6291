#include "plan/merge.hpp"

#include <algorithm>
#include <utility>

namespace dualwrite::plan {

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

void Merge::take(Side side, const Row& now, const EditTime& time, const std::optional<Row>& base,
                 const std::vector<const Intent*>& ours) {
  for (std::size_t column = 0; column < policy.columns.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Value& mine = now[column];
    Agreed& theirs = agreed[column];
    if (rule.key || mine.is_absent() || mine == theirs.value) continue;
    if (!flows_from(rule.direction, side)) continue;
    if (!flows_from(rule.direction, other(side))) {
      // A one-way column: this side is the only source, whatever was agreed.
      theirs = Agreed(mine, time, side);
      continue;
    }
    const bool unchanged = base && mine == (*base)[column];
    bool is_ours = false;
    bool in_doubt = false;
    for (const Intent* intent : ours) {
      const Value* wrote = find_cell(*intent, column);
      const bool wrote_this = wrote != nullptr && *wrote == mine;
      if (wrote_this) is_ours = true;
      if (!wrote_this && may_hide_edit(*intent, column)) in_doubt = true;
    }
    if (unchanged || is_ours) {
      // A write in doubt hides an edit that typed the very value it wrote, or that took its value back.
      if (is_ours || in_doubt) lose(column, side, mine, time, "in-doubt");
      continue;
    }
    // What the other side took back just now was news when it was agreed on: two edits, not one.
    const bool taken_back = before != nullptr && (*before)[column].value != theirs.value && theirs.origin != side;
    if (base && theirs.value == (*base)[column] && !taken_back) {
      // A clean edit: the other side has not moved since. Unless a write in doubt landed, and it has moved back.
      const Agreed replaced = std::exchange(theirs, Agreed(mine, time, side));
      if (in_doubt) lose(column, other(side), replaced.value, replaced.time, "in-doubt");
      continue;
    }
    decide(column, side, mine, time, base.has_value());
  }
}

void Merge::decide(std::size_t column, Side side, const Value& mine, const EditTime& time, bool has_base) {
  Agreed& theirs = agreed[column];
  const ConflictRule rule = policy.columns[column].conflict;
  bool mine_wins = false;
  std::string why;
  if (!has_base && master) {
    mine_wins = *master == side;
    why = "first-coupling/master";
  } else {
    why = std::string(to_string(rule));
    switch (rule) {
      case ConflictRule::finops_wins:
        mine_wins = side == Side::finops;
        break;
      case ConflictRule::dataverse_wins:
        mine_wins = side == Side::dataverse;
        break;
      case ConflictRule::newest_wins:
        if (certainly_before(theirs.time, time)) {
          mine_wins = true;
        } else if (!certainly_before(time, theirs.time)) {
          mine_wins = policy.tie_break == side;
          why += "/tie-break";
        }
        break;
    }
    if (!has_base) why = "first-coupling/" + why;
  }
  if (mine_wins) {
    const Agreed lost = std::exchange(theirs, Agreed(mine, time, side));
    lose(column, other(side), lost.value, lost.time, std::move(why));
  } else {
    lose(column, side, mine, time, std::move(why));
  }
}

void Merge::lose(std::size_t column, Side side, const Value& lost, const EditTime& time, std::string rule) {
  Loser loser;
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
