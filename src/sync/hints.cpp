// From a Dataverse GUID to a record: by the coupling that holds it, else by reading the row.
#include <spdlog/logger.h>

#include <algorithm>
#include <iterator>

#include "dualwrite/maps/translate.hpp"
#include "sync/journal.hpp"
#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

constexpr std::size_t hints_batch = 200;
constexpr int reads_max = 10;

using Taken = std::vector<std::pair<std::string, Dirt>>;

Taken take_hints(MapRuntime& map) {
  Taken taken;
  auto& hints = map.hints();
  while (!hints.empty() && taken.size() < hints_batch) {
    auto node = hints.extract(hints.begin());
    taken.emplace_back(node.key(), std::move(node.mapped()));
  }
  return taken;
}

/// Back into the waiting line, with what was marked meanwhile.
void put_back(MapRuntime& map, Taken& taken) {
  for (auto& [key, dirt] : taken) {
    ++dirt.attempts;
    const auto found = map.hints().find(key);
    if (found != map.hints().end()) dirt.merge(std::move(found->second));
    map.hints()[key] = std::move(dirt);
  }
}

/// A row that cannot be read or translated becomes a dead letter under its GUID: its record is not known.
void give_up(MapRuntime& map, const std::string& guid, const Dirt& dirt, store::DeadLetterClass error_class,
             const Error& error, store::Transaction& transaction) {
  const RecordRef record(map.id(), RecordKey("@" + guid));
  Trouble trouble;
  trouble.side = Side::dataverse;
  trouble.error_class = error_class;
  trouble.error = error.message();
  trouble.hint = error.hint();
  const PerSide<std::optional<Row>> rows;
  transaction.dead_letter(dead_letter(map.map(), record, trouble, {}, rows, map.services().clock.now()));
  transaction.drop(dirt.marks);
}

/// What came of hints once the transaction is stored: nothing of it before, and after a failure they wait on.
struct Ends {
  Taken unread;  ///< to be read again
  Taken over;    ///< their marks are dropped
  std::vector<std::pair<RecordKey, Letter>> letters;
};

/// What a row that no coupling knows turned out to be.
void judge_row(MapRuntime& map, const std::string& guid, Dirt& dirt, endpoint::RowRead& read, std::uint64_t read_number,
               const Sighting& sighting, store::Transaction& transaction, Ends& ends) {
  Services& services = map.services();
  if (read.kind == endpoint::RowRead::Kind::failed) {
    const Error error = read.error.value_or(Error(Errc::in_doubt, "no reply"));
    const bool hopeless =
        error.code() == Errc::invalid || error.code() == Errc::forbidden || dirt.attempts >= reads_max;
    if (hopeless) {
      give_up(map, guid, dirt, store::DeadLetterClass::unreadable, error, transaction);
      ends.letters.emplace_back(RecordKey("@" + guid), Letter::trouble);
      ends.over.emplace_back(guid, std::move(dirt));
    } else {
      ends.unread.emplace_back(guid, std::move(dirt));
    }
    return;
  }
  auto row = maps::to_row(map.map(), Side::dataverse, read.entity);
  if (row && !maps::in_scope(map.map(), *row)) {
    transaction.drop(dirt.marks);
    ends.over.emplace_back(guid, std::move(dirt));
    return;
  }
  auto key = row ? maps::key_of(map.map(), *row) : Result<RecordKey>(std::unexpected(row.error()));
  if (!key) {
    give_up(map, guid, dirt, store::DeadLetterClass::unmappable, key.error(), transaction);
    ends.letters.emplace_back(RecordKey("@" + guid), Letter::trouble);
    ends.over.emplace_back(guid, std::move(dirt));
    return;
  }
  const RecordKey unresolved("@" + guid);
  if (map.letter(unresolved, Side::dataverse) != Letter::none) {
    const RecordRef record(map.id(), unresolved);
    transaction.close_dead_letter(record, Side::dataverse, store::DeadLetterState::resolved, "replayed",
                                  services.clock.now());
    ends.letters.emplace_back(unresolved, Letter::none);
  }
  SeenRow seen;
  seen.row.row = std::move(*row);
  seen.row.key = guid;
  seen.row.row_id = services.endpoint(Side::dataverse).row_id(map.map(), read.entity);
  seen.row.token = read.entity.etag;
  seen.row.time = services.endpoint(Side::dataverse).modified(map.map(), read.entity);
  if (seen.row.time.source == TimeSource::none) {
    seen.row.time = dirt.time[Side::dataverse];
    seen.row.time.to = std::max(seen.row.time.to, services.clock.now());  // it may have been edited again since
  }
  if (seen.row.time.source == TimeSource::none) {
    seen.row.time = EditTime(map.last_scan_start[Side::dataverse], services.clock.now(), TimeSource::window);
  }
  seen.read_number = read_number;
  seen.sighting = sighting;
  // A row that the filter leaves out may still be the new row of a coupled record: its lane knows.
  seen.taken_in = maps::takes_in(map.map(), Side::dataverse, read.entity);
  if (!map.touched_since(*key, read_number)) dirt.seen[Side::dataverse] = std::move(seen);
  map.lanes().adopt(*key, std::move(dirt));
}

/// Rows that were gone, once all that was read before is decided on: coupled by now, or never ours.
Task<void> judge_gone(MapRuntime& map) {
  Services& services = map.services();
  std::vector<MapRuntime::Gone> due;
  std::vector<std::string> guids;
  auto& waiting = map.gone();
  while (!waiting.empty() && due.size() < hints_batch && !services.has_sightings_before(waiting.front().seen_at)) {
    due.push_back(std::move(waiting.front()));
    waiting.pop_front();
    guids.push_back(due.back().guid);
  }
  if (due.empty()) co_return;
  auto heads = co_await services.store.heads_by_endpoint_key(map.id(), Side::dataverse, std::move(guids));
  if (!heads) {
    map.fault(MapRuntime::Source::store, heads.error().text());
    std::ranges::move(due, std::back_inserter(waiting));
    co_return;
  }
  store::Transaction transaction;
  std::vector<MapRuntime::Gone> never_ours;
  for (std::size_t index = 0; index < due.size(); ++index) {
    const std::optional<store::CouplingHead>& head = (*heads)[index];
    if (head) {
      map.lanes().adopt(head->key, std::move(due[index].dirt));
    } else {
      transaction.drop(due[index].dirt.marks);  // gone before it was ever coupled
      never_ours.push_back(std::move(due[index]));
    }
  }
  if (transaction.empty()) co_return;
  auto committed = co_await services.store.commit(std::move(transaction));
  if (!committed) {
    map.fault(MapRuntime::Source::store, committed.error().text());
    std::ranges::move(never_ours, std::back_inserter(waiting));
  }
  map.progress.notify();
}

}  // namespace

Task<void> resolve_hints(MapRuntime& map) {
  Services& services = map.services();
  co_await judge_gone(map);
  Taken taken = take_hints(map);
  if (taken.empty()) co_return;
  std::vector<std::string> guids;
  guids.reserve(taken.size());
  for (const auto& [guid, dirt] : taken) guids.push_back(guid);
  auto heads = co_await services.store.heads_by_endpoint_key(map.id(), Side::dataverse, std::move(guids));
  if (!heads) {
    map.fault(MapRuntime::Source::store, heads.error().text());
    put_back(map, taken);
    co_return;
  }
  Taken unknown;
  for (std::size_t index = 0; index < taken.size(); ++index) {
    const std::optional<store::CouplingHead>& head = (*heads)[index];
    if (head) {
      map.lanes().adopt(head->key, std::move(taken[index].second));
    } else {
      unknown.push_back(std::move(taken[index]));
    }
  }
  if (unknown.empty()) co_return;
  std::vector<endpoint::RowAddress> rows;
  for (const auto& [guid, dirt] : unknown) rows.emplace_back(guid, RecordKey());
  const std::uint64_t read_number = services.begin_page_read();
  const Sighting sighting = services.sight(read_number);
  auto reads = co_await services.endpoint(Side::dataverse).read(map.map(), std::move(rows));
  if (!reads) {
    services.end_page_read(read_number);
    map.fault(MapRuntime::Source::reading, reads.error().text());
    put_back(map, unknown);
    const std::chrono::milliseconds pause(500);
    co_await services.clock.sleep(pause);
    co_return;
  }
  store::Transaction transaction;
  Ends ends;
  for (std::size_t index = 0; index < unknown.size(); ++index) {
    auto& [guid, dirt] = unknown[index];
    endpoint::RowRead& read = (*reads)[index];
    if (read.kind == endpoint::RowRead::Kind::missing) {
      map.gone().emplace_back(services.next_read_number(), guid, std::move(dirt));
    } else {
      judge_row(map, guid, dirt, read, read_number, sighting, transaction, ends);
    }
  }
  services.end_page_read(read_number);
  put_back(map, ends.unread);
  if (!transaction.empty()) {
    auto committed = co_await services.store.commit(std::move(transaction));
    if (committed) {
      for (const auto& [key, letter] : ends.letters) map.note_letter(key, Side::dataverse, letter);
    } else {
      map.fault(MapRuntime::Source::store, committed.error().text());
      put_back(map, ends.over);
    }
  }
  map.progress.notify();
}

}  // namespace dualwrite::sync
