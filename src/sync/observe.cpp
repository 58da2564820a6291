// Observe: what both sides hold, from the row that came with the change, from the shadow of a side that nobody touched
// (the write's If-Match verifies it), or from a keyed read.
#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

/// A row whose read is answered with a failure so many times needs a person.
constexpr int reads_max = 10;

bool holds_news(const Coupling& coupling, const Row& shadow) {
  if (!coupling.agreed) return true;
  for (std::size_t column = 0; column < shadow.size(); ++column) {
    if (shadow[column] != (*coupling.agreed)[column].value) return true;
  }
  return false;
}

}  // namespace

bool is_ours(const Coupling& coupling) {
  if (coupling.agreed) return true;
  for (const Side side : both_sides) {
    if (coupling.sides[side].shadow || !coupling.sides[side].intents.empty()) return true;
  }
  return false;
}

Task<void> Round::observe() {
  for (const Side side : both_sides) co_await observe_side(side);
  for (Item& item : items_) {
    const bool there = item.seen[Side::finops].row || item.seen[Side::dataverse].row;
    const bool left_out = there && !item.taken_in && !is_ours(item.coupling) && !item.moved_to;
    // The filters leave out every row that it has: decide drops its marks.
    if (item.fate == Fate::open && !item.trouble && left_out) item.fate = Fate::done;
  }
}

/// True if the marks name another Dataverse row than the coupled one, or two different ones. A GUID is not taken on
/// trust for a key: a user may have made a duplicate, whose deletion must not delete the record.
bool Round::names_another_row(const Item& item, Side side) const {
  if (side != Side::dataverse) return false;
  if (item.dirt.ask_by_key) return true;
  const SideState& state = item.coupling.sides[side];
  return state.shadow && !item.dirt.dataverse_key.empty() && item.dirt.dataverse_key != state.key;
}

bool Round::take_known(Item& item, Side side) {
  if (item.dirt.read_both || names_another_row(item, side)) return false;
  if (item.dirt.seen[side]) {
    item.taken_in = item.taken_in || item.dirt.seen[side]->taken_in;
    item.seen[side] = std::move(item.dirt.seen[side]->row);
    item.dirt.seen[side].reset();
    item.read[side] = true;
    return true;
  }
  const SideState& state = item.coupling.sides[side];
  if (item.dirt.dirty[side] || !item.stored || !state.intents.empty()) return false;
  if (item.coupling.held_deletion == side) return false;  // its shadow is what was deleted
  if (!item.coupling.agreed && !item.coupling.tombstone) return false;
  // An uncoupled row has moved on alone: where it meets a new counterpart, its edits have their times only by a read.
  if (item.coupling.uncoupled) return false;
  if (state.shadow && state.token.empty()) return false;
  Observation& seen = item.seen[side];
  seen.row = state.shadow;
  seen.token = state.token;
  seen.key = state.key;
  seen.row_id = state.row_id;
  // Where it holds what was never agreed on, somebody edited it, and nobody has kept when.
  if (state.shadow && holds_news(item.coupling, *state.shadow)) {
    seen.time = EditTime(Instant{}, services_.clock.now(), TimeSource::window);
  }
  return true;
}

Task<void> Round::observe_side(Side side) {
  std::vector<endpoint::RowAddress> rows;
  std::vector<std::size_t> asked;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    Item& item = items_[index];
    if (item.fate != Fate::open || item.trouble || take_known(item, side)) continue;
    const SideState& state = item.coupling.sides[side];
    std::string key;
    if (names_another_row(item, side)) {
      // Read by the record's key: that tells a duplicate from a row that was created again.
    } else if (side == Side::dataverse && !item.dirt.dataverse_key.empty()) {
      key = item.dirt.dataverse_key;
    } else if (side == Side::finops && !item.dirt.finops_key.empty()) {
      key = item.dirt.finops_key;
    } else if (state.shadow) {
      key = state.key;
    }
    rows.emplace_back(std::move(key), item.key);
    asked.push_back(index);
  }
  if (rows.empty()) co_return;
  auto reads = co_await services_.endpoint(side).read(map_.map(), std::move(rows));
  if (!reads) {
    map_.fault(MapRuntime::Source::reading, reads.error().text());
    for (const std::size_t index : asked) items_[index].fate = Fate::delayed;
    co_return;
  }
  map_.fine(MapRuntime::Source::reading);
  for (std::size_t at = 0; at < asked.size(); ++at) take_read(items_[asked[at]], side, std::move((*reads)[at]));
}

void Round::take_read(Item& item, Side side, endpoint::RowRead read) {
  Observation& seen = item.seen[side];
  item.read[side] = true;
  switch (read.kind) {
    case endpoint::RowRead::Kind::missing:
      if (side == Side::finops && !item.dirt.finops_key.empty()) {
        item.dirt.finops_key.clear();  // it has moved on from there, too
        item.fate = Fate::again;
        return;
      }
      seen.deletion_proven = item.dirt.deleted[side];
      if (item.coupling.sides[side].shadow) set_time(item, side, nullptr);  // of its deletion
      return;
    case endpoint::RowRead::Kind::failed: {
      const Error error = read.error.value_or(Error(Errc::in_doubt, "no reply"));
      const bool hopeless = error.code() == Errc::invalid || error.code() == Errc::forbidden ||
                            ++item.dirt.answered_failures >= reads_max;
      if (hopeless) {
        cannot_observe(item, side, store::DeadLetterClass::unreadable, error);
      } else {
        item.fate = Fate::delayed;
      }
      return;
    }
    case endpoint::RowRead::Kind::present:
      break;
  }
  auto row = maps::to_row(map_.map(), side, read.entity);
  if (!row) {
    cannot_observe(item, side, store::DeadLetterClass::unmappable, row.error());
    return;
  }
  if (!maps::in_scope(map_.map(), *row) && !is_ours(item.coupling)) {
    item.fate = Fate::done;  // never ours to sync: decide drops its marks
    return;
  }
  auto key = maps::key_of(map_.map(), *row);
  if (!key) {
    key_trouble(item, side, "the row's key has changed from " + item.key.text() + " to blank",
                "fill the key columns in again");
    return;
  }
  if (*key != item.key && !lags_behind(item, side, *key)) {
    item.moved_to = std::move(*key);
    item.moved_on = side;
  }
  const SideState& known = item.coupling.sides[side];
  const bool another_version = !known.token.empty() && read.entity.etag != known.token;
  const bool other_row = side == Side::dataverse ? read.key != known.key : item.dirt.deleted[side] && another_version;
  seen.replaced = known.shadow && other_row;
  item.taken_in = item.taken_in || maps::takes_in(map_.map(), side, read.entity);
  seen.row = std::move(*row);
  seen.key = std::move(read.key);
  seen.row_id = services_.endpoint(side).row_id(map_.map(), read.entity);
  seen.token = read.entity.etag;
  set_time(item, side, &read.entity);
  const bool same_version = known.shadow && !known.token.empty() && seen.token == known.token;
  if (item.coupling.uncoupled && same_version && seen.time.source == TimeSource::window) {
    // decide has kept the time at which a lone row was last found edited.
    seen.time.to = std::min(seen.time.to, item.coupling.tombstone.value_or(seen.time.to));
  }
}

void Round::set_time(Item& item, Side side, const odata::Entity* entity) {
  EditTime& time = item.seen[side].time;
  if (entity != nullptr) time = services_.endpoint(side).modified(map_.map(), *entity);
  if (time.source != TimeSource::none) return;
  time = item.dirt.time[side];
  const Instant now = services_.clock.now();
  if (time.source == TimeSource::none) time = EditTime(Instant{}, now, TimeSource::window);  // read without a mark
  // The row may have been edited again since it was marked, or since the event: what was read holds the last edit.
  time.to = std::max(time.to, now);
}

void Round::cannot_observe(Item& item, Side side, store::DeadLetterClass error_class, const Error& error) {
  Trouble trouble;
  trouble.side = side;
  trouble.error_class = error_class;
  trouble.error = error.message();
  trouble.hint = error.hint().empty() ? "correct the row, then replay" : error.hint();
  item.trouble = std::move(trouble);
}

}  // namespace dualwrite::sync
