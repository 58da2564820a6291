#pragma once
// The engine of one link: owns the maps at work and every task on them.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dualwrite/async/task_group.hpp"
#include "dualwrite/capture/delta.hpp"
#include "dualwrite/capture/scan.hpp"
#include "dualwrite/sync/make.hpp"
#include "sync/map_runtime.hpp"
#include "sync/watch.hpp"

namespace dualwrite::sync {

/// Resolves hints of which only the Dataverse GUID is known to records, and hands them to the lanes.
Task<void> resolve_hints(MapRuntime& map);

/// One complete F&O or Dataverse scan of a map, with what follows from its report.
/// True if it was complete, held nothing and left nothing to be looked for again.
Task<bool> scan_once(MapRuntime& map, capture::ScanCapture& scan);
/// One delta read to its end; true if there was a gap that a scan must answer.
Task<bool> delta_once(MapRuntime& map, capture::DeltaCapture& delta);

/// Removes what is left of records that were deleted longer ago than that, a bounded number at a time.
Task<void> expire_tombstones(MapRuntime& map, std::chrono::milliseconds retention);

class Link;

/// What is known of an initial sync that was begun before the last start: its legs; done if it is not under way.
Task<Result<void>> restore_initial_sync(MapRuntime& map);

/// True if an initial sync of the map was begun, has not read every page and was not given up.
Task<Result<bool>> initial_sync_unfinished(store::Store& store, std::string map);

/// An initial sync that is not gone on with: no resume takes it up again.
void give_up_initial_sync(const std::string& map, store::Transaction& transaction);

/// Reads both sides page by page into the lanes, from where the checkpoint says. Ends when every row is settled, dead
/// or parked; the map is then running.
Task<Result<void>> run_initial_sync(Link& link, MapRuntime& map, capture::DeltaCapture& delta);

class Link final : public Engine, public Control, public capture::ChangeSink {
 public:
  Link(Executor executor, Clock& clock, store::Store& store, std::unique_ptr<endpoint::Endpoint> finops,
       std::unique_ptr<endpoint::Endpoint> dataverse, Metrics& metrics, LinkOptions options,
       std::shared_ptr<spdlog::logger> log);

  // Engine
  Task<Result<void>> open(std::vector<maps::TableMap> maps) override;
  void run() override;
  Task<void> stop() override;
  [[nodiscard]] std::string why_stuck() const override;
  Control& control() override { return *this; }
  capture::ChangeSink& sink() override { return *this; }

  // ChangeSink
  Task<Result<void>> accept(std::vector<Change> changes, store::Transaction extra) override;
  Task<Result<std::size_t>> accept_hints(std::vector<capture::Hint> hints) override;
  [[nodiscard]] bool is_waiting(MapId map, const RecordKey& key, Side side, bool delayed) const override;
  [[nodiscard]] bool is_deciding() const override { return services_.has_sightings(); }
  [[nodiscard]] bool touched_since(MapId map, const RecordKey& key, std::uint64_t read_number) const override;

  // Control
  Task<LinkStatus> status() override;
  Task<Result<void>> start(std::string map) override;
  Task<Result<void>> pause(std::string map) override;
  Task<Result<void>> resume(std::string map) override;
  Task<Result<void>> approve(std::string map, std::string company) override;
  Task<Result<void>> stop(std::string map) override;
  Task<Result<void>> initial_sync(std::string map, Side master) override;
  Task<Result<RecordReport>> explain(std::string map, std::string key) override;
  Task<Result<std::vector<store::DeadLetter>>> dead_letters(store::Filter filter) override;
  Task<Result<store::DeadLetter>> dead_letter(store::DeadLetterId id) override;
  Task<Result<ReplayOutcome>> replay(store::DeadLetterId id) override;
  Task<Result<std::int64_t>> replay_all(store::Filter filter) override;
  Task<Result<ReplayOutcome>> resolve(store::DeadLetterId id, Side winner) override;
  Task<Result<void>> discard(store::DeadLetterId id, std::string reason) override;
  Task<Result<std::vector<store::JournalEntry>>> journal(store::Filter filter) override;
  Result<MapId> map_id(const std::string& name) const override;
  std::string map_name(MapId id) const override;

  /// As accept(), for rows of one page read: `read_number` tells when the read was sent, `sighting` is held until the
  /// rows are decided on.
  Task<Result<void>> accept_rows(std::vector<Change> changes, store::Transaction extra, std::uint64_t read_number,
                                 Sighting sighting);

  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  [[nodiscard]] const LinkOptions& options() const noexcept { return options_; }

 private:
  struct Running {
    Running(Link& link, maps::TableMap map, MapId id);
    MapRuntime runtime;
    capture::DeltaCapture delta;
    capture::ScanCapture finops_scan;
    capture::ScanCapture dataverse_scan;
    std::uint64_t initial_run = 0;
    Semaphore comparing;
    PerSide<bool> fits{false, false};  ///< compared with that service's metadata
    std::optional<Error> unanswered;   ///< why the last comparison could not be made
    std::chrono::milliseconds unanswered_at{0};
    std::chrono::milliseconds compared_at{0};  ///< by the clock's elapsed()
    bool misfit_seen = false;                  ///< the last comparison found something; a second one decides
    bool misfit = false;                       ///< and found wanting, until somebody resumes the map
    Signal delta_due;
    Signal scan_due;
  };

  using Step = Task<void> (Link::*)(Running&);
  Task<void> forever(Running& map, Step step, Beat& beat);
  Task<void> work(Running& map);
  /// An open dead letter of a map that works, for `action`.
  Task<Result<store::DeadLetter>> letter_to_act_on(store::DeadLetterId id, const char* action);
  /// Hands the change to the lanes and waits for what comes of the letter.
  Task<Result<ReplayOutcome>> act_on(store::DeadLetter letter, Change change);
  Task<void> follow_delta(Running& map);
  Task<void> follow_scan(Running& map);
  Task<void> pay_scan(Running& map);
  Task<void> initial(Running& map);
  Task<void> initial_steps(Running& map, std::uint64_t run);
  Task<bool> fits(Running& map);
  Task<Result<void>> expect_identity(Side side);
  void compare_again(Running& map);
  Task<Result<void>> compare(Running& map);
  Task<Result<void>> expect_fit(Running& map);
  Task<void> follow_service(Side side);
  Task<Result<void>> load_state(Running& map);
  Task<Result<void>> load_marks();
  Task<Result<void>> load_letters();
  Result<void> take_hint(capture::Hint& hint, Running& map, std::vector<Change>& changes);
  [[nodiscard]] bool has_room(const MapRuntime& map) const;
  Result<Running*> find(const std::string& name);
  Running* find(MapId id);

  Services services_;
  std::unique_ptr<endpoint::Endpoint> finops_;
  std::unique_ptr<endpoint::Endpoint> dataverse_;
  LinkOptions options_;
  std::vector<std::unique_ptr<Running>> maps_;
  Watch watch_;
  PerSide<bool> known_identity_{false, false};  ///< the environment there is the one that the state speaks of
  bool stopping_ = false;
  Signal service_due_;
  TaskGroup tasks_;  // last: joined before anything above is destroyed
};

}  // namespace dualwrite::sync
