// Initial sync: pages of both sides through the same lanes. A page's marks and the checkpoint commit together, and a
// bounded number of records is outstanding, so that memory stays flat whatever the size of the tables.
#include <spdlog/logger.h>

#include <nlohmann/json.hpp>

#include "dualwrite/maps/translate.hpp"
#include "sync/journal.hpp"
#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

using nlohmann::json;

constexpr int pages_max = 1000000;

/// Where an initial sync stands. The Dataverse leg goes first: what is there already is coupled rather than created.
struct Checkpoint {
  Side master = Side::finops;
  Side leg = Side::dataverse;
  std::string continuation;
  PerSide<std::int64_t> read{0, 0};
  bool all_read = false;
  bool given_up = false;
};

std::string setting_of(const std::string& map) {
  return "initial/" + map;
}

std::string write(const Checkpoint& checkpoint) {
  json out;
  out["master"] = to_string(checkpoint.master);
  out["leg"] = to_string(checkpoint.leg);
  out["continuation"] = checkpoint.continuation;
  out["finopsRead"] = checkpoint.read[Side::finops];
  out["dataverseRead"] = checkpoint.read[Side::dataverse];
  out["allRead"] = checkpoint.all_read;
  if (checkpoint.given_up) out["givenUp"] = true;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Checkpoint read(const std::string& text) {
  Checkpoint checkpoint;
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return checkpoint;
  checkpoint.master = in.value("master", "finops") == "dataverse" ? Side::dataverse : Side::finops;
  checkpoint.leg = in.value("leg", "dataverse") == "finops" ? Side::finops : Side::dataverse;
  checkpoint.continuation = in.value("continuation", "");
  checkpoint.read[Side::finops] = in.value("finopsRead", std::int64_t{0});
  checkpoint.read[Side::dataverse] = in.value("dataverseRead", std::int64_t{0});
  checkpoint.all_read = in.value("allRead", false);
  checkpoint.given_up = in.value("givenUp", false);
  return checkpoint;
}

void show_legs(MapRuntime& map, const Checkpoint& checkpoint) {
  map.initial.legs.clear();
  for (const Side side : {Side::dataverse, Side::finops}) {
    LegProgress leg;
    leg.from = side;
    leg.read = checkpoint.read[side];
    leg.complete = checkpoint.all_read || (side == Side::dataverse && checkpoint.leg == Side::finops);
    map.initial.legs.push_back(leg);
  }
}

/// A row of a page as a change with its observation; nothing if it is not ours to sync.
std::optional<Change> change_of(MapRuntime& map, Side side, const std::string& endpoint_key, odata::Entity& entity,
                                store::Transaction& extra) {
  Services& services = map.services();
  auto row = maps::to_row(map.map(), side, entity);
  if (row && !maps::in_scope(map.map(), *row)) return std::nullopt;
  auto key = row ? maps::key_of(map.map(), *row) : Result<RecordKey>(std::unexpected(row.error()));
  if (!key) {
    const RecordRef record(map.id(), RecordKey("@" + endpoint_key));
    Trouble trouble;
    trouble.side = side;
    trouble.error_class = store::DeadLetterClass::unmappable;
    trouble.error = key.error().message();
    trouble.hint = key.error().hint();
    const PerSide<std::optional<Row>> rows;
    extra.dead_letter(dead_letter(map.map(), record, trouble, {}, rows, services.clock.now()));
    map.note_letter(record.key, side, Letter::trouble);
    ++map.initial.failed;
    return std::nullopt;
  }
  Change change;
  change.mark.map = map.id();
  change.mark.side = side;
  change.mark.source = CaptureSource::initial;
  change.mark.key = std::move(*key);
  change.mark.endpoint_key = endpoint_key;
  Observation seen;
  seen.key = endpoint_key;
  seen.row_id = services.endpoint(side).row_id(map.map(), entity);
  seen.row = std::move(*row);
  seen.token = std::move(entity.etag);
  seen.time = services.endpoint(side).modified(map.map(), entity);
  if (seen.time.source == TimeSource::none) {
    seen.time = EditTime(map.last_scan_start[side], services.clock.now(), TimeSource::window);
  }
  change.seen = std::move(seen);
  return change;
}

/// One page into the lanes; rows whose version is the stored one are equal already.
Task<Result<void>> take_page(Link& link, MapRuntime& map, Side side, std::vector<odata::Entity> rows,
                             Checkpoint& checkpoint, std::uint64_t read_number, Sighting sighting) {
  Services& services = map.services();
  std::vector<std::string> keys;
  keys.reserve(rows.size());
  for (const odata::Entity& row : rows) {
    auto key = services.endpoint(side).key_of(map.map(), row);
    if (!key) co_return std::unexpected(std::move(key).error());
    keys.push_back(std::move(*key));
  }
  auto heads = co_await services.store.heads_by_endpoint_key(map.id(), side, keys);
  if (!heads) co_return std::unexpected(std::move(heads).error());
  std::vector<Change> changes;
  store::Transaction extra;
  changes.reserve(rows.size());
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const std::optional<store::CouplingHead>& head = (*heads)[index];
    const Side away = other(side);
    const bool equal = head && head->present[side] && head->present[away] && !head->tokens[side].empty() &&
                       head->tokens[side] == rows[index].etag && map.letter(head->key, away) == Letter::none;
    if (equal) continue;
    auto change = change_of(map, side, keys[index], rows[index], extra);
    if (change) changes.push_back(std::move(*change));
  }
  extra.setting(setting_of(map.map().name), write(checkpoint));
  co_return co_await link.accept_rows(std::move(changes), std::move(extra), read_number, std::move(sighting));
}

Task<Result<void>> run_leg(Link& link, MapRuntime& map, Checkpoint& checkpoint) {
  Services& services = map.services();
  const Side side = checkpoint.leg;
  for (int page = 0; page < pages_max; ++page) {
    map.note_initial_moved();
    while (map.lanes().initial() >= link.options().outstanding_max + map.lanes().initial_parked() && !link.stopping()) {
      map.note_initial_moved();
      const std::chrono::milliseconds limit(1000);
      co_await map.progress.wait(limit);
    }
    if (link.stopping() || map.state() != store::MapState::initial_sync) {
      co_return fail(Errc::cancelled, "the initial sync was interrupted");
    }
    const std::uint64_t read_number = services.begin_page_read();
    Sighting sighting = services.sight(read_number);
    auto reply = co_await services.endpoint(side).scan(map.map(), endpoint::ScanDepth::rows, checkpoint.continuation);
    if (!reply) {
      services.end_page_read(read_number);
      const bool stale = reply.error().code() == Errc::invalid && !checkpoint.continuation.empty();
      if (!stale) co_return std::unexpected(std::move(reply).error());
      // A continuation may outlive what the service remembers: the leg is read anew, and what is known is skipped.
      checkpoint.continuation.clear();
      checkpoint.read[side] = 0;
      continue;
    }
    if (map.state() != store::MapState::initial_sync) {
      // Stopped meanwhile: the checkpoint may have been given up, and is not written any more.
      services.end_page_read(read_number);
      co_return fail(Errc::cancelled, "the initial sync was interrupted");
    }
    checkpoint.read[side] += static_cast<std::int64_t>(reply->rows.size());
    checkpoint.continuation = std::move(reply->next);
    const bool last = checkpoint.continuation.empty();
    if (last && side == Side::dataverse) checkpoint.leg = Side::finops;
    if (last && side == Side::finops) checkpoint.all_read = true;
    auto taken =
        co_await take_page(link, map, side, std::move(reply->rows), checkpoint, read_number, std::move(sighting));
    services.end_page_read(read_number);
    if (!taken) co_return taken;
    show_legs(map, checkpoint);
    if (last) co_return Result<void>();
  }
  co_return fail(Errc::limit, "the pages of " + map.map().name + " did not end");
}

}  // namespace

Task<Result<void>> restore_initial_sync(MapRuntime& map) {
  auto stored = co_await map.services().store.setting(setting_of(map.map().name));
  if (!stored) co_return std::unexpected(std::move(stored).error());
  const Checkpoint checkpoint = read(stored->value_or("{}"));
  if (map.state() == store::MapState::initial_sync) {
    map.initial.state = InitialSyncProgress::State::running;
    map.initial.started_at = map.services().clock.now();
  } else if (checkpoint.all_read) {
    map.initial.state = InitialSyncProgress::State::done;
  }
  if (*stored && !checkpoint.given_up) show_legs(map, checkpoint);
  co_return Result<void>();
}

Task<Result<bool>> initial_sync_unfinished(store::Store& store, std::string map) {
  auto stored = co_await store.setting(setting_of(map));
  if (!stored) co_return std::unexpected(std::move(stored).error());
  if (!*stored) co_return false;
  const Checkpoint checkpoint = read(**stored);
  co_return !checkpoint.all_read && !checkpoint.given_up;
}

void give_up_initial_sync(const std::string& map, store::Transaction& transaction) {
  Checkpoint checkpoint;
  checkpoint.given_up = true;
  transaction.setting(setting_of(map), write(checkpoint));
}

Task<Result<void>> run_initial_sync(Link& link, MapRuntime& map, capture::DeltaCapture& delta) {
  Services& services = map.services();
  auto stored = co_await services.store.setting(setting_of(map.map().name));
  if (!stored) co_return std::unexpected(std::move(stored).error());
  Checkpoint checkpoint = read(stored->value_or("{}"));
  map.master = checkpoint.master;
  show_legs(map, checkpoint);
  const Instant started = services.clock.now();
  const bool resumed = checkpoint.all_read || checkpoint.leg == Side::finops || !checkpoint.continuation.empty();
  // Changes made from here on are seen by the delta, whatever the pages below show.
  auto tracked = co_await delta.begin(map.context());
  if (!tracked) co_return std::unexpected(std::move(tracked).error());
  map.tracked = true;
  map.work.notify();
  while (!checkpoint.all_read) {
    auto leg = co_await run_leg(link, map, checkpoint);
    if (!leg) co_return leg;
  }
  // Records that wait for a parent do not hold up the end: they go on in their lanes.
  while (map.lanes().initial() > map.lanes().initial_parked() && !link.stopping()) {
    map.note_initial_moved();
    const std::chrono::milliseconds limit(1000);
    co_await map.progress.wait(limit);
    if (map.state() != store::MapState::initial_sync)
      co_return fail(Errc::cancelled, "the initial sync was interrupted");
  }
  if (link.stopping()) co_return fail(Errc::cancelled, "the daemon is stopping");
  auto running = co_await map.move_state(among(store::MapState::initial_sync), store::MapState::running, "");
  if (!running) co_return std::unexpected(std::move(running).error());
  if (!*running) co_return fail(Errc::cancelled, "the initial sync was interrupted");
  // One that was gone on with read its first pages before: what was edited since then has not been seen.
  if (!resumed) map.last_scan_start = PerSide<Instant>(started, started);
  map.initial.state = InitialSyncProgress::State::done;
  map.initial.finished_at = services.clock.now();
  map.master.reset();
  services.log->info("initial sync done map={} settled={} created={} updated={} failed={}", map.map().name,
                     map.initial.settled, map.initial.created, map.initial.updated, map.initial.failed);
  co_return Result<void>();
}

}  // namespace dualwrite::sync
