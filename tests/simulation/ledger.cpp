#include "simulation/ledger.hpp"

#include <algorithm>
#include <iterator>

namespace dualwrite::simulation {

const std::array<const char*, columns> column_names{"VendorOrganizationName", "CreditRating", "DUNSNumber"};

namespace {

constexpr std::size_t violations_max = 50;

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
  // A value that stood there before may be the one that the daemon saw last: then nothing tells the edit from none.
  const bool first_time = held_[place][side].insert(value).second;
  // Nor does anything tell it from our own write of a value that whoever deleted the other row had before his eyes.
  const bool deleted_there = records_[place.account].gone[other(side)] && held_[place][other(side)].contains(value);
  if (first_time && !deleted_there) outstanding_[place].insert(value);
  origins_[place][value] = Origin{side, ++number_};
  std::optional<Span>& span = spans_[place][value][side];
  if (!span) span = Span{now_(), {}};
  span->last = now_();
  edits_of_[side][place.account].push_back(now_());
  records_[place.account].touched[place.column][side] = true;
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
  standing_[side].erase(account);
  record.removed[side] = true;
  record.removed_at = now_();
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
  if (before == after || after.empty()) return;
  // What the other side's plug-in made of a value comes back in its place.
  if (altered(terms_.plug_ins[place.column][other(side)], before) == after) outstanding_[place].erase(before);
  if (altered_there(side, place, after)) return;
  held_[place][side].insert(after);
  const auto& known = origins_[place];
  const auto origin = known.find(after);
  if (origin == known.end()) {
    violate("O4 no phantom", text(place) + " became \"" + after + "\", which nobody wrote there");
    return;
  }
  if (origin->second.side == side) return;
  if (terms_.rewrites(place.column)) return;  // the same two values follow each other again and again
  std::int64_t& newest = newest_[place][side];
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
  // Nobody typed it, and whoever typed what it was made of got what the service makes of it.
  outstanding_[place].erase(from);
  set(side, place, after);
  outstanding_[place].erase(after);
  // It is as old as what it was made of.
  if (const auto source = written(place, other(side), from)) spans_[place][after][side]->first = source->first;
  return true;
}

void Ledger::note_versions(Side side, const Image& image, const std::map<std::string, std::string>& etags) {
  for (const auto& [account, etag] : etags) {
    versions_[side][account][etag] = image.at(account);
    standing_[side][account].insert(etag);
  }
  std::erase_if(standing_[side], [&](const auto& row) { return !etags.contains(row.first); });
}

bool Ledger::stands(Side side, const std::string& account, const std::string& etag) const {
  const auto row = standing_[side].find(account);
  return row != standing_[side].end() && row->second.contains(etag);
}

std::optional<Ledger::Span> Ledger::written(const Place& place, Side side, const std::string& value) const {
  const auto at_place = spans_.find(place);
  if (at_place == spans_.end()) return std::nullopt;
  const auto of_value = at_place->second.find(value);
  return of_value == at_place->second.end() ? std::nullopt : of_value->second[side];
}

std::optional<Ledger::Moment> Ledger::last_edit(const std::string& account, Side side, Moment until) const {
  const auto edits = edits_of_[side].find(account);
  if (edits == edits_of_[side].end()) return std::nullopt;
  const auto after = std::ranges::upper_bound(edits->second, until);
  return after == edits->second.begin() ? std::nullopt : std::optional<Moment>(*std::prev(after));
}

bool Ledger::held(const Place& place, Side side, const std::string& value) const {
  const auto at_place = held_.find(place);
  return at_place != held_.end() && at_place->second[side].contains(value);
}

bool Ledger::removed(const std::string& account, Side side) const {
  const auto record = records_.find(account);
  return record != records_.end() && record->second.removed[side];
}

const Cells* Ledger::version(Side side, const std::string& account, const std::string& etag) const {
  const auto rows = versions_[side].find(account);
  if (rows == versions_[side].end()) return nullptr;
  const auto version = rows->second.find(etag);
  return version == rows->second.end() ? nullptr : &version->second;
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
  for (const auto& [account, cells] : after) {
    const auto was = before.find(account);
    const Cells old = was == before.end() ? Cells{} : was->second;
    if (was == before.end()) {
      Record& record = records_[account];
      // A create that was on its way when the row was deleted puts it back, before anything came of the deletion: to
      // whoever looks now, nothing has happened.
      if (record.gone[side] && sent < record.removed_at && there.contains(account)) record.removed_last = false;
      record.gone[side] = false;
    }
    if (was != before.end() && old == cells) continue;
    ++daemon_writes_;
    for (std::size_t column = 0; column < columns; ++column)
      look_at(side, {account, column}, old[column], cells[column]);
  }
  for (const auto& [account, cells] : before) {
    if (!after.contains(account)) ++daemon_writes_;
  }
}

void Ledger::daemon_wrote_nothing(Side side, const std::string& account) {
  violate("O5 no echo", account + " in " + std::string(to_string(side)) + " was written again as it was");
}

void Ledger::lost(const Place& place, const std::string& value, Side side) {
  logged_[place].insert(value);
  if (!touched(place, other(side))) {
    violate("O11 no needless loss", text(place) + ": \"" + value +
                                        "\" is journalled as lost, and nobody on the other "
                                        "side ever touched the column");
  }
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
  for (const auto& [account, record] : records_) {
    const bool exists = last[Side::finops].contains(account) && last[Side::dataverse].contains(account);
    const bool may_lose = terms_.deletion == DeletePolicy::edit_restores || terms_.deletion == DeletePolicy::manual;
    if (!record.removed_last || !exists || (may_lose && settlement.restored.contains(account))) continue;
    violate("O3 no resurrection", account + " exists, although the last that anybody did was to delete it");
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
}

}  // namespace dualwrite::simulation
