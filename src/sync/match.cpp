// A new record that the other side may know under another key: the map's `match` lists say by which columns. Found
// nothing, it is created; found one row, the two are coupled under F&O's key; found several, a person is asked.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/translate.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

using Candidates = std::vector<std::vector<Observation>>;

bool same(const Value& a, const Value& b) {
  return a == b || (!a.is_null() && !b.is_null() && ascii_lower(a.text()) == ascii_lower(b.text()));
}

}  // namespace

Task<void> Round::match() {
  if (map_.map().match.empty()) co_return;
  for (const Side side : both_sides) co_await match_side(side);
  for (Item& item : items_) {
    const bool ended = item.fate == Fate::open || item.fate == Fate::done;
    if (!ended || !item.dirt.told) continue;
    // It is no longer that record's: the record may be found by another row alone now.
    tell(item.dirt.told->key);
    item.dirt.told.reset();
  }
}

void Round::tell(const RecordKey& key) {
  Dirt dirt;
  dirt.dirty = {true, true};
  dirt.read_both = true;
  map_.lanes().adopt(key, std::move(dirt));
}

/// Records that have a row on `side` only, of which nothing is known.
Task<void> Round::match_side(Side side) {
  const Side away = other(side);
  std::vector<std::size_t> open;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    const Item& item = items_[index];
    const bool fresh = item.fate == Fate::open && !item.trouble && !item.moved_to && !is_ours(item.coupling) &&
                       !item.coupling.tombstone;
    if (fresh && item.seen[side].row && !item.seen[away].row && item.read[away]) open.push_back(index);
  }
  for (const std::vector<std::size_t>& columns : map_.map().match) {
    if (open.empty()) co_return;
    open = co_await match_by(side, columns, std::move(open));
  }
}

/// Returns those for which nothing was found.
Task<std::vector<std::size_t>> Round::match_by(Side side, const std::vector<std::size_t>& columns,
                                               std::vector<std::size_t> items) {
  const Side away = other(side);
  std::vector<std::size_t> asked;
  std::vector<std::size_t> unmatched;
  std::vector<endpoint::MatchQuery> queries;
  for (const std::size_t index : items) {
    endpoint::MatchQuery query;
    query.record = items_[index].key;
    for (const std::size_t column : columns) {
      const Value& value = (*items_[index].seen[side].row)[column];
      if (!value.is_null() && !value.is_absent()) query.cells.emplace_back(column, value);
    }
    if (query.cells.size() < columns.size()) {
      unmatched.push_back(index);  // blank identifies nothing
      continue;
    }
    asked.push_back(index);
    queries.push_back(std::move(query));
  }
  if (asked.empty()) co_return unmatched;
  auto replies = co_await services_.endpoint(away).find(map_.map(), std::move(queries));
  Candidates found(asked.size());
  std::vector<std::string> keys;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    Item& item = items_[asked[at]];
    const std::optional<Error> error = replies ? (*replies)[at].error : std::optional<Error>(replies.error());
    if (error) {
      map_.fault(MapRuntime::Source::reading, error->text());
      item.fate = Fate::delayed;
      continue;
    }
    for (endpoint::RowRead& read : (*replies)[at].rows) {
      auto row = matching(item, away, columns, read);
      if (!row) continue;
      keys.push_back(row->key);
      found[at].push_back(std::move(*row));
    }
  }
  auto heads = co_await services_.store.heads_by_endpoint_key(map_.id(), away, keys);
  if (!heads) map_.fault(MapRuntime::Source::store, heads.error().text());
  std::size_t next = 0;
  for (std::size_t at = 0; at < asked.size(); ++at) {
    Item& item = items_[asked[at]];
    std::vector<Observation> free;
    for (Observation& row : found[at]) {
      const bool taken = heads && (*heads)[next] && (*heads)[next]->present[away];
      ++next;
      if (!taken) free.push_back(std::move(row));
    }
    if (!heads) item.fate = Fate::delayed;
    if (item.fate != Fate::open) continue;
    if (free.empty()) {
      unmatched.push_back(asked[at]);
    } else {
      take_match(item, away, std::move(free));
    }
  }
  co_return unmatched;
}

/// The row that was found, if it does hold those values: a service may compare in ways of its own.
std::optional<Observation> Round::matching(const Item& item, Side side, const std::vector<std::size_t>& columns,
                                           endpoint::RowRead& read) const {
  if (read.kind != endpoint::RowRead::Kind::present) return std::nullopt;
  auto row = maps::to_row(map_.map(), side, read.entity);
  if (!row) return std::nullopt;
  const Row& wanted = *item.seen[other(side)].row;
  const bool equal =
      std::ranges::all_of(columns, [&](std::size_t column) { return same(wanted[column], (*row)[column]); });
  if (!equal) return std::nullopt;
  Observation seen;
  seen.row = std::move(*row);
  seen.key = std::move(read.key);
  seen.row_id = services_.endpoint(side).row_id(map_.map(), read.entity);
  seen.token = read.entity.etag;
  seen.time = services_.endpoint(side).modified(map_.map(), read.entity);
  if (seen.time.source == TimeSource::none) {
    seen.time = EditTime(map_.last_scan_start[side], services_.clock.now(), TimeSource::window);
  }
  return seen;
}

void Round::take_match(Item& item, Side side, std::vector<Observation> found) {
  if (found.size() > 1) {
    std::string names;
    for (const Observation& row : found) {
      const auto key = maps::key_of(map_.map(), *row.row);
      names += (names.empty() ? "" : ", ") + (key ? key->text() + " (" + row.key + ")" : row.key);
    }
    const Error error(
        Errc::invalid,
        "several rows in " + std::string(to_string(side)) + " may be the record " + item.key.text() + ": " + names,
        "give the right one this record's key, or correct the others; then replay");
    cannot_observe(item, side, store::DeadLetterClass::duplicate, error);
    return;
  }
  if (side == Side::dataverse) {
    item.seen[side] = std::move(found.front());
    item.taken_in = true;
    return;
  }
  // F&O's key names the record, because F&O renames no rows: its lane couples the two. This one waits until its row is
  // that record's, or until the other is somebody else's.
  const auto key = maps::key_of(map_.map(), *found.front().row);
  if (!key) return;
  item.fate = Fate::delayed;
  std::optional<Told>& told = item.dirt.told;
  const Token& token = found.front().token;
  if (told && told->key == *key && !token.empty() && told->token == token) return;
  if (told && told->key != *key) tell(told->key);
  tell(*key);
  told.emplace(*key, token);
}

}  // namespace dualwrite::sync
