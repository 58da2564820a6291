// The safety nets of one map, once around.
#include <spdlog/logger.h>

#include <algorithm>

#include "sync/link.hpp"
#include "sync/scan_notice.hpp"
#include "sync/scope.hpp"

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

namespace {

MapRuntime::Source rows_of(Side side) {
  return side == Side::finops ? MapRuntime::Source::finops_rows : MapRuntime::Source::dataverse_rows;
}

store::JournalEntry entry_of(const MapRuntime& map, Side side, store::JournalKind kind, std::string rule, Instant now) {
  store::JournalEntry entry;
  entry.at = now;
  entry.record.map = map.id();
  entry.kind = kind;
  entry.side = side;
  entry.rule = std::move(rule);
  return entry;
}

/// What the scan did not show, into the map's status, and into the journal when it is new.
void tell_notice(MapRuntime& map, Side side, const capture::ScanReport& report, store::Transaction& transaction) {
  const Instant now = map.services().clock.now();
  const std::string text = scan_notice(map.map(), side, report);
  // The numbers may change with every scan; a new line in the journal needs a new reason.
  std::string reason = report.cut ? "cut" : "";
  for (const capture::HiddenCompany& hidden : report.hidden) reason += " hidden:" + hidden.company;
  if (!reason.empty() && reason != map.notice[side]) {
    const auto kind = report.hidden.empty() ? store::JournalKind::gap : store::JournalKind::held;
    transaction.journal(entry_of(map, side, kind, text, now));
  }
  map.notice[side] = std::move(reason);
  const bool came_back = std::ranges::any_of(map.deletes.hidden(side), [&](const auto& before) {
    return std::ranges::none_of(report.hidden, [&](const auto& hidden) { return hidden.company == before.first; });
  });
  map.deletes.set_hidden(side, report.hidden);
  if (text.empty()) {
    map.fine(rows_of(side));
  } else {
    map.fault(rows_of(side), text);
  }
  if (!came_back) return;
  map.lanes().release_proofs();
  map.work.notify();
}

/// A filter or list of companies that has changed since the last complete scan: what that came to.
void tell_scope(MapRuntime& map, Side side, const capture::ScanReport& report, store::Transaction& transaction) {
  std::string scope = scope_of(map.map(), side);
  if (scope == map.scope[side]) return;
  if (!map.scope[side].empty()) {
    const std::string rule = scope_notice(side, report);
    transaction.journal(entry_of(map, side, store::JournalKind::scope, rule, map.services().clock.now()));
    map.services().log->info("scope changed map={} side={} why=\"{}\"", map.map().name, to_string(side), rule);
  }
  transaction.setting(scope_setting(map.map(), side), scope);
  map.scope[side] = std::move(scope);
}

}  // namespace

Task<bool> scan_once(MapRuntime& map, capture::ScanCapture& scan) {
  Services& services = map.services();
  const Side side = scan.side();
  const Instant started = services.clock.now();
  const bool judges = map.state() != store::MapState::held || !map.deletes.holds();
  const std::uint64_t read_number = services.begin_page_read();
  capture::ScanTerms terms(map.last_scan_start[side], read_number, map.deletes.approved(side), judges);
  const bool began_approved = map.deletes.has_approvals(side);
  auto report = co_await scan.run(map.context(), std::move(terms));
  services.end_page_read(read_number);
  if (!report) {
    map.fault(source_of(report.error(), MapRuntime::Source::scan), report.error().text());
    co_return false;
  }
  map.fine(MapRuntime::Source::scan);
  store::Transaction transaction;
  if (side == Side::finops) {
    transaction.setting("scan/" + map.map().name, std::to_string(started.time_since_epoch().count()));
  }
  std::string why;
  const bool holds = !report->held.empty() && map.state() != store::MapState::held;
  if (judges) {
    if (began_approved) map.deletes.scan_done(side);
    tell_notice(map, side, *report, transaction);
    tell_scope(map, side, *report, transaction);
    map.deletes.hold_rows(side, std::move(report->held));
  }
  if (holds) {
    why = held_notice(side, *report);
    transaction.journal(entry_of(map, side, store::JournalKind::held, why, services.clock.now()));
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
  // What is out of sight, or still to be read by key, is looked for again.
  if (!holds) co_return judges && report->hidden.empty() && report->unread == 0;
  auto held = co_await map.move_state(among(store::MapState::running, store::MapState::catching_up),
                                      store::MapState::held, why);
  if (!held) map.fault(MapRuntime::Source::store, held.error().text());
  co_return false;
}

}  // namespace dualwrite::sync
