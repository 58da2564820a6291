// The safety nets of one map, once around.
#include <spdlog/logger.h>

#include "sync/link.hpp"

namespace dualwrite::sync {

namespace {

/// The state file's troubles are one fault, whoever meets them.
MapRuntime::Source source_of(const Error& error, MapRuntime::Source otherwise) {
  return error.code() == Errc::storage ? MapRuntime::Source::store : otherwise;
}

}  // namespace

Task<bool> delta_once(MapRuntime& map, capture::DeltaCapture& delta) {
  auto report = co_await delta.poll(map.context());
  if (!report) {
    map.fault(source_of(report.error(), MapRuntime::Source::delta), report.error().text());
    co_return false;
  }
  map.fine(MapRuntime::Source::delta);
  map.echoes += report->echoes;
  map.last_delta = map.services().clock.now();
  map.last_progress = map.last_delta;
  if (report->gap) map.services().log->warn("delta link expired, scanning map={}", map.map().name);
  co_return report->gap;
}

Task<bool> scan_once(MapRuntime& map, capture::ScanCapture& scan) {
  Services& services = map.services();
  const Side side = scan.side();
  const Instant started = services.clock.now();
  const std::int64_t approved = map.approved_scans > 0 ? map.approved_absent : 0;
  auto report = co_await scan.run(map.context(), approved, map.last_scan_start[side]);
  if (!report) {
    map.fault(source_of(report.error(), MapRuntime::Source::scan), report.error().text());
    co_return false;
  }
  map.fine(MapRuntime::Source::scan);
  if (map.approved_scans > 0) --map.approved_scans;
  store::Transaction transaction;
  if (side == Side::finops) {
    transaction.setting("scan/" + map.map().name, std::to_string(started.time_since_epoch().count()));
  }
  std::string why;
  if (report->held) {
    why = "the scan of the " + std::string(to_string(side)) + " side misses " + std::to_string(report->absent) +
          " known rows, more than the limit of " + std::to_string(report->limit) +
          ": check the application's role and companies; resume the map if they are really deleted";
    store::JournalEntry entry;
    entry.at = services.clock.now();
    entry.record.map = map.id();
    entry.kind = store::JournalKind::held;
    entry.side = side;
    entry.rule = why;
    transaction.journal(std::move(entry));
  }
  if (!transaction.empty()) {
    auto committed = co_await services.store.commit(std::move(transaction));
    if (!committed) {
      map.fault(MapRuntime::Source::store, committed.error().text());
      co_return false;
    }
    map.fine(MapRuntime::Source::store);
  }
  map.last_scan_start[side] = started;
  map.last_progress = services.clock.now();
  if (side == Side::finops) map.last_scan = map.last_progress;
  if (!report->held) co_return true;
  map.held_absent = report->absent;
  auto held = co_await map.move_state(among(store::MapState::running, store::MapState::catching_up),
                                      store::MapState::held, why);
  if (!held) map.fault(MapRuntime::Source::store, held.error().text());
  co_return false;
}

}  // namespace dualwrite::sync
