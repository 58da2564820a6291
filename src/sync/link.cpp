#include "sync/link.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>

#include "dualwrite/endpoint/make.hpp"
#include "dualwrite/maps/translate.hpp"
#include "sync/held.hpp"
#include "sync/round.hpp"
#include "sync/scope.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds idle_wait{1000};
constexpr milliseconds outage_wait{5000};
constexpr milliseconds long_pause{30000};  // of a service that asked to wait
constexpr milliseconds stop_patience{10000};
constexpr milliseconds stop_poll{10};
constexpr std::size_t marks_page = 5000;
constexpr int scans_for_gap = 2;  // a deletion takes two scans to be seen
constexpr std::size_t letters_page = 1000;

}  // namespace

Link::Running::Running(Link& link, maps::TableMap map, MapId id)
    : runtime(link.services_, std::move(map), id),
      delta(link.services_.executor, *link.dataverse_, link.services_.store, link, link.services_.clock),
      finops_scan(*link.finops_, link.services_.store, link, link.services_.clock),
      dataverse_scan(*link.dataverse_, link.services_.store, link, link.services_.clock),
      comparing(link.services_.executor, 1),
      delta_due(link.services_.executor),
      scan_due(link.services_.executor) {}

Link::Link(Executor executor, Clock& clock, store::Store& store, std::unique_ptr<endpoint::Endpoint> finops,
           std::unique_ptr<endpoint::Endpoint> dataverse, Metrics& metrics, LinkOptions options,
           std::shared_ptr<spdlog::logger> log)
    : services_(executor, clock, store, *finops, *dataverse, metrics, std::move(log)),
      finops_(std::move(finops)),
      dataverse_(std::move(dataverse)),
      options_(std::move(options)),
      service_due_(executor),
      tasks_(executor, [this](const std::string& name, const std::string& what) {
        services_.log->error("task ended task={} why=\"{}\"", name, what);
      }) {
  services_.passing = options_.passing;
  services_.arrived = [this](const RecordRef& record) {
    for (const auto& map : maps_) {
      map->runtime.lanes().release(record);
      if (map->runtime.lanes().has_ready()) map->runtime.work.notify();
    }
  };
  services_.map_of_set = [this](const std::string& set) -> const MapRuntime* {
    for (const auto& map : maps_) {
      if (map->runtime.map().dataverse_set == set) return &map->runtime;
    }
    return nullptr;
  };
}

Task<Result<void>> Link::open(std::vector<maps::TableMap> maps) {
  for (maps::TableMap& map : maps) {
    auto id = co_await services_.store.map_id(map.name);
    if (!id) co_return std::unexpected(std::move(id).error());
    maps_.push_back(std::make_unique<Running>(*this, std::move(map), *id));
    auto loaded = co_await load_state(*maps_.back());
    if (!loaded) co_return loaded;
  }
  auto letters = co_await load_letters();
  if (!letters) co_return letters;
  co_return co_await load_marks();
}

Task<Result<void>> Link::load_state(Running& map) {
  const std::string& name = map.runtime.map().name;
  auto state = co_await services_.store.setting("state/" + name);
  if (!state) co_return std::unexpected(std::move(state).error());
  auto reason = co_await services_.store.setting("reason/" + name);
  if (!reason) co_return std::unexpected(std::move(reason).error());
  const auto known = store::parse_map_state(state->value_or("stopped"));
  map.runtime.restore_state(known.value_or(store::MapState::stopped), reason->value_or(""));
  auto owed = co_await services_.store.setting(capture::gap_setting(map.runtime.map()));
  if (!owed) co_return std::unexpected(std::move(owed).error());
  // What one of them has found missing was kept in memory only: both are owed again.
  if (*owed && std::atoi((*owed)->c_str()) > 0) map.runtime.dataverse_scans_owed.ask(scans_for_gap);
  auto scoped = co_await load_scope(map.runtime);
  if (!scoped) co_return scoped;
  co_return co_await restore_initial_sync(map.runtime);
}

Task<Result<void>> Link::load_letters() {
  store::Filter filter;
  filter.state = store::DeadLetterState::open;
  filter.limit = letters_page;
  for (;;) {
    auto letters = co_await services_.store.dead_letters(filter);
    if (!letters) co_return std::unexpected(std::move(letters).error());
    for (const store::DeadLetter& letter : *letters) {
      const Letter about = asks_for_choice(letter) ? Letter::held : Letter::trouble;
      if (Running* map = find(letter.record.map)) map->runtime.note_letter(letter.record.key, letter.side, about);
    }
    if (letters->size() < filter.limit) co_return Result<void>();
    filter.before_id = letters->back().id.value();
  }
}

Task<Result<void>> Link::load_marks() {
  MarkSeq after(0);
  for (;;) {
    auto marks = co_await services_.store.marks_after(after, marks_page);
    if (!marks) co_return std::unexpected(std::move(marks).error());
    for (const store::PendingMark& pending : *marks) {
      Mark mark = pending.mark;
      // When it was made is not stored, so nobody knows which scan came before it.
      if (mark.time.source == TimeSource::none) {
        mark.time = EditTime(Instant{}, services_.clock.now(), TimeSource::window);
      }
      if (Running* map = find(mark.map)) map->runtime.take_mark(pending.seq, mark, std::nullopt);
    }
    if (marks->size() < marks_page) co_return Result<void>();
    after = marks->back().seq;
  }
}

void Link::run() {
  for (const Side side : both_sides) {
    tasks_.spawn("service/" + std::string(to_string(side)), [this, side]() { return follow_service(side); });
  }
  for (const auto& map : maps_) {
    Running* running = map.get();
    const std::string& name = running->runtime.map().name;
    const Clock& clock = services_.clock;
    for (std::size_t worker = 0; worker < options_.workers; ++worker) {
      Beat& beat = watch_.add("work/" + name, clock, options_.step_limit, {});
      tasks_.spawn("work/" + name, [this, running, &beat]() { return forever(*running, &Link::work, beat); });
    }
    Beat& delta = watch_.add("delta/" + name, clock, options_.delta_interval + options_.step_limit,
                             {&running->delta.beat(), &running->dataverse_scan.beat()});
    tasks_.spawn("delta/" + name, [this, running, &delta]() { return forever(*running, &Link::follow_delta, delta); });
    Beat& scan =
        watch_.add("scan/" + name, clock, options_.scan_interval + options_.step_limit, {&running->finops_scan.beat()});
    tasks_.spawn("scan/" + name, [this, running, &scan]() { return forever(*running, &Link::follow_scan, scan); });
    if (running->runtime.state() == store::MapState::initial_sync) {
      tasks_.spawn("initial/" + name, [this, running]() { return initial(*running); });
    }
  }
}

Task<void> Link::stop() {
  stopping_ = true;
  service_due_.notify();
  for (const auto& map : maps_) {
    map->runtime.work.notify();
    map->runtime.progress.notify();
    map->delta_due.notify();
    map->scan_due.notify();
  }
  // Rounds under way come to their end; only what hangs is interrupted, and then its writes are in doubt.
  const milliseconds until = services_.clock.elapsed() + stop_patience;
  while (tasks_.size() > 0 && services_.clock.elapsed() < until) co_await services_.clock.sleep(stop_poll);
  co_await tasks_.join();
}

std::string Link::why_stuck() const {
  std::string why = watch_.why_stuck();
  for (const auto& map : maps_) {
    if (!why.empty()) break;
    const std::optional<Beat>& beat = map->runtime.initial_beat;
    if (beat) why = Watch::why_stuck("initial/" + map->runtime.map().name, beat->age(), options_.step_limit);
  }
  return why;
}

/// Repeats a step until the engine stops. Whatever breaks a step is said and tried again: a worker that ended would
/// leave its map standing still.
Task<void> Link::forever(Running& map, Step step, Beat& beat) {
  while (!stopping_) {
    beat.moved();
    std::string broken;
    try {
      co_await (this->*step)(map);
    } catch (const boost::system::system_error& error) {
      if (error.code() == boost::asio::error::operation_aborted) throw;
      broken = error.what();
    } catch (const std::exception& error) {
      broken = error.what();
    }
    if (broken.empty()) continue;
    map.runtime.fault(MapRuntime::Source::step, broken);
    co_await services_.clock.sleep(idle_wait);
  }
}

Task<void> Link::work(Running& map) {
  MapRuntime& runtime = map.runtime;
  if (!runtime.works()) {
    co_await runtime.work.wait(idle_wait);
    co_return;
  }
  const bool fit = co_await fits(map);
  if (!fit) co_return;
  auto learnt = co_await runtime.learn_companies();
  if (!learnt) {
    runtime.fault(MapRuntime::Source::companies, learnt.error().text());
    co_await services_.clock.sleep(outage_wait);
    co_return;
  }
  runtime.fine(MapRuntime::Source::companies);
  // A round reads both sides: one side's rows would be read again and again for as long as the other asks to wait.
  // Short waits are not worth it: lanes have pauses of their own.
  for (const Side side : both_sides) {
    const Instant until = services_.endpoint(side).usage().paused_until;
    const Instant current = services_.clock.now();
    if (until - current <= long_pause) continue;
    co_await runtime.work.wait(std::clamp<milliseconds>(until - current, milliseconds(1), idle_wait));
    co_return;
  }
  if (runtime.has_unresolved()) co_await resolve_hints(runtime);
  if (!runtime.works()) co_return;  // paused while something was awaited above
  const milliseconds now = services_.clock.elapsed();
  auto taken = runtime.lanes().take(options_.batch_rows, now);
  if (!taken.empty()) {
    Round round(runtime, std::move(taken));
    co_await round.run();
    co_return;
  }
  const bool caught_up = runtime.state() == store::MapState::catching_up && runtime.rounds_running == 0 &&
                         runtime.lanes().size() == runtime.lanes().parked() && !runtime.has_unresolved();
  if (caught_up) {
    auto running = co_await runtime.move_state(among(store::MapState::catching_up), store::MapState::running, "");
    if (!running) runtime.fault(MapRuntime::Source::store, running.error().text());
  }
  const milliseconds due = runtime.lanes().next_due().value_or(now + idle_wait) - now;
  const milliseconds limit = std::clamp(due, milliseconds(1), idle_wait);
  co_await runtime.work.wait(limit);
}

Task<void> Link::follow_delta(Running& map) {
  if (map.runtime.captures() && !map.misfit && has_room(map.runtime)) {
    const bool gap = co_await delta_once(map.runtime, map.delta);
    MapRuntime& runtime = map.runtime;
    if (gap) runtime.dataverse_scans_owed.ask(scans_for_gap);
    const bool due = services_.clock.now() >= runtime.last_dataverse_scan + options_.scan_interval;
    // What a person is asked about is not looked for again before the answer.
    const bool asked = runtime.state() == store::MapState::held && runtime.deletes.holds();
    const bool initial = runtime.state() == store::MapState::initial_sync;
    if (runtime.dataverse_scans_owed.left > 0 && due && !asked) {
      co_await pay_scan(map);
    } else if (!dataverse_->has_deltas() && due && !asked && !initial) {
      co_await scan_once(runtime, map.dataverse_scan);  // where nothing tells of changes, scans are all there is
    }
  }
  co_await map.delta_due.wait(options_.delta_interval);
}

/// One of the scans that a gap in the deltas, or a row missing without proof, made necessary.
Task<void> Link::pay_scan(Running& map) {
  const OwedScans before = map.runtime.dataverse_scans_owed;
  const bool complete = co_await scan_once(map.runtime, map.dataverse_scan);
  OwedScans& owed = map.runtime.dataverse_scans_owed;
  if (!complete || owed.asked != before.asked) co_return;
  store::Transaction transaction;
  transaction.setting(capture::gap_setting(map.runtime.map()), std::to_string(before.left - 1));
  auto committed = co_await services_.store.commit(std::move(transaction));
  if (committed && owed.asked == before.asked) owed.left = before.left - 1;
}

Task<void> Link::follow_scan(Running& map) {
  // An initial sync reads everything anyway; a scan beside it would only mark what it is about to read.
  const bool wanted = map.runtime.captures() && !map.misfit && has_room(map.runtime) &&
                      map.runtime.state() != store::MapState::initial_sync;
  compare_again(map);
  if (wanted) co_await scan_once(map.runtime, map.finops_scan);
  if (map.runtime.captures()) co_await expire_tombstones(map.runtime, options_.tombstone_retention);
  co_await map.scan_due.wait(options_.scan_interval);
}

Task<void> Link::initial(Running& map) {
  const std::uint64_t run = ++map.initial_run;  // a later one ends this one
  map.runtime.initial_beat.emplace(services_.clock);
  co_await initial_steps(map, run);
  if (run == map.initial_run) map.runtime.initial_beat.reset();  // one that broke stays watched: it stands still
}

Task<void> Link::initial_steps(Running& map, std::uint64_t run) {
  MapRuntime& runtime = map.runtime;
  constexpr milliseconds pause = outage_wait;
  while (!stopping_ && run == map.initial_run && runtime.state() == store::MapState::initial_sync) {
    runtime.note_initial_moved();
    const bool fit = co_await fits(map);
    if (!fit) continue;
    auto ended = co_await run_initial_sync(*this, runtime, map.delta);
    if (ended) {
      runtime.fine(MapRuntime::Source::initial_sync);
      map.scan_due.notify();
      co_return;
    }
    const Errc code = ended.error().code();
    if (code == Errc::cancelled) co_return;
    runtime.fault(MapRuntime::Source::initial_sync, ended.error().text());
    const bool hopeless = code == Errc::invalid || code == Errc::forbidden || code == Errc::not_found;
    if (hopeless) {
      const std::string why = "the initial sync failed: " + ended.error().text() + "; resume the map to go on with it";
      auto stopped = co_await runtime.move_state(among(store::MapState::initial_sync), store::MapState::held, why);
      if (!stopped) runtime.fault(MapRuntime::Source::store, stopped.error().text());
      co_return;
    }
    co_await runtime.progress.wait(pause);
  }
}

Task<Result<void>> Link::accept(std::vector<Change> changes, store::Transaction extra) {
  co_return co_await accept_rows(std::move(changes), std::move(extra), 0, nullptr);
}

Task<Result<void>> Link::accept_rows(std::vector<Change> changes, store::Transaction extra, std::uint64_t read_number,
                                     Sighting sighting) {
  const bool with_checkpoint = !extra.empty();
  for (const Change& change : changes) extra.mark(change.mark);
  if (extra.empty()) co_return Result<void>();
  if (with_checkpoint) services_.pass(CrashPoint::checkpoint);
  auto committed = co_await services_.store.commit(std::move(extra));
  if (!committed) co_return std::unexpected(std::move(committed).error());
  if (!changes.empty()) services_.pass(CrashPoint::marked);
  for (std::size_t index = 0; index < changes.size(); ++index) {
    Change& change = changes[index];
    Running* map = find(change.mark.map);
    if (map == nullptr) continue;
    std::optional<SeenRow> seen;
    if (change.seen) {
      seen.emplace();
      seen->row = std::move(*change.seen);
      seen->read_number = read_number;
      seen->sighting = sighting;
    }
    map->runtime.take_mark(committed->marks[index], change.mark, std::move(seen));
  }
  co_return Result<void>();
}

Result<void> Link::take_hint(capture::Hint& hint, Running& map, std::vector<Change>& changes) {
  MapRuntime& runtime = map.runtime;
  const std::string own_tag = "dualwrite:" + options_.engine_id + ":";
  if (hint.side == Side::dataverse && hint.tag.starts_with(own_tag)) {
    // The operation itself was ours. What a plug-in may have added to it raises an event, or a delta item, of its own.
    ++runtime.echoes;
    return {};
  }
  Change change;
  change.mark.map = runtime.id();
  change.mark.side = hint.side;
  change.mark.source = hint.source;
  change.mark.time = services_.endpoint(hint.side).on_our_clock(hint.time);
  change.mark.deleted = hint.deleted;
  if (hint.side == Side::dataverse) {
    change.mark.endpoint_key = hint.endpoint_key;
  } else {
    odata::Entity entity;
    entity.members = hint.key;
    auto row = maps::to_row(runtime.map(), Side::finops, entity);
    if (!row) return std::unexpected(std::move(row).error().while_doing("an event of " + hint.table));
    auto key = maps::key_of(runtime.map(), *row);
    if (!key) return std::unexpected(std::move(key).error().while_doing("an event of " + hint.table));
    if (!maps::in_scope(runtime.map(), *row)) return {};
    change.mark.key = std::move(*key);
  }
  changes.push_back(std::move(change));
  return {};
}

Task<Result<std::size_t>> Link::accept_hints(std::vector<capture::Hint> hints) {
  std::vector<Change> changes;
  for (capture::Hint& hint : hints) {
    for (const auto& map : maps_) {
      const maps::TableMap& definition = map->runtime.map();
      const std::string& table = hint.side == Side::finops ? definition.finops_entity : definition.dataverse_table;
      if (table != hint.table || !map->runtime.captures()) continue;
      if (!has_room(map->runtime)) {
        co_return fail(Errc::limit, "the map " + definition.name + " has " + std::to_string(options_.pending_max) +
                                        " records waiting; post the event again later");
      }
      auto taken = take_hint(hint, *map, changes);
      if (!taken) co_return std::unexpected(std::move(taken).error());
    }
  }
  const std::size_t count = changes.size();
  store::Transaction extra;
  auto accepted = co_await accept(std::move(changes), std::move(extra));
  if (!accepted) co_return std::unexpected(std::move(accepted).error());
  co_return count;
}

bool Link::is_waiting(MapId map, const RecordKey& key, Side side, bool delayed) const {
  for (const auto& running : maps_) {
    if (running->runtime.id() == map) return running->runtime.lanes().is_waiting(key, side, delayed);
  }
  return false;
}

bool Link::touched_since(MapId map, const RecordKey& key, std::uint64_t read_number) const {
  for (const auto& running : maps_) {
    if (running->runtime.id() == map) return running->runtime.touched_since(key, read_number);
  }
  return false;
}

bool Link::has_room(const MapRuntime& map) const {
  return map.lanes().size() + map.unresolved() < options_.pending_max;
}

Result<Link::Running*> Link::find(const std::string& name) {
  for (const auto& map : maps_) {
    if (map->runtime.map().name == name) return map.get();
  }
  std::string names;
  for (const auto& map : maps_) names += (names.empty() ? "" : ", ") + map->runtime.map().name;
  return fail(Errc::not_found, "there is no map " + name, "the maps are: " + names);
}

Link::Running* Link::find(MapId id) {
  for (const auto& map : maps_) {
    if (map->runtime.id() == id) return map.get();
  }
  return nullptr;
}

std::unique_ptr<Engine> make_engine(Executor executor, Clock& clock, store::Store& store,
                                    std::unique_ptr<endpoint::Endpoint> finops,
                                    std::unique_ptr<endpoint::Endpoint> dataverse, Metrics& metrics,
                                    LinkOptions options, std::shared_ptr<spdlog::logger> log) {
  return std::make_unique<Link>(std::move(executor), clock, store, std::move(finops), std::move(dataverse), metrics,
                                std::move(options), std::move(log));
}

}  // namespace dualwrite::sync
