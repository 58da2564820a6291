// Between plan and decide: deletions go out only as long as they are few, or approved.
#include <spdlog/logger.h>

#include <algorithm>

#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

std::string held_reason(std::size_t counted, std::size_t marked, std::int64_t limit) {
  return std::to_string(counted) + " records were deleted within " + std::to_string(DeleteGuard::window.count()) +
         " minutes, more than the limit of " + std::to_string(limit) + ", and " + std::to_string(marked) +
         " are marked as deleted: those not yet deleted on the other side wait; approve the map if they are meant";
}

std::string waiting_reason(std::int64_t limit) {
  return "deletions wait: with the records that are still marked as deleted there may be more of them than the limit " +
         std::string("of ") + std::to_string(limit) + ", and none is sent before all have been looked at";
}

std::size_t marked_unapproved(const MapRuntime& map) {
  const LaneQueue& lanes = map.lanes();
  const DeleteGuard::Among marked = [&lanes](const RecordKey& key) { return lanes.is_deletion(key); };
  return lanes.deletions() - map.deletes.count_approved(marked);
}

}  // namespace

/// True if a deletion is about to be sent that nobody has asked for by name.
bool Round::guarded(const Item& item) const {
  if (item.fate != Fate::open || item.trouble || map_.deletes.is_approved(item.key)) return false;
  if (item.dirt.choice && item.coupling.held_deletion) return false;
  return std::ranges::any_of(item.plan.writes,
                             [](const PlannedWrite& write) { return write.kind == WriteKind::remove; });
}

Task<void> Round::guard_deletions() {
  std::vector<RecordKey> about_to;
  for (const Item& item : items_) {
    if (guarded(item)) about_to.push_back(item.key);
  }
  if (about_to.empty()) co_return;
  auto counts = co_await services_.store.counts(map_.id());
  DeleteGuard::Verdict verdict = DeleteGuard::Verdict::wait;
  const std::int64_t limit = counts ? capture::deletions_limit(counts->couplings) : 0;
  if (counts) {
    verdict = map_.deletes.judge(about_to, marked_unapproved(map_), limit, services_.clock.elapsed());
  } else {
    map_.fault(MapRuntime::Source::store, counts.error().text());
  }
  if (verdict == DeleteGuard::Verdict::send) co_return;
  for (Item& item : items_) {
    if (guarded(item)) item.fate = Fate::delayed;
  }
  if (verdict == DeleteGuard::Verdict::wait) {
    if (counts) map_.fault(MapRuntime::Source::deletions, waiting_reason(limit));
    co_return;
  }
  const std::vector<RecordKey> marked = map_.lanes().marked_deleted();
  const std::string why = held_reason(map_.deletes.counted(), marked.size(), limit);
  capture::RecordKeys records(marked.begin(), marked.end());
  records.insert(map_.deletes.waiting().begin(), map_.deletes.waiting().end());
  auto held = co_await map_.hold_deletions(among(store::MapState::running, store::MapState::catching_up,
                                                 store::MapState::initial_sync, store::MapState::held),
                                           std::move(records), std::nullopt, why);
  if (!held) map_.fault(MapRuntime::Source::store, held.error().text());
  map_.fine(MapRuntime::Source::deletions);  // the reason for the hold says more
}

}  // namespace dualwrite::sync
