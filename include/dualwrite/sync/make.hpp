#pragma once
// Makes the engine of one link.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/store/store.hpp"
#include "dualwrite/sync/crash_point.hpp"
#include "dualwrite/sync/engine.hpp"

namespace spdlog {
class logger;
}

namespace dualwrite::sync {

struct LinkOptions {
  std::string name;
  std::string engine_id;  ///< what our own writes are marked with
  std::chrono::milliseconds delta_interval{10000};
  std::chrono::milliseconds scan_interval{60000};
  std::size_t workers = 4;       ///< rounds of one map at once
  std::size_t batch_rows = 100;  ///< records in one round
  /// Records of one map that may wait in memory; beyond it events are answered 503 and the safety nets pause.
  std::size_t pending_max = 500000;
  /// A deleted record is remembered for so long. Never less than tombstone_retention_min().
  std::chrono::milliseconds tombstone_retention = std::chrono::hours(24 * 90);
  Passing passing;  ///< tests end the process there; empty in production
  /// No legal step of a task lasts longer without getting on: some dozen requests, each of which takes its whole limit.
  std::chrono::milliseconds step_limit = std::chrono::minutes(30);
  /// Asks which environment is behind each address before the first row, and compares the maps with it again and again.
  bool watches_environment = false;
  std::size_t outstanding_max = 4000;  ///< records of an initial sync that may wait in lanes before reading pauses
};

/// Lives on one executor. open(), then run(); stop() must be awaited before it is destroyed. What is passed by
/// reference must outlive it.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Takes up the stored state: map states, unsettled marks, open dead letters.
  virtual Task<Result<void>> open(std::vector<maps::TableMap> maps) = 0;
  /// Starts capture and lanes.
  virtual void run() = 0;
  /// Lets running rounds finish, then ends.
  virtual Task<void> stop() = 0;
  /// The task that has not moved for longer than any legal step lasts, and for how long; empty while all of them move.
  /// To wait for a service that is down is to move: it ends, and begins anew.
  [[nodiscard]] virtual std::string why_stuck() const = 0;
  virtual Control& control() = 0;
  virtual capture::ChangeSink& sink() = 0;
};

std::unique_ptr<Engine> make_engine(Executor executor, Clock& clock, store::Store& store,
                                    std::unique_ptr<endpoint::Endpoint> finops,
                                    std::unique_ptr<endpoint::Endpoint> dataverse, Metrics& metrics,
                                    LinkOptions options, std::shared_ptr<spdlog::logger> log);

}  // namespace dualwrite::sync
