#include "sync/round.hpp"

#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/maps/translate.hpp"
#include "dualwrite/plan/plan.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds delay_first{200};
constexpr milliseconds delay_max{60000};
constexpr milliseconds parent_wait_first{2000};
constexpr milliseconds parent_wait{15 * 60 * 1000};
constexpr milliseconds proof_wait{10 * 60 * 1000};
constexpr int immediate_rounds = 3;

milliseconds backoff(int attempts) {
  const int doublings = std::min(attempts, 9);
  return std::min(delay_max, delay_first * (1 << doublings));
}

}  // namespace

Round::~Round() {
  --map_.rounds_running;
}

Round::Round(MapRuntime& map, std::vector<std::pair<RecordKey, Dirt>> taken) : map_(map), services_(map.services()) {
  ++map_.rounds_running;
  items_.reserve(taken.size());
  sightings_.push_back(services_.sight(services_.next_read_number()));  // of what it reads itself
  for (auto& [key, dirt] : taken) {
    if (dirt.seen[Side::dataverse]) sightings_.push_back(dirt.seen[Side::dataverse]->sighting);
    Item item;
    item.key = std::move(key);
    item.dirt = std::move(dirt);
    items_.push_back(std::move(item));
  }
}

Task<void> Round::run() {
  // Whatever happens below, every record goes back to the lanes: a lane that is never given back is lost until restart.
  std::exception_ptr broken;
  try {
    const bool loaded = co_await load();
    if (loaded) {
      co_await observe();
      co_await find_kin();
      co_await judge_moves();
      co_await match();
      plan_all();
      co_await guard_deletions();
      const bool decided = co_await decide();
      if (decided) {
        co_await write();
        co_await find_parents();
        co_await settle();
      }
    }
  } catch (...) {
    broken = std::current_exception();
  }
  give_back();
  if (broken) std::rethrow_exception(broken);
}

Task<bool> Round::load() {
  std::vector<RecordRef> records;
  records.reserve(items_.size());
  for (const Item& item : items_) records.push_back(ref(item));
  auto couplings = co_await services_.store.couplings(std::move(records));
  if (!couplings) {
    map_.fault(MapRuntime::Source::store, couplings.error().text());
    for (Item& item : items_) item.fate = Fate::delayed;
    co_return false;
  }
  for (std::size_t index = 0; index < items_.size(); ++index) {
    Item& item = items_[index];
    std::optional<Coupling>& stored = (*couplings)[index];
    item.stored = stored.has_value();
    if (stored) item.coupling = std::move(*stored);
    item.coupling.record = ref(item);
  }
  co_return true;
}

void Round::plan_all() {
  const Instant now = services_.clock.now();
  const Instant oldest = now - request_lifetime;
  for (Item& item : items_) {
    if (item.fate != Fate::open || item.trouble || item.moved_to) continue;
    const std::optional<Side> master = item.dirt.initial ? map_.master : std::nullopt;
    const plan::Input input{item.coupling, item.seen, map_.policy(), master, oldest, item.dirt.choice, now};
    item.plan = plan::plan(input);
    if (item.plan.verdict != Plan::Verdict::unproven) continue;
    item.fate = Fate::waits_for_proof;
    // F&O is scanned anyway. Dataverse's deltas have said all they will: two scans decide.
    if (item.plan.missing_on == Side::dataverse) map_.dataverse_scans_owed.ask(2);
  }
}

void Round::give_back() {
  const milliseconds now = services_.clock.elapsed();
  for (Item& item : items_) {
    map_.touch(item.key);
    const RecordRef record = ref(item);
    const bool renamed = item.fate == Fate::renamed;
    if (item.fate == Fate::done || item.fate == Fate::handed_over || renamed) services_.lacking.forget(record);
    if (renamed) give_to_new_key(item);
    if (item.claimed) map_.lanes().unclaim(*item.moved_to);
    if (renamed) continue;
    if (item.fate == Fate::done) {
      if (item.dirt.initial) ++map_.initial.settled;
      map_.lanes().done(item.key);
      map_.deletes.settled(item.key);
      services_.arrived(record);
      continue;
    }
    if (item.fate == Fate::handed_over) {
      map_.lanes().done(item.key);
      continue;
    }
    for (const Sent& sent : item.sent) {
      // Without one of its lookups, but there: who waits for the row has waited enough.
      const bool there = sent.partial && sent.reply.outcome == endpoint::WriteOutcome::done;
      if (there) services_.arrived(record);
    }
    const int attempts = ++item.dirt.attempts;
    for (std::optional<SeenRow>& row :
         {std::ref(item.dirt.seen[Side::finops]), std::ref(item.dirt.seen[Side::dataverse])}) {
      if (item.fate != Fate::again) row.reset();
    }
    switch (item.fate) {
      case Fate::again:
        map_.lanes().again(item.key, std::move(item.dirt),
                           attempts <= immediate_rounds ? now : now + backoff(attempts));
        break;
      case Fate::waits_for_parent: {
        // The first wait is short: the parent may have arrived between the look for it and here.
        const milliseconds until = now + (item.dirt.parent_rounds <= 1 ? parent_wait_first : parent_wait);
        map_.lanes().park_on_parent(item.key, std::move(item.dirt), item.parents, until);
      } break;
      case Fate::waits_for_proof:
        map_.deletes.unproven(item.key);
        map_.lanes().park_for_proof(item.key, std::move(item.dirt), now + proof_wait);
        break;
      default:
        map_.lanes().again(item.key, std::move(item.dirt), now + backoff(attempts));
        break;
    }
  }
  if (map_.deletes.waiting().empty()) map_.fine(MapRuntime::Source::deletions);
  map_.last_progress = services_.clock.now();
  map_.work.notify();
  map_.progress.notify();
}

}  // namespace dualwrite::sync
