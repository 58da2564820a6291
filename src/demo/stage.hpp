#pragma once
// What all acts of the demo share: the two services, the daemon between them, the maps, and the log of edits.
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demo/accounting.hpp"
#include "demo/admin_client.hpp"
#include "demo/child.hpp"
#include "demo/session.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/demo/demo.hpp"

namespace dualwrite::demo {

/// Names of the maps, parents before children.
inline constexpr const char* map_names[] = {"currencies", "vendors", "customers"};

/// No wait goes on for longer than this without anything moving.
inline constexpr std::chrono::seconds patience{120};

/// Owned by run_demo and used by one thread. Everything after the options is filled in by open_stage.
class Stage {
 public:
  Stage(const DemoOptions& settings, Executor executor_of_loop, Clock& clock_of_loop)
      : options(settings), executor(std::move(executor_of_loop)), clock(clock_of_loop) {}

  const DemoOptions& options;
  Executor executor;
  Clock& clock;
  bool stop = false;  ///< set by a signal; every wait ends soon after

  std::chrono::milliseconds delta_interval{1000};
  std::chrono::milliseconds scan_interval{3000};
  std::vector<std::string> sandbox_arguments;  ///< more than the ports and --control
  bool children_may_end = false;               ///< pause() does not mind: a campaign ends them on purpose
  std::size_t steps_allowed = SIZE_MAX;        ///< play_edits starts no step beyond it before it is raised
  std::size_t creates = 0;                     ///< rows created by the edits of earlier rounds, on each side
  std::size_t steps_total = 0;                 ///< of the play_edits under way; 0: none was begun
  std::size_t steps_done = 0;                  ///< of these

  std::string directory;  ///< temporary: configuration, state file, what the children print
  std::string binary;
  std::string map_directory;
  std::string ingest_key;
  std::vector<MapFile> maps;
  std::optional<Child> sandbox;
  std::optional<Child> daemon;
  PerSide<std::string> origins;  ///< empty until the sandbox has chosen its ports; it keeps them
  std::string token_url;
  std::string admin_url;  ///< empty until the daemon has chosen its ports; it keeps them
  std::string ingest_url;
  PerSide<std::unique_ptr<Session>> sessions;
  std::unique_ptr<AdminClient> admin;
  std::vector<Edit> edits;  ///< every edit that was or may have been taken, in the order of the replies

  [[nodiscard]] const MapFile& map(const std::string& name) const;
  [[nodiscard]] Session& session(Side side) const { return *sessions[side]; }

  /// Waits; fails with Errc::cancelled when the demo is to stop and with Errc::unavailable when a child has ended.
  Task<Result<void>> pause(std::chrono::milliseconds duration);

  /// A line for people: on stdout, or on stderr when stdout is for JSON.
  void say(const std::string& line) const;
};

/// Shows how far something is, on a terminal's stderr only: "customers  [#####.....] 12,000 of 19,820, 1,850/s".
class Progress {
 public:
  Progress(const Clock& clock, std::string what, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::size_t done);

 private:
  const Clock& clock_;
  std::string what_;
  std::size_t total_;
  std::chrono::milliseconds begun_;
  std::chrono::milliseconds shown_{-1000};
  bool visible_;
};

/// Starts sandbox and daemon, reads the maps, logs in, and registers webhooks and posted changes.
Task<Result<void>> open_stage(Stage& stage);

/// Starts the sandbox; from the second time on with the ports that it chose at first.
Task<Result<void>> start_sandbox(Stage& stage);

/// Starts the daemon and waits until it is ready; from the second time on with the ports that it chose at first.
Task<Result<void>> start_daemon(Stage& stage);

/// Starts the daemon with more environment and does not wait for anything: it may die before it is ready.
Result<void> launch_daemon(Stage& stage, std::map<std::string, std::string> environment);

}  // namespace dualwrite::demo
