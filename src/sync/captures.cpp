// The safety nets of one map, once around.
#include <spdlog/logger.h>

#include "sync/link.hpp"

namespace dualwrite::sync {

Task<bool> delta_once(MapRuntime& map, capture::DeltaCapture& delta) {
  auto report = co_await delta.poll(map.context());
  if (!report) {
    map.last_error = report.error().text();
    map.services().log->warn("delta not read map={} why=\"{}\"", map.map().name, report.error().text());
    co_return false;
  }
  map.echoes += report->echoes;
  map.last_delta = map.services().clock.now();
  map.last_progress = map.last_delta;
  if (report->gap) map.services().log->warn("delta link expired, scanning map={}", map.map().name);
  co_return report->gap;
}

Task<void> scan_once(MapRuntime& map, capture::ScanCapture& scan) {
  Services& services = map.services();
  const bool approved = map.deletions_approved;
  const Instant started = services.clock.now();
  auto report = co_await scan.run(map.context(), approved, map.last_scan_start);
  if (!report) {
    map.last_error = report.error().text();
    services.log->warn("scan not finished map={} why=\"{}\"", map.map().name, report.error().text());
    co_return;
  }
  store::Transaction transaction;
  transaction.setting("scan/" + map.map().name, std::to_string(started.time_since_epoch().count()));
  auto committed = co_await services.store.commit(std::move(transaction));
  if (!committed) {
    map.last_error = committed.error().text();
    co_return;
  }
  map.last_scan_start = started;
  map.last_scan = services.clock.now();
  map.last_progress = map.last_scan;
  if (approved && report->absent == report->confirmed) map.deletions_approved = false;
  if (!report->held || map.state() != store::MapState::running) co_return;
  const std::string why = "the scan of " + map.map().finops_entity + " misses " + std::to_string(report->absent) +
                          " known rows, more than the limit of " + std::to_string(report->limit) +
                          ": check the application's role and companies; resume the map if they are really deleted";
  store::Transaction line;
  store::JournalEntry entry;
  entry.at = services.clock.now();
  entry.record.map = map.id();
  entry.kind = store::JournalKind::held;
  entry.side = Side::finops;
  entry.rule = why;
  line.journal(std::move(entry));
  auto noted = co_await services.store.commit(std::move(line));
  if (!noted) map.last_error = noted.error().text();
  auto held = co_await map.set_state(store::MapState::held, why);
  if (!held) map.last_error = held.error().text();
}

}  // namespace dualwrite::sync
