// The control surface of dead letters: looking at them, replaying, choosing, giving up.
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/plan/plan.hpp"
#include "dualwrite/sync/retention.hpp"
#include "sync/held.hpp"
#include "sync/journal.hpp"
#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds replay_wait{10000};
constexpr milliseconds replay_poll{20};
constexpr std::size_t letters_page = 500;

Change replay_of(const store::DeadLetter& letter) {
  Change change;
  change.mark.map = letter.record.map;
  change.mark.side = letter.side;
  change.mark.source = CaptureSource::replay;
  const std::string& key = letter.record.key.text();
  if (key.starts_with('@') && is_uuid(std::string_view(key).substr(1))) {
    change.mark.side = Side::dataverse;
    change.mark.endpoint_key = key.substr(1);
  } else {
    change.mark.key = letter.record.key;
  }
  return change;
}

/// What the record holds for a person, as it was last seen.
store::DeadLetter question_of(const MapRuntime& map, const Coupling& coupling, Instant now) {
  PerSide<Observation> seen;
  for (const Side side : both_sides) {
    const SideState& state = coupling.sides[side];
    if (coupling.held_deletion == side) continue;  // its shadow is what was deleted
    seen[side].row = state.shadow;
    seen[side].token = state.token;
    seen[side].key = state.key;
  }
  const plan::Input input{coupling, seen, map.policy(), std::nullopt, now - request_lifetime, std::nullopt, now};
  return held_letter(map.map(), coupling.record, plan::plan(input), seen, now);
}

}  // namespace

Task<Result<std::vector<store::DeadLetter>>> Link::dead_letters(store::Filter filter) {
  co_return co_await services_.store.dead_letters(std::move(filter));
}

Task<Result<store::DeadLetter>> Link::dead_letter(store::DeadLetterId id) {
  auto letter = co_await services_.store.dead_letter(id);
  if (!letter) co_return std::unexpected(std::move(letter).error());
  if (!*letter) co_return fail(Errc::not_found, "there is no dead letter " + std::to_string(id.value()));
  co_return std::move(**letter);
}

Task<Result<store::DeadLetter>> Link::letter_to_act_on(store::DeadLetterId id, const char* action) {
  auto letter = co_await dead_letter(id);
  if (!letter) co_return letter;
  if (letter->state != store::DeadLetterState::open) {
    co_return fail(Errc::invalid, "the dead letter " + std::to_string(id.value()) + " is " +
                                      std::string(store::to_string(letter->state)) + " already");
  }
  const Running* map = find(letter->record.map);
  if (map == nullptr) co_return fail(Errc::invalid, "the map of that dead letter is no longer configured");
  if (!map->runtime.works()) {
    co_return fail(Errc::invalid,
                   "cannot " + std::string(action) + " a dead letter of the map " + map->runtime.map().name +
                       ": it is " + std::string(store::to_string(map->runtime.state())),
                   "that is possible when it is running");
  }
  co_return letter;
}

Task<Result<ReplayOutcome>> Link::act_on(store::DeadLetter letter, Change change) {
  std::vector<Change> changes;
  changes.push_back(std::move(change));
  store::Transaction nothing_else;
  auto accepted = co_await accept(std::move(changes), std::move(nothing_else));
  if (!accepted) co_return std::unexpected(std::move(accepted).error());
  const milliseconds until = services_.clock.elapsed() + replay_wait;
  while (services_.clock.elapsed() < until && !stopping_) {
    co_await services_.clock.sleep(replay_poll);
    auto now = co_await dead_letter(letter.id);
    if (!now) co_return std::unexpected(std::move(now).error());
    if (now->state != store::DeadLetterState::open) co_return ReplayOutcome::resolved;
    if (now->attempts > letter.attempts) co_return ReplayOutcome::refused;
  }
  co_return ReplayOutcome::queued;
}

Task<Result<ReplayOutcome>> Link::replay(store::DeadLetterId id) {
  auto letter = co_await letter_to_act_on(id, "replay");
  if (!letter) co_return std::unexpected(std::move(letter).error());
  Change change = replay_of(*letter);
  co_return co_await act_on(std::move(*letter), std::move(change));
}

Task<Result<ReplayOutcome>> Link::resolve(store::DeadLetterId id, Side winner) {
  auto letter = co_await letter_to_act_on(id, "resolve");
  if (!letter) co_return std::unexpected(std::move(letter).error());
  std::vector<RecordRef> wanted;
  wanted.push_back(letter->record);
  auto couplings = co_await services_.store.couplings(std::move(wanted));
  if (!couplings) co_return std::unexpected(std::move(couplings).error());
  const std::optional<Coupling>& coupling = couplings->front();
  if (!coupling || !waits_for_person(*coupling)) {
    co_return fail(Errc::invalid, "nothing of the record " + letter->record.key.text() + " waits for a choice",
                   "correct what the dead letter names, then replay it");
  }
  Change change;
  change.mark.map = letter->record.map;
  change.mark.key = letter->record.key;
  change.mark.side = winner;
  change.mark.source = CaptureSource::choice;
  co_return co_await act_on(std::move(*letter), std::move(change));
}

Task<Result<std::int64_t>> Link::replay_all(store::Filter filter) {
  filter.state = store::DeadLetterState::open;
  filter.limit = letters_page;
  filter.before_id = 0;
  std::int64_t queued = 0;
  for (;;) {
    auto letters = co_await services_.store.dead_letters(filter);
    if (!letters) co_return std::unexpected(std::move(letters).error());
    std::vector<Change> changes;
    for (const store::DeadLetter& letter : *letters) {
      if (find(letter.record.map) != nullptr) changes.push_back(replay_of(letter));
    }
    queued += static_cast<std::int64_t>(changes.size());
    const bool last = letters->size() < filter.limit;
    if (!last) filter.before_id = letters->back().id.value();
    store::Transaction nothing_else;
    auto accepted = co_await accept(std::move(changes), std::move(nothing_else));
    if (!accepted) co_return std::unexpected(std::move(accepted).error());
    if (last) co_return queued;
  }
}

Task<Result<void>> Link::discard(store::DeadLetterId id, std::string reason) {
  auto letter = co_await dead_letter(id);
  if (!letter) co_return std::unexpected(std::move(letter).error());
  if (letter->state != store::DeadLetterState::open) {
    co_return fail(Errc::invalid, "the dead letter " + std::to_string(id.value()) + " is " +
                                      std::string(store::to_string(letter->state)) + " already");
  }
  const Instant now = services_.clock.now();
  store::Transaction transaction;
  transaction.close_dead_letter(letter->record, letter->side, store::DeadLetterState::discarded, reason, now);
  transaction.journal(line(letter->record, store::JournalKind::resolved, letter->side, "discarded: " + reason, now));
  Running* map = find(letter->record.map);
  bool asks = false;
  if (map != nullptr && letter->side == held_side && !asks_for_choice(*letter)) {
    // The trouble had taken the place of a question: giving it up does not answer that.
    std::vector<RecordRef> record(1, letter->record);
    auto coupling = co_await services_.store.couplings(std::move(record));
    if (!coupling) co_return std::unexpected(std::move(coupling).error());
    asks = coupling->front() && waits_for_person(*coupling->front());
    if (asks) transaction.dead_letter(question_of(map->runtime, *coupling->front(), now));
  }
  auto committed = co_await services_.store.commit(std::move(transaction));
  if (!committed) co_return std::unexpected(std::move(committed).error());
  if (map != nullptr) {
    map->runtime.note_letter(letter->record.key, letter->side, asks ? Letter::held : Letter::none);
  }
  co_return Result<void>();
}

}  // namespace dualwrite::sync
