#include "simulation/edits.hpp"

#include <algorithm>
#include <ranges>

namespace dualwrite::simulation {

void Edits::typed(const Place& place, Edit edit) {
  const Side side = edit.side;
  edits_[place][side].push_back(std::move(edit));
}

void Edits::removed(const std::string& account, Removal removal) {
  const Side side = removal.side;
  for (std::size_t column = 0; column < columns; ++column) replaced({account, column}, side, removal.number);
  for (Removal& before : removals_[account][other(side)]) before.closed = std::min(before.closed, removal.number);
  removals_[account][side].push_back(std::move(removal));
}

void Edits::carried(const Place& place, Side side, Number number) {
  Number& known = carried_[place][side];
  known = std::max(known, number);
}

void Edits::replaced(const Place& place, Side side, Number number) {
  for (Edit& edit : edits_[place][side]) edit.replaced = std::min(edit.replaced, number);
}

void Edits::made(const std::string& account, Side side, Number number) {
  for (Removal& removal : removals_[account][side]) removal.closed = std::min(removal.closed, number);
}

void Edits::taken_away(const std::string& account, Side side, Number number) {
  for (std::size_t column = 0; column < columns; ++column) replaced({account, column}, side, number);
  for (Removal& removal : removals_[account][other(side)]) removal.closed = std::min(removal.closed, number);
}

Carried Edits::seen(const std::string& account, Side side) const {
  Carried seen{};
  for (std::size_t column = 0; column < columns; ++column) {
    const auto known = carried_.find({account, column});
    if (known != carried_.end()) seen[column] = known->second[side];
  }
  return seen;
}

const std::vector<Edit>& Edits::of(const Place& place, Side side) const {
  static const std::vector<Edit> none;
  const auto found = edits_.find(place);
  return found == edits_.end() ? none : found->second[side];
}

const Edit* Edits::last(const Place& place, Side side, const std::string& value, Moment until) const {
  for (const Edit& edit : of(place, side) | std::views::reverse) {
    if (edit.value == value && edit.at <= until) return &edit;
  }
  return nullptr;
}

const Removal* Edits::last_removal(const std::string& account, Side side, Moment until) const {
  const auto removals = removals_.find(account);
  if (removals == removals_.end()) return nullptr;
  for (const Removal& removal : removals->second[side] | std::views::reverse) {
    if (removal.at <= until) return &removal;
  }
  return nullptr;
}

std::vector<const Edit*> Edits::met_by(const Place& place, const Edit& edit, Moment until) const {
  std::vector<const Edit*> met;
  for (std::size_t column = 0; column < columns; ++column) {
    if (!terms_.same_group(place.column, column)) continue;
    for (const Edit& theirs : of({place.account, column}, other(edit.side))) {
      const bool seen_here = theirs.number <= edit.seen[column] || theirs.replaced < edit.number;
      const bool seen_there = edit.number <= theirs.seen[place.column] || edit.replaced < theirs.number;
      if (theirs.at <= until && !seen_here && !seen_there) met.push_back(&theirs);
    }
  }
  return met;
}

bool Edits::met_any(const Place& place, const Edit& edit, Moment until) const {
  const auto removals = removals_.find(place.account);
  if (removals != removals_.end()) {
    for (const Removal& removal : removals->second[other(edit.side)]) {
      const bool seen_there = edit.number <= removal.seen[place.column];
      if (removal.at <= until && !seen_there && edit.number < removal.closed) return true;
    }
  }
  return !met_by(place, edit, until).empty();
}

bool Edits::unseen(const Removal& removal, const Edit& edit, std::size_t column, bool doubtful) {
  if (edit.replaced < removal.number) return false;
  if (doubtful) return true;  // our own write may have brought it to his row just before, and nobody has told us
  return edit.value != removal.cells[column] && edit.number > removal.seen[column];
}

bool Edits::contested(const std::string& account, Side deleter, Moment until, bool doubtful) const {
  const auto removals = removals_.find(account);
  if (removals == removals_.end()) return false;
  for (const Removal& removal : removals->second[deleter]) {
    if (removal.at > until) continue;
    for (std::size_t column = 0; column < columns; ++column) {
      for (const Edit& edit : of({account, column}, other(deleter))) {
        if (edit.at <= until && unseen(removal, edit, column, doubtful)) return true;
      }
    }
  }
  return false;
}

}  // namespace dualwrite::simulation
