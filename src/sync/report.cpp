// The control surface: states, dead letters, what is known of a record.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "sync/journal.hpp"
#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;
using store::MapState;

constexpr std::size_t journal_lines_max = 200;

std::unexpected<Error> not_now(const MapRuntime& map, const char* action, const char* allowed) {
  return fail(Errc::invalid,
              "cannot " + std::string(action) + " the map " + map.map().name + ": it is " +
                  std::string(store::to_string(map.state())),
              std::string("that is possible when it is ") + allowed);
}

/// The outcome of a transition for whoever asked for it.
Result<void> moved(const Result<bool>& outcome, const MapRuntime& map, const char* action, const char* allowed) {
  if (!outcome) return std::unexpected(outcome.error());
  if (!*outcome) return not_now(map, action, allowed);
  return {};
}

/// The map has left its hold: what was shown is approved, anything else asks anew.
void release_held(MapRuntime& map, bool approved) {
  if (approved) map.deletes.approve_held();
  map.deletes.drop_held();
}

}  // namespace

Task<LinkStatus> Link::status() {
  LinkStatus status;
  status.name = options_.name;
  for (const Side side : both_sides) {
    const endpoint::Endpoint& endpoint = services_.endpoint(side);
    const endpoint::Usage usage = endpoint.usage();
    EndpointStatus shown;
    shown.side = side;
    shown.url = endpoint.url();
    shown.dialect = std::string(endpoint.dialect());
    shown.requests = usage.requests;
    shown.failures = usage.failures;
    shown.throttled = usage.throttled;
    shown.at_once = usage.at_once;
    shown.users = usage.users;
    shown.window_requests = usage.window.requests;
    shown.window_ms = usage.window.took.count();
    shown.paused_until = usage.paused_until;
    shown.down_since = usage.down_since;
    shown.last_error = usage.last_error;
    const endpoint::ServiceClock clock = endpoint.service_clock();
    shown.clock_offset = (clock.offset.low + clock.offset.high) / 2;
    shown.clock_doubt = (clock.offset.high - clock.offset.low + 1) / 2;
    shown.clock_dates = clock.dates;
    shown.clock_stamps = clock.stamps;
    shown.clock_granularity = clock.granularity;
    status.endpoints.push_back(std::move(shown));
  }
  for (const auto& map : maps_) {
    auto counts = co_await services_.store.counts(map->runtime.id());
    const store::Counts shown = counts ? *counts : store::Counts();
    status.maps.push_back(map->runtime.status(shown));
    for (const Side side : both_sides) {
      const auto by_map = services_.endpoint(side).usage().by_map;
      const auto spent = by_map.find(map->runtime.map().name);
      if (spent != by_map.end()) status.maps.back().requests[side] = spent->second;
    }
    if (!counts) status.maps.back().last_error = counts.error().text();
    if (status.state_error.empty()) status.state_error = map->runtime.fault_of(MapRuntime::Source::store);
    status.last_progress = std::max(status.last_progress, map->runtime.last_progress);
  }
  status.stuck = why_stuck();
  co_return status;
}

Task<Result<void>> Link::start(std::string name) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  MapRuntime& runtime = (*map)->runtime;
  if (runtime.state() == MapState::running) co_return Result<void>();
  if (runtime.state() != MapState::stopped)
    co_return not_now(runtime, "start", "stopped (paused and held maps are resumed)");
  auto fit = co_await expect_fit(**map);
  if (!fit) co_return fit;
  auto tracked = co_await (*map)->delta.begin(runtime.context());
  if (!tracked) co_return std::unexpected(std::move(tracked).error());
  auto unfinished = co_await initial_sync_unfinished(services_.store, name);
  if (!unfinished) co_return std::unexpected(std::move(unfinished).error());
  store::Transaction extra;
  if (*unfinished) give_up_initial_sync(name, extra);
  auto running = co_await runtime.move_state(among(MapState::stopped), MapState::running, "", std::move(extra));
  (*map)->scan_due.notify();
  co_return moved(running, runtime, "start", "stopped (paused and held maps are resumed)");
}

Task<Result<void>> Link::pause(std::string name) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  MapRuntime& runtime = (*map)->runtime;
  if (runtime.state() == MapState::paused) co_return Result<void>();
  auto paused = co_await runtime.move_state(among(MapState::running, MapState::catching_up), MapState::paused,
                                            "paused by request");
  auto done = moved(paused, runtime, "pause", "running");
  if (!done) co_return done;
  // Nothing is written once this returns: rounds that were under way come to their end first.
  for (int waited = 0; runtime.rounds_running > 0 && waited < 600; ++waited) {
    const milliseconds limit(100);
    co_await runtime.progress.wait(limit);
  }
  co_return Result<void>();
}

Task<Result<void>> Link::resume(std::string name) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  MapRuntime& runtime = (*map)->runtime;
  if (runtime.state() == MapState::running || runtime.state() == MapState::catching_up) co_return Result<void>();
  // What comes to be held while the services are asked below was shown to nobody.
  const bool shown = runtime.state() == MapState::held && runtime.deletes.holds();
  auto fit = co_await expect_fit(**map);
  if (!fit) co_return fit;
  auto unfinished = co_await initial_sync_unfinished(services_.store, name);
  if (!unfinished) co_return std::unexpected(std::move(unfinished).error());
  if (runtime.state() == MapState::held && *unfinished) {
    auto resumed = co_await runtime.move_state(among(MapState::held), MapState::initial_sync, "");
    auto done = moved(resumed, runtime, "resume", "paused or held");
    if (!done) co_return done;
    release_held(runtime, shown);
    Running* running = *map;
    runtime.initial.state = InitialSyncProgress::State::running;
    tasks_.spawn("initial/" + name, [this, running]() { return initial(*running); });
    co_return done;
  }
  auto resumed = co_await runtime.move_state(among(MapState::paused, MapState::held), MapState::catching_up, "");
  if (resumed && *resumed) release_held(runtime, shown);
  (*map)->scan_due.notify();
  (*map)->delta_due.notify();
  co_return moved(resumed, runtime, "resume", "paused or held");
}

Task<Result<void>> Link::approve(std::string name, std::string company) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  MapRuntime& runtime = (*map)->runtime;
  const bool held = company.empty() && runtime.state() == MapState::held;
  if (held) {
    const bool known = runtime.deletes.holds();
    auto resumed = co_await resume(name);
    if (!resumed || known) co_return resumed;
    // What was shown before a restart is not known any more: yes was said to something that nobody can check.
    co_return fail(
        Errc::invalid, "which deletions of the map " + name + " were shown is not known any more; none was approved",
        "the map counts anew: look at `dualwrite maps show " + name + "` in a minute, then approve what it shows");
  }
  const std::string wanted = ascii_lower(company);
  const PerSide<capture::RecordKeys> hidden_rows = runtime.deletes.hidden_in(wanted);
  const std::size_t count = hidden_rows[Side::finops].size() + hidden_rows[Side::dataverse].size();
  if (count == 0) {
    std::string waiting;
    for (const Side side : both_sides) {
      for (const auto& [hidden, records] : runtime.deletes.hidden(side)) {
        if (!hidden.empty()) waiting += (waiting.empty() ? "" : ", ") + hidden;
      }
    }
    co_return fail(
        Errc::invalid,
        "no deletions of the map " + name + (company.empty() ? "" : " in company " + company) + " wait for an approval",
        waiting.empty() ? "" : "name a company that is out of sight: " + waiting);
  }
  store::JournalEntry entry;
  entry.at = services_.clock.now();
  entry.record.map = runtime.id();
  entry.kind = store::JournalKind::held;
  entry.rule = "the deletion of " + std::to_string(count) + " records" +
               (company.empty() ? "" : " of company " + company) + " was approved";
  store::Transaction transaction;
  transaction.journal(std::move(entry));
  auto noted = co_await services_.store.commit(std::move(transaction));
  if (!noted) co_return std::unexpected(std::move(noted).error());
  for (const Side side : both_sides) runtime.deletes.approve_rows(side, hidden_rows[side]);
  if (!hidden_rows[Side::dataverse].empty()) runtime.dataverse_scans_owed.ask(2);
  (*map)->scan_due.notify();
  (*map)->delta_due.notify();
  co_return Result<void>();
}

Task<Result<void>> Link::stop(std::string name) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  MapRuntime& runtime = (*map)->runtime;
  if (runtime.state() == MapState::stopped) co_return Result<void>();
  auto stopped = co_await runtime.move_state(
      among(MapState::initial_sync, MapState::running, MapState::paused, MapState::catching_up, MapState::held),
      MapState::stopped, "");
  if (stopped && *stopped) runtime.deletes.drop_held();
  co_return moved(stopped, runtime, "stop", "not stopped");
}

Task<Result<void>> Link::initial_sync(std::string name, Side master) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  Running* running = *map;
  MapRuntime& runtime = running->runtime;
  if (runtime.state() != MapState::stopped && runtime.state() != MapState::running) {
    co_return not_now(runtime, "start an initial sync of", "stopped or running");
  }
  auto fit = co_await expect_fit(*running);
  if (!fit) co_return fit;
  store::Transaction transaction;
  transaction.setting("initial/" + name, R"({"master":")" + std::string(to_string(master)) + R"("})");
  auto begun = co_await runtime.move_state(among(MapState::stopped, MapState::running), MapState::initial_sync, "",
                                           std::move(transaction));
  auto done = moved(begun, runtime, "start an initial sync of", "stopped or running");
  if (!done) co_return done;
  runtime.initial = InitialSyncProgress();
  runtime.initial.state = InitialSyncProgress::State::running;
  runtime.initial.started_at = services_.clock.now();
  tasks_.spawn("initial/" + name, [this, running]() { return initial(*running); });
  co_return Result<void>();
}

Task<Result<RecordReport>> Link::explain(std::string name, std::string key_text) {
  auto map = find(name);
  if (!map) co_return std::unexpected(std::move(map).error());
  const MapRuntime& runtime = (*map)->runtime;
  const RecordKey key(ascii_lower(key_text));
  std::vector<RecordRef> wanted;
  wanted.emplace_back(runtime.id(), key);
  auto couplings = co_await services_.store.couplings(std::move(wanted));
  if (!couplings) co_return std::unexpected(std::move(couplings).error());
  RecordReport report;
  report.map = name;
  report.key = key.text();
  report.state = "unknown";
  report.pending = runtime.lanes().contains(key);
  const std::optional<Coupling>& coupling = couplings->front();
  if (coupling) {
    const bool both = coupling->sides[Side::finops].shadow && coupling->sides[Side::dataverse].shadow;
    report.state = coupling->agreed ? (both && !coupling->held_deletion ? "coupled" : "one-sided") : "deleted";
    if (coupling->uncoupled) report.state = "uncoupled";
    report.incarnation = coupling->incarnation;
    for (const Side side : both_sides) {
      report.endpoint_keys[side] = coupling->sides[side].key;
      report.tokens[side] = coupling->sides[side].token;
      report.intents_in_doubt[side] = static_cast<std::int64_t>(coupling->sides[side].intents.size());
    }
    for (std::size_t index = 0; index < runtime.map().columns.size(); ++index) {
      RecordColumn column;
      column.name = runtime.map().columns[index].name();
      if (coupling->agreed) {
        column.agreed = (*coupling->agreed)[index].value;
        column.agreed_time = (*coupling->agreed)[index].time;
        column.origin = (*coupling->agreed)[index].origin;
      }
      for (const Side side : both_sides) {
        if (coupling->sides[side].shadow) column.shadows[side] = (*coupling->sides[side].shadow)[index];
      }
      const auto held = std::ranges::find(coupling->held, index, &HeldColumn::column);
      if (held != coupling->held.end()) column.held = std::string(to_string(held->reason));
      report.columns.push_back(std::move(column));
    }
  }
  store::Filter filter;
  filter.map = runtime.id();
  filter.key = key;
  filter.limit = journal_lines_max;
  auto lines = co_await services_.store.journal(filter);
  if (!lines) co_return std::unexpected(std::move(lines).error());
  report.journal = std::move(*lines);
  filter.state = store::DeadLetterState::open;
  auto letters = co_await services_.store.dead_letters(filter);
  if (!letters) co_return std::unexpected(std::move(letters).error());
  report.dead_letters = std::move(*letters);
  const bool anything = coupling || report.pending || !report.journal.empty() || !report.dead_letters.empty();
  if (!anything) {
    co_return fail(Errc::not_found, "the map " + name + " knows no record " + key.text(),
                   "a key is the key columns' values joined by |, e.g. usmf|us-001");
  }
  co_return report;
}

Task<Result<std::vector<store::JournalEntry>>> Link::journal(store::Filter filter) {
  co_return co_await services_.store.journal(std::move(filter));
}

Result<MapId> Link::map_id(const std::string& name) const {
  for (const auto& map : maps_) {
    if (map->runtime.map().name == name) return map->runtime.id();
  }
  return fail(Errc::not_found, "there is no map " + name);
}

std::string Link::map_name(MapId id) const {
  for (const auto& map : maps_) {
    if (map->runtime.id() == id) return map->runtime.map().name;
  }
  return {};
}

}  // namespace dualwrite::sync
