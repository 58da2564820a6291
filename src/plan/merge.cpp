#include "plan/merge.hpp"

#include <algorithm>

namespace dualwrite::plan {

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
    if (base && mine == (*base)[column]) continue;
    const bool is_ours = std::ranges::any_of(ours, [&](const Intent* intent) {
      const Value* wrote = find_cell(*intent, column);
      return wrote != nullptr && *wrote == mine;
    });
    if (is_ours) continue;
    if (base && theirs.value == (*base)[column]) {
      theirs = Agreed(mine, time, side);  // a clean edit: the other side has not moved since
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
  Loser loser;
  loser.type = has_base ? ConflictType::update_differing : ConflictType::insert_exists;
  loser.column = column;
  loser.rule = std::move(why);
  loser.tokens = tokens;
  if (mine_wins) {
    loser.side = other(side);
    loser.lost = theirs.value;
    loser.lost_time = theirs.time;
    loser.won = mine;
    loser.won_time = time;
    theirs = Agreed(mine, time, side);
  } else {
    loser.side = side;
    loser.lost = mine;
    loser.lost_time = time;
    loser.won = theirs.value;
    loser.won_time = theirs.time;
  }
  losers.push_back(std::move(loser));
}

}  // namespace dualwrite::plan
