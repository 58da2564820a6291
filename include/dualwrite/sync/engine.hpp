#pragma once
// One link at work: its maps, lanes and captures. What admin, the CLI and the tests see of it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/task.hpp"
#include "dualwrite/base/error.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/store/records.hpp"
#include "dualwrite/store/store.hpp"

namespace dualwrite::sync {

/// Rows written to one side since the daemon started.
struct WriteCounters {
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
};

struct LegProgress {
  Side from = Side::finops;
  std::int64_t read = 0;  ///< rows read from that side
  bool complete = false;  ///< the last page was read
};

struct InitialSyncProgress {
  enum class State : std::uint8_t { never, running, done, failed };
  State state = State::never;
  std::vector<LegProgress> legs;
  std::int64_t settled = 0;  ///< records brought to an end, well or as a dead letter
  std::int64_t created = 0;  ///< rows created on either side meanwhile
  std::int64_t updated = 0;
  std::int64_t failed = 0;  ///< dead letters made meanwhile
  std::string error;        ///< why it failed
  Instant started_at{};
  Instant finished_at{};
};
std::string_view to_string(InitialSyncProgress::State state) noexcept;

struct MapStatus {
  std::string name;
  MapId id;
  std::string finops_entity;
  std::string dataverse_set;
  store::MapState state = store::MapState::stopped;
  std::string reason;  ///< held: what was seen and what to decide; else empty
  std::int64_t couplings = 0;
  std::int64_t pending = 0;              ///< records waiting in lanes or parked
  std::int64_t parked = 0;               ///< of these, waiting for a parent or for proof of a deletion
  std::int64_t dead_letters = 0;         ///< open ones
  std::int64_t conflicts = 0;            ///< values that lost, all time
  PerSide<WriteCounters> written;        ///< by target side
  PerSide<std::int64_t> requests{0, 0};  ///< sent for this map since the daemon started
  std::int64_t echoes = 0;               ///< our own writes that came back and were recognised
  Instant last_scan{};                   ///< last complete F&O scan
  Instant last_delta{};                  ///< last Dataverse delta read to its end
  std::string last_error;  ///< the last failed capture or request, with what to do; empty when all is well
  InitialSyncProgress initial_sync;
};

struct EndpointStatus {
  Side side = Side::finops;
  std::string url;
  std::string dialect;
  std::int64_t requests = 0;         ///< HTTP requests sent, token requests not counted
  std::int64_t failures = 0;         ///< requests and token requests without a usable answer
  std::int64_t throttled = 0;        ///< answers 429 and 503
  std::int64_t at_once = 0;          ///< requests allowed at a time now: fewer after the service said 429
  std::int64_t users = 1;            ///< application users that take turns
  std::int64_t window_requests = 0;  ///< in the last five minutes
  std::int64_t window_ms = 0;        ///< how long those took, added up
  Instant paused_until{};            ///< Retry-After, for all users; the epoch: not paused
  Instant down_since{};              ///< since when nothing got a usable answer; the epoch: the last request did
  std::string last_error;
  std::int64_t clock_offset = 0;  ///< the service's clock minus ours, in milliseconds: the middle of what it may be
  std::int64_t clock_doubt = 0;   ///< and how far from that it may be
  std::int64_t clock_dates = 0;   ///< measured so often by a reply's Date
  std::int64_t clock_stamps = 0;  ///< and so often by the stamp that our own write was given
  std::int64_t clock_granularity = 0;  ///< of the service's stamps, in milliseconds
};

struct LinkStatus {
  std::string name;
  std::vector<EndpointStatus> endpoints;
  std::vector<MapStatus> maps;
  std::string state_error;  ///< why the state file cannot be written, as the last one who tried heard; empty: it can
  std::string stuck;        ///< which task has stood still for longer than any legal step lasts; empty: all move
  Instant last_progress{};  ///< when a lane, scan or delta last came to an end
};

/// A record as `explain` shows it. `columns` follow the map's order.
struct RecordColumn {
  std::string name;
  Value agreed;
  EditTime agreed_time;
  Side origin = Side::finops;
  std::string held;        ///< why it waits for a person: "conflict", "oscillation"; empty: it does not
  PerSide<Value> shadows;  ///< absent: no row there
};

struct RecordReport {
  std::string map;
  std::string key;
  std::string state;  ///< "coupled", "deleted", "one-sided", "uncoupled", "unknown"
  std::uint32_t incarnation = 0;
  PerSide<std::string> endpoint_keys;
  PerSide<std::string> tokens;
  PerSide<std::int64_t> intents_in_doubt;
  bool pending = false;
  std::vector<RecordColumn> columns;
  std::vector<store::JournalEntry> journal;     ///< newest first, at most 200
  std::vector<store::DeadLetter> dead_letters;  ///< open ones
};

/// What replaying came to.
enum class ReplayOutcome : std::uint8_t {
  resolved,  ///< the record is settled and the dead letter closed
  refused,   ///< refused again; the dead letter is open, one attempt more
  queued,    ///< still under way when the time for waiting was over
};
std::string_view to_string(ReplayOutcome outcome) noexcept;

/// The control surface. Calls come from the engine's executor. Unknown map or number: Errc::not_found; an action that
/// the map's state does not allow: Errc::invalid with the states that do.
class Control {
 public:
  virtual ~Control() = default;

  virtual Task<LinkStatus> status() = 0;
  virtual Task<Result<void>> start(std::string map) = 0;   ///< running, without initial sync
  virtual Task<Result<void>> pause(std::string map) = 0;   ///< changes are captured, nothing is written
  virtual Task<Result<void>> resume(std::string map) = 0;  ///< catching up, then running; a held map: as approve
  virtual Task<Result<void>> stop(std::string map) = 0;    ///< nothing is captured
  /// Lets through the deletions that wait for a person: exactly the records that were shown. With a company, those of
  /// a company that is out of sight; without, what the map is held for (it then catches up), or the whole of a map
  /// without companies that is out of sight. Errc::invalid when nothing waits.
  virtual Task<Result<void>> approve(std::string map, std::string company) = 0;
  /// Starts the map with an initial sync, or runs it again on a running map. `master` wins where both sides hold a
  /// row and differ. Returns when it has begun; progress is in status().
  virtual Task<Result<void>> initial_sync(std::string map, Side master) = 0;

  virtual Task<Result<RecordReport>> explain(std::string map, std::string key) = 0;

  virtual Task<Result<std::vector<store::DeadLetter>>> dead_letters(store::Filter filter) = 0;
  virtual Task<Result<store::DeadLetter>> dead_letter(store::DeadLetterId id) = 0;
  /// Throws the attempted write away, reads both sides and plans anew. Waits a few seconds for the outcome.
  virtual Task<Result<ReplayOutcome>> replay(store::DeadLetterId id) = 0;
  /// Queues every open dead letter that the filter matches; returns how many.
  virtual Task<Result<std::int64_t>> replay_all(store::Filter filter) = 0;
  /// Chooses the side whose value or deletion counts, for all that the record holds for a person. Errc::invalid if it
  /// holds nothing. Waits as replay() does.
  virtual Task<Result<ReplayOutcome>> resolve(store::DeadLetterId id, Side winner) = 0;
  virtual Task<Result<void>> discard(store::DeadLetterId id, std::string reason) = 0;

  virtual Task<Result<std::vector<store::JournalEntry>>> journal(store::Filter filter) = 0;

  /// The store's number for a map, and back. not_found for a map that no link has.
  virtual Result<MapId> map_id(const std::string& name) const = 0;
  virtual std::string map_name(MapId id) const = 0;
};

}  // namespace dualwrite::sync
