#include "simulation/ledger.hpp"

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
  if (held_[place][side].insert(value).second) outstanding_[place].insert(value);
  origins_[place][value] = Origin{side, ++number_};
  records_[place.account].touched[place.column][side] = true;
}

void Ledger::wrote(Side side, const Place& place, const std::string& before, const std::string& value) {
  ++edits_;
  if (before == value) return;  // retyped as it stands: no service tells that from nothing, so nobody is promised it
  outstanding_[place].erase(before);
  set(side, place, value);
  records_[place.account].removed_last = false;
}

void Ledger::created(Side side, const std::string& account, const Cells& cells) {
  ++edits_;
  for (std::size_t column = 0; column < columns; ++column) set(side, {account, column}, cells[column]);
  records_[account].removed_last = false;
}

void Ledger::removed(Side side, const std::string& account, const Cells& cells, bool coupled) {
  ++edits_;
  Record& record = records_[account];
  record.removed_last = coupled;
  for (std::size_t column = 0; column < columns; ++column) {
    outstanding_[{account, column}].erase(cells[column]);
    record.touched[column][side] = true;
    // A new incarnation starts its columns anew.
    newest_.erase({account, column});
  }
}

void Ledger::look_at(Side side, const Place& place, const std::string& before, const std::string& after) {
  if (before == after || after.empty()) return;
  held_[place][side].insert(after);
  const auto& known = origins_[place];
  const auto origin = known.find(after);
  if (origin == known.end()) {
    violate("O4 no phantom", text(place) + " became \"" + after + "\", which nobody wrote there");
    return;
  }
  if (origin->second.side == side) return;
  std::int64_t& newest = newest_[place][side];
  if (origin->second.number < newest) {
    violate("O7 order", text(place) + " went back to \"" + after + "\" after a later value of the same side");
  }
  newest = std::max(newest, origin->second.number);
}

void Ledger::daemon_changed(Side side, const Image& before, const Image& after) {
  for (const auto& [account, cells] : after) {
    const auto was = before.find(account);
    const Cells old = was == before.end() ? Cells{} : was->second;
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
  const Record& record = records_[place.account];
  if (!record.touched[place.column][other(side)]) {
    violate("O11 no needless loss", text(place) + ": \"" + value +
                                        "\" is journalled as lost, and nobody on the other "
                                        "side ever touched the column");
  }
}

void Ledger::judge(const PerSide<Image>& last) {
  for (const Side side : both_sides) {
    for (const auto& [account, cells] : last[side]) {
      const auto there = last[other(side)].find(account);
      if (there == last[other(side)].end()) {
        violate("O1 convergence", account + " is only in " + std::string(to_string(side)));
      } else if (side == Side::finops && there->second != cells) {
        for (std::size_t column = 0; column < columns; ++column) {
          if (cells[column] == there->second[column]) continue;
          violate("O1 convergence", text({account, column}) + " is \"" + cells[column] + "\" in F&O and \"" +
                                        there->second[column] + "\" in Dataverse");
        }
      }
    }
  }
  for (const auto& [place, values] : outstanding_) {
    for (const std::string& value : values) {
      if (holds(last[Side::finops], place, value) || holds(last[Side::dataverse], place, value)) continue;
      if (logged_[place].contains(value) || value.empty()) continue;
      violate("O2 no silent loss", text(place) + ": \"" + value + "\" is gone, and no journal line says so");
    }
  }
  for (const auto& [account, record] : records_) {
    const bool exists = last[Side::finops].contains(account) && last[Side::dataverse].contains(account);
    if (record.removed_last && exists) {
      violate("O3 no resurrection", account + " exists, although the last that anybody did was to delete it");
    }
  }
}

}  // namespace dualwrite::simulation
