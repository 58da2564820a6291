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

/// What a complete scan means for the map: its lines go into the scan's transaction, and it takes effect behind it.
struct Findings {
  std::string notice;  ///< what the scan did not show
  std::string reason;  ///< the same without numbers: they may change with every scan, and then are no news
  std::string scope;   ///< the filter and companies that it ran under
  std::string rule;    ///< what it came to that these have changed; empty if they have not, or none were known
};

Findings note_findings(const MapRuntime& map, Side side, const capture::ScanReport& report, Instant now,
                       store::Transaction& transaction) {
  Findings found;
  found.notice = scan_notice(map.map(), side, report);
  found.reason = report.cut ? "cut" : "";
  for (const capture::HiddenCompany& hidden : report.hidden) found.reason += " hidden:" + hidden.company;
  if (!found.reason.empty() && found.reason != map.notice[side]) {
    const auto kind = report.hidden.empty() ? store::JournalKind::gap : store::JournalKind::held;
    transaction.journal(entry_of(map, side, kind, found.notice, now));
  }
  found.scope = scope_of(map.map(), side);
  if (found.scope == map.scope[side]) return found;
  transaction.setting(scope_setting(map.map(), side), found.scope);
  if (map.scope[side].empty()) return found;
  found.rule = scope_notice(side, report);
  transaction.journal(entry_of(map, side, store::JournalKind::scope, found.rule, now));
  return found;
}

void apply_findings(MapRuntime& map, Side side, Findings found, std::vector<capture::HiddenCompany> hidden) {
  if (!found.rule.empty()) {
    map.services().log->info("scope changed map={} side={} why=\"{}\"", map.map().name, to_string(side), found.rule);
  }
  map.scope[side] = std::move(found.scope);
  map.notice[side] = std::move(found.reason);
  const bool came_back = std::ranges::any_of(map.deletes.hidden(side), [&](const auto& before) {
    return std::ranges::none_of(hidden, [&](const auto& company) { return company.company == before.first; });
  });
  map.deletes.set_hidden(side, std::move(hidden));
  if (found.notice.empty()) {
    map.fine(rows_of(side));
  } else {
    map.fault(rows_of(side), found.notice);
  }
  if (!came_back) return;
  map.lanes().release_proofs();
  map.work.notify();
}

}  // namespace

Task<bool> scan_once(MapRuntime& map, capture::ScanCapture& scan) {
  Services& services = map.services();
  const Side side = scan.side();
  const Instant started = services.clock.now();
  const bool judges = map.state() != store::MapState::held || !map.deletes.holds();
  const std::uint64_t read_number = services.begin_page_read();
  const capture::RecordKeys approved = map.deletes.approved(side);
  capture::ScanTerms terms(map.last_scan_start[side], read_number, approved, judges);
  auto report = co_await scan.run(map.context(), std::move(terms));
  services.end_page_read(read_number);
  if (!report) {
    map.fault(source_of(report.error(), MapRuntime::Source::scan), report.error().text());
    co_return false;
  }
  map.fine(MapRuntime::Source::scan);
  store::Transaction transaction;
  Findings found;
  if (judges) found = note_findings(map, side, *report, services.clock.now(), transaction);
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
  if (side == Side::dataverse) map.last_dataverse_scan = started;
  if (!judges) co_return false;
  // What is out of sight, or still to be read by key, is looked for again.
  const bool complete = report->hidden.empty() && report->unread == 0 && report->held.empty();
  const DeleteGuard::Among marked = [&map](const RecordKey& key) { return map.lanes().is_deletion(key); };
  map.deletes.scan_done(approved, marked);
  apply_findings(map, side, std::move(found), std::move(report->hidden));
  if (report->held.empty()) co_return complete;
  // What was approved while the scan ran is not asked for again.
  std::erase_if(report->held, [&map](const RecordKey& key) { return map.deletes.is_approved(key); });
  if (static_cast<std::int64_t>(report->held.size()) <= report->limit) co_return false;
  // A map that is held for something else says from now on what its approval would let through.
  const std::string why = held_notice(side, *report);
  auto held =
      co_await map.hold_deletions(among(store::MapState::running, store::MapState::catching_up, store::MapState::held),
                                  std::move(report->held), side, why);
  if (!held) map.fault(MapRuntime::Source::store, held.error().text());
  co_return false;
}

}  // namespace dualwrite::sync
