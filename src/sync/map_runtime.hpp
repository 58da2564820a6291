#pragma once
// One map at work: its lanes, its state, what it has done.
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dualwrite/async/beat.hpp"
#include "dualwrite/async/semaphore.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/sync/engine.hpp"
#include "sync/delete_guard.hpp"
#include "sync/lane_queue.hpp"
#include "sync/services.hpp"

namespace dualwrite::sync {

/// The states that a transition may start from.
template <class... States>
std::vector<store::MapState> among(States... states) {
  return {states...};
}

/// What a record's open dead letter on a side is about.
enum class Letter : std::uint8_t {
  none,     ///< there is no open one
  trouble,  ///< a write or a row that did not do
  held,     ///< a choice that a person is asked for
};

/// Complete scans of the Dataverse side that a gap, or a row missing without proof, made necessary.
struct OwedScans {
  int left = 0;
  std::uint64_t asked = 0;  ///< how often; a scan that began before does not count
  void ask(int scans) noexcept {
    left = left > scans ? left : scans;
    ++asked;
  }
};

class MapRuntime {
 public:
  MapRuntime(Services& services, maps::TableMap definition, MapId id);

  [[nodiscard]] const maps::TableMap& map() const noexcept { return map_; }
  [[nodiscard]] const Policy& policy() const noexcept { return policy_; }
  [[nodiscard]] MapId id() const noexcept { return id_; }
  [[nodiscard]] capture::MapContext context() const noexcept { return {id_, map_}; }
  Services& services() noexcept { return services_; }
  LaneQueue& lanes() noexcept { return lanes_; }
  [[nodiscard]] const LaneQueue& lanes() const noexcept { return lanes_; }

  /// Dataverse rows of which only the GUID is known: a hint waits here until its record is found.
  std::unordered_map<std::string, Dirt>& hints() noexcept { return hints_; }
  [[nodiscard]] const std::unordered_map<std::string, Dirt>& hints() const noexcept { return hints_; }

  /// Rows that are gone and that no coupling knows. They wait, first in first out, until all that was read before their
  /// absence was seen is decided on: then they are coupled and go to their lanes, or never were ours.
  struct Gone {
    std::uint64_t seen_at = 0;  ///< the number of a read that would be sent then
    std::string guid;
    Dirt dirt;
    Gone(std::uint64_t number, std::string row, Dirt of_row)
        : seen_at(number), guid(std::move(row)), dirt(std::move(of_row)) {}
  };
  std::deque<Gone>& gone() noexcept { return gone_; }
  [[nodiscard]] bool has_unresolved() const noexcept { return !hints_.empty() || !gone_.empty(); }
  [[nodiscard]] std::size_t unresolved() const noexcept { return hints_.size() + gone_.size(); }

  /// Hands a durable mark to the lanes.
  void take_mark(MarkSeq seq, const Mark& mark, std::optional<SeenRow> row);
  /// Remembers that the record was decided on: rows read before now prove nothing about it any more.
  void touch(const RecordKey& key);
  /// True if the record was decided on after that read was sent.
  [[nodiscard]] bool touched_since(const RecordKey& key, std::uint64_t read_number) const;

  [[nodiscard]] bool captures() const noexcept { return state_ != store::MapState::stopped; }
  [[nodiscard]] bool works() const noexcept {
    return state_ == store::MapState::running || state_ == store::MapState::catching_up ||
           (state_ == store::MapState::initial_sync && tracked);
  }
  [[nodiscard]] store::MapState state() const noexcept { return state_; }
  /// Moves from one of `from` to another state, durably before it takes effect; one transition at a time. False if the
  /// map is in none of `from`: somebody else has moved it meanwhile.
  Task<Result<bool>> move_state(std::vector<store::MapState> from, store::MapState to, std::string reason);
  /// The same; `extra` commits together with the state.
  Task<Result<bool>> move_state(std::vector<store::MapState> from, store::MapState to, std::string reason,
                                store::Transaction extra);
  /// Holds the map until a person approves the deletion of these records, with a line in the journal; `scanned` is the
  /// side whose scans do not show them. False if the map is in none of `from`, or holds deletions already: then nothing
  /// has changed.
  Task<Result<bool>> hold_deletions(std::vector<store::MapState> from, capture::RecordKeys records,
                                    std::optional<Side> scanned, std::string reason);
  void restore_state(store::MapState state, std::string reason);

  /// The record's open dead letter on that side, as far as this process knows.
  [[nodiscard]] Letter letter(const RecordKey& key, Side side) const;
  void note_letter(const RecordKey& key, Side side, Letter letter);

  [[nodiscard]] MapStatus status(const store::Counts& counts) const;

  /// Reads the companies' GUIDs if the map needs them and does not know them yet.
  Task<Result<void>> learn_companies();
  /// Finds the pairs of the columns whose values go by their names in both services' metadata.
  Task<Result<void>> learn_values();
  /// The GUID of the record's legal entity in Dataverse; empty where the map does not need it or it is not known.
  [[nodiscard]] std::string company_id(const RecordKey& key) const;

  /// What goes wrong, by where: said once when it begins, shown in the status until fine() ends it.
  enum class Source : std::uint8_t {
    store,
    reading,
    writing,
    delta,
    scan,
    finops_rows,  ///< what a complete scan of that side did not show
    dataverse_rows,
    deletions,  ///< those that wait until all marked records have been looked at
    initial_sync,
    companies,
    metadata,
    step
  };
  void fault(Source source, const std::string& why);
  void fine(Source source);
  /// What is wrong there; empty if nothing is.
  [[nodiscard]] std::string fault_of(Source source) const;

  /// The initial sync's task gets on.
  void note_initial_moved() {
    if (initial_beat) initial_beat->moved();
  }

  /// Wakes the map's workers.
  Signal work;
  /// Rung whenever records have come to an end.
  Signal progress;

  std::string reason;
  Instant last_scan{};
  Instant last_dataverse_scan{};  ///< when this process last began one that came to its end
  /// Of the last complete scan of each side in this life: one of an earlier life may have left out a row because it
  /// waited, and what waited is gone with that life.
  PerSide<Instant> last_scan_start;
  Instant last_delta{};
  Instant last_progress{};
  PerSide<WriteCounters> written;
  std::int64_t echoes = 0;
  InitialSyncProgress initial;
  std::optional<Beat> initial_beat;  ///< while the task of an initial sync runs
  std::optional<Side> master;        ///< of the initial sync that is running
  /// Since before the initial sync couples anything, changes in Dataverse are tracked: a row of ours that was deleted
  /// there before would never be told of.
  bool tracked = false;
  DeleteGuard deletes;
  PerSide<std::string> scope;   ///< filter and companies at the last complete scan of each side
  PerSide<std::string> notice;  ///< what the last complete scan of each side did not show, as it was journalled
  OwedScans dataverse_scans_owed;
  std::size_t rounds_running = 0;

 private:
  /// For whoever has the turn in transitions_.
  Task<Result<void>> change_state(store::MapState state, std::string why, store::Transaction transaction);

  Services& services_;
  maps::TableMap map_;
  Policy policy_;
  MapId id_;
  LaneQueue lanes_;
  std::unordered_map<std::string, Dirt> hints_;
  std::deque<Gone> gone_;
  std::unordered_map<RecordKey, std::uint64_t> touched_;
  std::unordered_map<RecordKey, PerSide<Letter>> letters_;
  Semaphore transitions_;
  std::map<Source, std::string> faults_;
  std::map<std::string, std::string> companies_;  ///< code in lower case -> GUID
  store::MapState state_ = store::MapState::stopped;
};

}  // namespace dualwrite::sync
