// A record whose key has changed on one side: its coupling follows it to the new key, and the other side's row is
// renamed where its service permits. A row is known by what stays of it: a Dataverse row by its GUID, an F&O row by its
// RecId. The record's old lane does it, while the new key's lane is claimed; then the new lane goes on.
#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/odata/payload.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

using Moved = std::vector<std::pair<std::size_t, store::CouplingHead>>;

std::string name_of(Side side) {
  return side == Side::finops ? "finance and operations" : "Dataverse";
}

std::string shadow_key(const maps::TableMap& map, const SideState& state) {
  if (!state.shadow) return {};
  const auto key = maps::key_of(map, *state.shadow);
  return key ? key->text() : std::string();
}

store::JournalEntry renamed_line(const RecordRef& record, Side side, const RecordKey& from, const RecordKey& to,
                                 Instant now) {
  store::JournalEntry entry = line(record, store::JournalKind::renamed, side, "key-changed", now);
  entry.detail.clear();
  odata::ObjectWriter writer(entry.detail);
  writer.member("from", Value::string(from.text()));
  writer.member("to", Value::string(to.text()));
  writer.close();
  return entry;
}

}  // namespace

/// The row still has the key under which it was last seen: the record was renamed on the other side, or coupled by
/// other columns, and that has not reached this row.
bool Round::lags_behind(const Item& item, Side side, const RecordKey& key) const {
  return shadow_key(map_.map(), item.coupling.sides[side]) == key.text();
}

void Round::key_trouble(Item& item, Side side, std::string error, std::string hint) {
  const Error what(Errc::invalid, std::move(error), std::move(hint));
  cannot_observe(item, side, store::DeadLetterClass::key_changed, what);
}

Task<void> Round::find_kin() {
  for (const Side side : both_sides) co_await find_kin(side);
}

Task<void> Round::find_kin(Side side) {
  std::vector<std::size_t> asked;
  std::vector<std::string> keys;
  std::vector<std::string> row_ids;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    const Item& item = items_[index];
    if (item.fate != Fate::open || item.trouble || is_ours(item.coupling) || !item.seen[side].row) continue;
    asked.push_back(index);
    keys.push_back(item.seen[side].key);
    row_ids.push_back(item.seen[side].row_id);
  }
  if (asked.empty()) co_return;
  auto by_key = co_await services_.store.heads_by_endpoint_key(map_.id(), side, std::move(keys));
  auto by_row = co_await services_.store.heads_by_row_id(map_.id(), side, std::move(row_ids));
  if (!by_key || !by_row) {
    map_.fault(MapRuntime::Source::store, (by_key ? by_row.error() : by_key.error()).text());
    for (const std::size_t index : asked) items_[index].fate = Fate::delayed;
    co_return;
  }
  Moved moved;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    Item& item = items_[asked[at]];
    const std::optional<store::CouplingHead>& same_key = (*by_key)[at];
    const std::optional<store::CouplingHead>& same_row = (*by_row)[at];
    if (same_key && same_key->present[side] && same_key->key != item.key) {
      hand_over(item, side, *same_key);
    } else if (same_row && same_row->key != item.key &&
               maps::company_of(map_.map(), same_row->key) == maps::company_of(map_.map(), item.key)) {
      moved.emplace_back(asked[at], *same_row);
    }
  }
  if (!moved.empty()) co_await confirm_moved(side, std::move(moved));
}

/// A row is taken for another one's new name only if there is none under the old name.
Task<void> Round::confirm_moved(Side side, Moved moved) {
  std::vector<endpoint::RowAddress> rows;
  for (const auto& [index, head] : moved) rows.emplace_back(head.endpoint_keys[side], head.key);
  auto reads = co_await services_.endpoint(side).read(map_.map(), std::move(rows));
  for (std::size_t at = 0; at < moved.size(); ++at) {
    Item& item = items_[moved[at].first];
    const auto kind = reads ? (*reads)[at].kind : endpoint::RowRead::Kind::failed;
    if (kind == endpoint::RowRead::Kind::missing) {
      hand_over(item, side, moved[at].second);
    } else if (kind == endpoint::RowRead::Kind::failed) {
      item.fate = Fate::delayed;
    }
  }
  if (!reads) map_.fault(MapRuntime::Source::reading, reads.error().text());
}

/// The marks of a key that another record's row has taken go to that record.
void Round::hand_over(Item& item, Side side, const store::CouplingHead& head) {
  Dirt dirt;
  dirt.dirty[side] = true;
  if (side == Side::dataverse) dirt.dataverse_key = item.seen[side].key;
  if (side == Side::finops && item.seen[side].key != head.endpoint_keys[side]) dirt.finops_key = item.seen[side].key;
  // A row of its own on the other side has to wait until the other record has found its place.
  const Observation& away = item.seen[other(side)];
  const bool own_row = away.row && away.key != head.endpoint_keys[other(side)];
  if (own_row) {
    item.fate = Fate::delayed;
  } else {
    dirt.marks = std::move(item.dirt.marks);
    dirt.time = item.dirt.time;
    dirt.captured = item.dirt.captured;
    dirt.initial = item.dirt.initial;
    dirt.read_both = item.dirt.read_both;
    item.fate = Fate::handed_over;
  }
  const auto here = std::ranges::find(items_, head.key, &Item::key);
  if (here != items_.end() && here->fate == Fate::open) {
    here->dirt.merge(std::move(dirt));
    here->dirt.deleted[side] = false;  // the row is not gone: it has another name
    here->fate = Fate::again;
  } else {
    map_.lanes().adopt(head.key, std::move(dirt));
  }
}

Task<void> Round::judge_moves() {
  std::vector<std::size_t> asked;
  std::vector<RecordRef> records;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    Item& item = items_[index];
    if (item.fate != Fate::open || item.trouble || !item.moved_to) continue;
    if (!item.coupling.agreed) {
      // Nothing is coupled under this key: what was marked is the other one's.
      Dirt dirt = std::move(item.dirt);
      for (const Side side : both_sides) dirt.seen[side].reset();
      map_.lanes().adopt(*item.moved_to, std::move(dirt));
      item.fate = Fate::handed_over;
      continue;
    }
    if (!map_.lanes().claim(*item.moved_to)) {
      item.fate = Fate::delayed;
      continue;
    }
    item.claimed = true;
    asked.push_back(index);
    records.emplace_back(map_.id(), *item.moved_to);
  }
  if (asked.empty()) co_return;
  auto couplings = co_await services_.store.couplings(std::move(records));
  if (!couplings) map_.fault(MapRuntime::Source::store, couplings.error().text());
  for (std::size_t at = 0; at < asked.size(); ++at) {
    Item& item = items_[asked[at]];
    if (couplings) judge_move(item, (*couplings)[at]);
    if (!couplings) item.fate = Fate::delayed;
  }
}

void Round::judge_move(Item& item, const std::optional<Coupling>& there) {
  const Side side = item.moved_on;
  const std::string change = "the key of the row in " + name_of(side) + " has changed from " + item.key.text() +
                             " to " + item.moved_to->text();
  if (there && (there->agreed || there->sides[side].shadow || there->sides[other(side)].shadow)) {
    key_trouble(item, side, change + ", and there is a record with that key already",
                "change one of the two keys; if both are the same, delete one of the rows");
  } else if (!maps::in_scope(map_.map(), *item.seen[side].row)) {
    key_trouble(item, side, change + ", which is outside of the map's companies", "change it back");
  } else if (shadow_key(map_.map(), item.coupling.sides[side]) != item.key.text()) {
    key_trouble(item, side, change + ", while the record was renamed on the other side", "give both rows the same key");
  } else if (there) {
    item.coupling.incarnation = std::max(item.coupling.incarnation, there->incarnation + 1);
  }
}

/// The coupling goes to the new key. What else has changed is for the round under that key.
void Round::rename(Item& item, store::Transaction& transaction, Instant now) {
  const Side side = item.moved_on;
  const RecordRef before = ref(item);
  const RecordRef after(map_.id(), *item.moved_to);
  Coupling next = item.coupling;
  next.record = after;
  next.sides[side].key = item.seen[side].key;
  for (const std::size_t column : map_.map().key_columns()) {
    (*next.agreed)[column] = Agreed((*item.seen[side].row)[column], item.seen[side].time, side);
  }
  transaction.forget(before);
  transaction.put(std::move(next));
  for (const RecordRef& record : {before, after}) {
    transaction.journal(renamed_line(record, side, before.key, after.key, now));
  }
  for (const Side each : both_sides) {
    if (map_.letter(item.key, each) == Letter::none) continue;
    transaction.close_dead_letter(before, each, store::DeadLetterState::resolved, "renamed", now);
    note_letter(item, each, Letter::none);
  }
  services_.log->info("record renamed map={} side={} from=\"{}\" to=\"{}\"", map_.map().name, to_string(side),
                      before.key.text(), after.key.text());
  item.fate = Fate::renamed;
}

/// The marks are settled under the new key.
void Round::give_to_new_key(Item& item) {
  Dirt dirt = std::move(item.dirt);
  dirt.finops_key.clear();
  dirt.attempts = 0;
  for (const Side side : both_sides) {
    dirt.seen[side].reset();
    dirt.dirty[side] = true;
    dirt.deleted[side] = false;
  }
  map_.touch(*item.moved_to);
  map_.lanes().adopt(*item.moved_to, std::move(dirt));
  map_.lanes().done(item.key);
}

void Round::tell_stuck(Item& item, store::Transaction& transaction, Instant now) {
  if (!item.plan.key_stuck) return;
  const Side side = *item.plan.key_stuck;
  const bool told = map_.letter(item.key, side) != Letter::none && !item.dirt.read_both;
  if (told) return;
  const std::string there = shadow_key(map_.map(), item.plan.next.sides[side]);
  Trouble trouble;
  trouble.side = side;
  trouble.error_class = store::DeadLetterClass::key_changed;
  trouble.error = "the key has changed from " + there + " to " + item.key.text() + " in " + name_of(other(side)) +
                  ", and " + name_of(side) + " renames no rows through its service";
  trouble.hint = "rename the row in " + name_of(side) + " itself, or change the key back in " + name_of(other(side)) +
                 "; all other columns go on";
  const PerSide<std::optional<Row>> rows(item.seen[Side::finops].row, item.seen[Side::dataverse].row);
  transaction.dead_letter(dead_letter(map_.map(), ref(item), trouble, {}, rows, now));
  transaction.journal(line(ref(item), store::JournalKind::refused, side, trouble.error, now));
  note_letter(item, side, Letter::trouble);
  services_.log->warn("record needs a person map={} record=\"{}\" side={} class={} why=\"{}\"", map_.map().name,
                      item.key.text(), to_string(side), store::to_string(trouble.error_class), trouble.error);
}

}  // namespace dualwrite::sync
