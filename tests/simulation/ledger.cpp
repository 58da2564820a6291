#include "simulation/ledger.hpp"

#include <algorithm>
#include <iterator>

namespace dualwrite::simulation {

const std::array<const char*, columns> column_names{"VendorOrganizationName", "CreditRating", "DUNSNumber"};

namespace {

constexpr std::size_t violations_max = 50;
constexpr std::chrono::minutes request_lifetime{15};  // so long may a write that was sent still land

std::string text(const Place& place) {
  return place.account + "/" + column_names[place.column];
}

bool holds(const Image& image, const Place& place, const std::string& value) {
  const auto row = image.find(place.account);
  return row != image.end() && row->second[place.column] == value;
}

}  // namespace

void Ledger::violate(std::string oracle, std::string what) {
  if (violations_.size() < violations_max) violations_.push_back({std::move(oracle), std::move(what)});
}

void Ledger::set(Side side, const Place& place, const std::string& value) {
  const bool hidden = is_hidden(side, place, value);
  if (!hidden) outstanding_[place].insert(value);
  origins_[place][value] = Origin{side, ++number_};
  Edit edit;
  edit.side = side;
  edit.number = number_;
  edit.at = now_();
  edit.value = value;
  edit.seen = history_.seen(place.account, side);
  edit.hidden = hidden;
  history_.typed(place, std::move(edit));
  std::optional<Span>& span = spans_[place][value][side];
  if (!span) span = Span{now_(), {}};
  span->last = now_();
  edits_of_[side][place.account].push_back(now_());
  records_[place.account].touched[place.column][side] = true;
}

bool Ledger::is_hidden(Side side, const Place& place, const std::string& value) const {
  const auto known_from = [&](Side where) {
    const auto known = known_from_[where].find(place.account);
    return known == known_from_[where].end() ? Number(0) : known->second;
  };
  const Chronicle::Version* const now = chronicle_.last(side, place.account);
  if (chronicle_.held(place, side, value, known_from(side), now == nullptr ? never : now->from)) return true;
  // Nor does anything tell it from our own write of a value that whoever deleted the other row had before his eyes.
  const auto record = records_.find(place.account);
  const bool gone = record != records_.end() && record->second.gone[other(side)];
  return gone && chronicle_.held(place, other(side), value, known_from(other(side)));
}

void Ledger::overwrite(Side side, const Place& place, const std::string& known) {
  const PlugIn plug_in = terms_.plug_ins[place.column][side];
  std::erase_if(outstanding_[place], [&](const std::string& value) {
    return value == known || (plug_in != PlugIn::none && altered(plug_in, value) == known);
  });
}

void Ledger::wrote(Side side, const Place& place, const std::string& before, const std::string& value) {
  ++edits_;
  if (before == value) return;  // retyped as it stands: no service tells that from nothing, so nobody is promised it
  overwrite(side, place, before);
  set(side, place, value);
  records_[place.account].removed_last = false;
}

void Ledger::created(Side side, const std::string& account, const Cells& cells) {
  ++edits_;
  for (std::size_t column = 0; column < columns; ++column) set(side, {account, column}, cells[column]);
  records_[account].removed_last = false;
  records_[account].gone[side] = false;
}

void Ledger::removed(Side side, const std::string& account, const Cells& cells, bool coupled) {
  ++edits_;
  Record& record = records_[account];
  record.removed_last = coupled;
  record.gone[side] = true;
  record.removed[side] = true;
  record.removed_at = now_();
  record.removed_by = side;
  Removal removal;
  removal.side = side;
  removal.number = ++number_;
  removal.at = now_();
  removal.cells = cells;
  removal.seen = history_.seen(account, side);
  history_.removed(account, std::move(removal));
  for (std::size_t column = 0; column < columns; ++column) {
    overwrite(side, {account, column}, cells[column]);
    record.touched[column][side] = true;
    // The row that is left alone is its own side's from now on, whoever wrote its values.
    if (!coupled || terms_.deletion == DeletePolicy::uncouple) record.touched[column][other(side)] = true;
    // A new incarnation starts its columns anew.
    newest_.erase({account, column});
  }
}

void Ledger::look_at(Side side, const Place& place, const std::string& before, const std::string& after) {
  if (before == after) return;
  history_.replaced(place, side, number_);
  if (after.empty()) return;
  // What the other side's plug-in made of a value comes back in its place.
  if (altered(terms_.plug_ins[place.column][other(side)], before) == after) outstanding_[place].erase(before);
  if (altered_there(side, place, after)) return;
  const auto& known = origins_[place];
  const auto origin = known.find(after);
  if (origin == known.end()) {
    violate("O4 no phantom", text(place) + " became \"" + after + "\", which nobody wrote there");
    return;
  }
  if (origin->second.side == side) return;
  history_.carried(place, side, origin->second.number);
  if (terms_.rewrites(place.column)) return;  // the same two values follow each other again and again
  Number& newest = newest_[place][side];
  if (origin->second.number < newest) {
    violate("O7 order", text(place) + " went back to \"" + after + "\" after a later value of the same side");
  }
  newest = std::max(newest, origin->second.number);
}

bool Ledger::altered_there(Side side, const Place& place, const std::string& after) {
  const PlugIn plug_in = terms_.plug_ins[place.column][side];
  if (plug_in == PlugIn::none) return false;
  std::string from;
  bool found = plug_in == PlugIn::fill && altered(plug_in, from) == after;
  for (const auto& [value, origin] : origins_[place]) {
    if (found || value == after || altered(plug_in, value) != after) continue;
    from = value;
    found = true;
  }
  if (!found) return false;
  const Origin source_of = origins_[place].contains(from) ? origins_[place][from] : Origin{side, 0};
  if (source_of.side != side) history_.carried(place, side, source_of.number);
  // Nobody typed it, and whoever typed what it was made of got what the service makes of it.
  outstanding_[place].erase(from);
  set(side, place, after);
  outstanding_[place].erase(after);
  // It is as old as what it was made of.
  if (const auto source = written(place, other(side), from)) spans_[place][after][side]->first = source->first;
  return true;
}

void Ledger::note_versions(Side side, const Image& image, const std::map<std::string, std::string>& etags,
                           Author author) {
  chronicle_.note(side, image, etags, author, ++number_, now_());
}

void Ledger::note_known(Side side, const std::string& account, const std::string& etag) {
  const Chronicle::Version* const version = etag.empty() ? nullptr : chronicle_.version(side, account, etag);
  if (version == nullptr) return;
  Number& known = known_from_[side][account];
  known = std::max(known, version->from);
}

void Ledger::note_step(Moment by, bool daemons) {
  const Moment size = by < Moment(0) ? -by : by;
  steps_ += size;
  if (daemons) own_steps_ += size;
}

bool Ledger::doubted(const std::string& account, Moment until) const {
  return doubts_.any(account, until - request_lifetime - own_steps_, until);
}

std::optional<Ledger::Span> Ledger::written(const Place& place, Side side, const std::string& value) const {
  const auto at_place = spans_.find(place);
  if (at_place == spans_.end()) return std::nullopt;
  const auto of_value = at_place->second.find(value);
  return of_value == at_place->second.end() ? std::nullopt : of_value->second[side];
}

std::optional<Moment> Ledger::last_edit(const std::string& account, Side side, Moment until) const {
  const auto edits = edits_of_[side].find(account);
  if (edits == edits_of_[side].end()) return std::nullopt;
  const auto after = std::ranges::upper_bound(edits->second, until);
  return after == edits->second.begin() ? std::nullopt : std::optional<Moment>(*std::prev(after));
}

bool Ledger::removed(const std::string& account, Side side) const {
  const auto record = records_.find(account);
  return record != records_.end() && record->second.removed[side];
}

/// Also a column that is decided on together with it.
bool Ledger::touched(const Place& place, Side side) const {
  const auto record = records_.find(place.account);
  if (record == records_.end()) return false;
  for (std::size_t column = 0; column < columns; ++column) {
    if (terms_.same_group(place.column, column) && record->second.touched[column][side]) return true;
  }
  return false;
}

void Ledger::daemon_changed(Side side, const Image& before, const Image& after, Moment sent, const Image& there) {
  ++number_;
  for (const auto& [account, cells] : after) {
    const auto was = before.find(account);
    const Cells old = was == before.end() ? Cells{} : was->second;
    if (was == before.end()) {
      Record& record = records_[account];
      // A create that was on its way when the row was deleted puts it back, before anything came of the deletion: to
      // whoever looks now, nothing has happened.
      if (record.gone[side] && sent < record.removed_at && there.contains(account)) record.removed_last = false;
      record.gone[side] = false;
      history_.made(account, side, number_);
    }
    if (was != before.end() && old == cells) continue;
    ++daemon_writes_;
    for (std::size_t column = 0; column < columns; ++column)
      look_at(side, {account, column}, old[column], cells[column]);
  }
  for (const auto& [account, cells] : before) {
    if (after.contains(account)) continue;
    ++daemon_writes_;
    history_.taken_away(account, side, number_);
  }
}

void Ledger::daemon_wrote_nothing(Side side, const std::string& account) {
  violate("O5 no echo", account + " in " + std::string(to_string(side)) + " was written again as it was");
}

void Ledger::lost(const LostValue& value) {
  logged_[value.place].insert(value.value);
  const std::string what =
      text(value.place) + ": \"" + value.value + "\" is journalled as lost, and nobody on the other side ";
  if (!touched(value.place, other(value.side))) {
    violate("O11 no needless loss", what + "ever touched the column");
  } else if (needless(value)) {
    violate("O11 no needless loss", what + "edited the column without knowing of it");
  }
}

bool Ledger::needless(const LostValue& value) const {
  const std::string& account = value.place.account;
  if (value.in_doubt || doubted(account, value.until) || altered_in_group(value.place.column)) return false;
  const bool removed_ever = removed(account, Side::finops) || removed(account, Side::dataverse);
  // A row that was left alone is its own side's, whoever wrote its values.
  if (terms_.deletion == DeletePolicy::uncouple && removed_ever) return false;
  bool typed = false;
  for (const Edit& edit : history_.of(value.place, value.side)) {
    if (edit.value != value.value || edit.at > value.until) continue;
    typed = true;
    if (history_.met_any(value.place, edit, value.until)) return false;
  }
  return typed;
}

bool Ledger::altered_in_group(std::size_t column) const {
  for (std::size_t each = 0; each < columns; ++each) {
    if (terms_.same_group(column, each) && terms_.alters(each)) return true;
  }
  return false;
}

void Ledger::judge(const PerSide<Image>& last, const Settlement& settlement) {
  for (const Side side : both_sides) {
    for (const auto& [account, cells] : last[side]) {
      const auto there = last[other(side)].find(account);
      if (there == last[other(side)].end()) {
        judge_alone(account, side, settlement);
      } else if (side == Side::finops) {
        judge_pair(account, PerSide<Cells>(cells, there->second), settlement);
      }
    }
  }
  judge_values(last);
  for (const auto& [account, record] : records_) {
    const bool exists = last[Side::finops].contains(account) && last[Side::dataverse].contains(account);
    if (!record.removed_last || !exists) continue;
    const bool may_lose = terms_.deletion == DeletePolicy::edit_restores || terms_.deletion == DeletePolicy::manual;
    const auto [first, end] = settlement.lost_deletions.equal_range(account);
    const bool lost = std::any_of(first, end, [&](const auto& line) {
      return line.second.deleter == record.removed_by && line.second.until >= record.removed_at;
    });
    if (may_lose && lost) continue;  // whether it rightly did is asked of the journal (O12)
    violate("O3 no resurrection", account + " exists, although the last that anybody did was to delete it");
  }
}

void Ledger::judge_values(const PerSide<Image>& last) {
  for (const auto& [place, values] : outstanding_) {
    for (const std::string& value : values) {
      if (holds(last[Side::finops], place, value) || holds(last[Side::dataverse], place, value)) continue;
      if (logged_[place].contains(value) || value.empty()) continue;
      // What a plug-in made of it was there already when it was carried over.
      const bool became = std::ranges::any_of(both_sides, [&](Side side) {
        const std::string made = altered(terms_.plug_ins[place.column][side], value);
        return made != value && holds(last[side], place, made);
      });
      if (became) continue;
      violate("O2 no silent loss", text(place) + ": \"" + value + "\" is gone, and no journal line says so");
    }
  }
}

/// A row without a counterpart: only where a deletion uncoupled it.
void Ledger::judge_alone(const std::string& account, Side side, const Settlement& settlement) {
  const std::string where = account + " is only in " + std::string(to_string(side));
  const bool uncouples = terms_.deletion == DeletePolicy::uncouple;
  if (!uncouples || !settlement.uncoupled.contains(account)) {
    violate("O1 convergence", where);
  } else if (!records_[account].gone[other(side)]) {
    violate("O1 convergence", where + " and uncoupled, and nobody deleted it on the other side");
  }
}

void Ledger::judge_pair(const std::string& account, const PerSide<Cells>& cells, const Settlement& settlement) {
  if (settlement.uncoupled.contains(account)) violate("O1 convergence", account + " has two rows and is uncoupled");
  for (std::size_t column = 0; column < columns; ++column) {
    const std::string& in_finops = cells[Side::finops][column];
    const std::string& in_dataverse = cells[Side::dataverse][column];
    if (in_finops == in_dataverse) continue;
    violate("O1 convergence",
            text({account, column}) + " is \"" + in_finops + "\" in F&O and \"" + in_dataverse + "\" in Dataverse");
  }
  if (cells[Side::finops] == cells[Side::dataverse]) judge_groups(account, cells[Side::finops], settlement);
}

/// Where both sides edited a group without knowing of each other, one of them has it all.
void Ledger::judge_groups(const std::string& account, const Cells& cells, const Settlement& settlement) {
  if (settlement.chosen.contains(account)) return;
  for (std::size_t one = 0; one < columns; ++one) {
    const Edit* const mine = last_typed({account, one}, cells[one]);
    if (mine == nullptr || altered_in_group(one)) continue;
    for (const Edit* const theirs : history_.met_by({account, one}, *mine, now_())) {
      for (std::size_t two = one + 1; two < columns; ++two) {
        if (!terms_.same_group(one, two) || last_typed({account, two}, cells[two]) != theirs || theirs->hidden)
          continue;
        violate("O14 one group", text({account, one}) + " \"" + mine->value + "\" of " +
                                     std::string(to_string(mine->side)) + " stands beside " + text({account, two}) +
                                     " \"" + theirs->value + "\" of " + std::string(to_string(theirs->side)) +
                                     ", and neither knew of the other");
      }
    }
  }
}

/// nullptr where nothing tells it from no edit, or both sides typed it.
const Edit* Ledger::last_typed(const Place& place, const std::string& value) const {
  const Edit* found = nullptr;
  for (const Side side : both_sides) {
    const Edit* const edit = history_.last(place, side, value, now_());
    if (edit == nullptr) continue;
    if (found != nullptr || edit->hidden || edit->replaced != never) return nullptr;
    found = edit;
  }
  return found;
}

}  // namespace dualwrite::simulation
