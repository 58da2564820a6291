// A map works only if both services have what it names: without that, every record of it would become a dead letter.
#include "dualwrite/endpoint/fit.hpp"

#include <optional>

#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::milliseconds outage_wait{5000};
constexpr std::chrono::milliseconds second_look{1000};
constexpr std::size_t misfits_shown_max = 10;

std::string text_of(const maps::TableMap& map, const std::vector<endpoint::Misfit>& misfits) {
  std::string out;
  for (std::size_t index = 0; index < misfits.size() && index < misfits_shown_max; ++index) {
    out += (index == 0 ? "" : "; ") + endpoint::to_string(map.name, misfits[index]);
  }
  if (misfits.size() > misfits_shown_max) {
    out += "; and " + std::to_string(misfits.size() - misfits_shown_max) + " more: `dualwrite check` shows all";
  }
  return out;
}

/// The service may answer later; anything else is said once, and the map's own work will show what is wrong.
bool may_answer_later(Errc code) {
  return endpoint::is_outage(code) || code == Errc::unauthorized;
}

}  // namespace

/// The environment behind an address may be another one one day: restored, copied, or the address moved. Its rows are
/// not those that the state file speaks of. Errc::invalid says so; the choices are a person's.
Task<Result<void>> Link::expect_identity(Side side) {
  if (known_identity_[side] || !options_.watches_environment) co_return Result<void>();
  auto now = co_await services_.endpoint(side).identity();
  if (!now) co_return std::unexpected(std::move(now).error());
  const std::string setting = "identity/" + std::string(to_string(side));
  auto before = co_await services_.store.setting(setting);
  if (!before) co_return std::unexpected(std::move(before).error());
  if (*before && !(*before)->empty() && **before != *now) {
    co_return fail(Errc::invalid,
                   services_.endpoint(side).url() + " is another environment than before: organisation " + *now +
                       ", not " + **before,
                   "correct the address; or, if that environment was restored or copied on purpose, start with a new "
                   "state file and an initial sync");
  }
  if (!*before && !now->empty()) {
    store::Transaction transaction;
    transaction.setting(setting, *now);
    auto committed = co_await services_.store.commit(std::move(transaction));
    if (!committed) co_return std::unexpected(std::move(committed).error());
  }
  known_identity_[side] = true;
  co_return Result<void>();
}

/// Compares the map with what it has not been compared with yet. Errc::invalid: it does not fit. Other errors: a
/// service could not be asked.
Task<Result<void>> Link::compare(Running& map) {
  const Semaphore::Permit turn = co_await map.comparing.acquire();
  MapRuntime& runtime = map.runtime;
  // Those who queued behind a question that nobody answered do not ask it again one after the other.
  const bool just_asked = map.unanswered && services_.clock.elapsed() - map.unanswered_at < outage_wait;
  if (just_asked) co_return std::unexpected(*map.unanswered);
  std::vector<endpoint::Misfit> found;
  std::optional<Error> unasked;
  for (const Side side : both_sides) {
    if (map.fits[side] || map.misfit) continue;
    auto same = co_await expect_identity(side);
    const bool decides = !same && (same.error().code() == Errc::invalid || same.error().code() == Errc::storage);
    if (decides) co_return same;
    if (!same && may_answer_later(same.error().code())) {
      // No row is touched before it is known whose it is.
      unasked = std::move(same).error();
      runtime.fault(MapRuntime::Source::metadata, "which environment it is cannot be asked: " + unasked->text());
      continue;
    }
    auto misfits = co_await endpoint::misfits(services_.endpoint(side), runtime.map());
    if (misfits) {
      map.fits[side] = misfits->empty();
      for (endpoint::Misfit& misfit : *misfits) found.push_back(std::move(misfit));
      continue;
    }
    unasked = std::move(misfits).error();
    runtime.fault(MapRuntime::Source::metadata, "the map cannot be compared with the service: " + unasked->text());
    map.fits[side] = !may_answer_later(unasked->code());
  }
  if (map.misfit) co_return fail(Errc::invalid, runtime.reason);
  if (found.empty()) {
    if (unasked && may_answer_later(unasked->code())) {
      map.unanswered = unasked;
      map.unanswered_at = services_.clock.elapsed();
      co_return std::unexpected(std::move(*unasked));
    }
    // Before any row is read: a value whose pair is not known yet would become a dead letter.
    auto learnt = co_await runtime.learn_values();
    if (!learnt && may_answer_later(learnt.error().code())) {
      map.unanswered = learnt.error();
      map.unanswered_at = services_.clock.elapsed();
    }
    if (!learnt) {
      map.fits = PerSide<bool>(false, false);
      co_return learnt;
    }
    map.unanswered.reset();
    if (!unasked) runtime.fine(MapRuntime::Source::metadata);
    co_return Result<void>();
  }
  const std::string file = runtime.map().file.empty() ? "the map's file" : runtime.map().file;
  const char* verb = runtime.state() == store::MapState::stopped ? "start " : "resume ";
  co_return fail(
      Errc::invalid, text_of(runtime.map(), found),
      "correct " + file + " and restart, or the table there; then `dualwrite maps " + verb + runtime.map().name + "`");
}

/// True if the map may be worked on. Otherwise it has waited; a map that does not fit is held.
Task<bool> Link::fits(Running& map) {
  if (map.fits[Side::finops] && map.fits[Side::dataverse]) co_return true;
  MapRuntime& runtime = map.runtime;
  auto compared = co_await compare(map);
  if (compared) {
    map.misfit_seen = false;
    co_return true;
  }
  if (compared.error().code() != Errc::invalid) {
    co_await runtime.progress.wait(outage_wait);
    co_return false;
  }
  if (map.misfit) {
    co_await runtime.progress.wait(outage_wait);
    co_return false;
  }
  if (!map.misfit_seen) {
    // One short list would do; only a service that says it twice is believed.
    map.misfit_seen = true;
    co_await runtime.progress.wait(second_look);
    co_return false;
  }
  const std::string why = "the map does not fit: " + compared.error().text();
  auto held = co_await runtime.move_state(
      among(store::MapState::initial_sync, store::MapState::running, store::MapState::catching_up),
      store::MapState::held, why);
  if (held && *held) {
    map.misfit = true;
  } else if (!held) {
    runtime.fault(MapRuntime::Source::store, held.error().text());
    co_await runtime.progress.wait(outage_wait);
  }
  co_return false;
}

/// Schemas change under a running map. A column that is gone holds it with the reason, instead of a dead letter for
/// each record.
void Link::compare_again(Running& map) {
  constexpr std::chrono::minutes interval{30};
  const milliseconds now = services_.clock.elapsed();
  if (!options_.watches_environment || !map.fits[Side::finops] || !map.fits[Side::dataverse]) return;
  if (now - map.compared_at < interval) return;
  map.compared_at = now;
  map.fits = PerSide<bool>(false, false);
}

/// For whoever asks for the map to begin: compares anew. A service that does not answer is no objection: the map waits
/// for it.
Task<Result<void>> Link::expect_fit(Running& map) {
  map.fits = PerSide<bool>(false, false);
  map.misfit = false;
  auto compared = co_await compare(map);
  if (!compared && compared.error().code() == Errc::invalid) co_return compared;
  co_return Result<void>();
}

}  // namespace dualwrite::sync
