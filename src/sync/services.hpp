#pragma once
// What every part of a link works with. The link owns it; it outlives its maps and their rounds.
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/store/store.hpp"
#include "dualwrite/sync/crash_point.hpp"
#include "dualwrite/sync/retention.hpp"
#include "sync/sighting.hpp"
#include "sync/wait_graph.hpp"

namespace spdlog {
class logger;
}

namespace dualwrite::sync {

class Services {
 public:
  Services(Executor e, Clock& c, store::Store& s, endpoint::Endpoint& finops, endpoint::Endpoint& dataverse, Metrics& m,
           std::shared_ptr<spdlog::logger> l)
      : executor(std::move(e)), clock(c), store(s), metrics(m), log(std::move(l)), endpoints_{&finops, &dataverse} {
    // Numbers of intents only have to differ within their lifetime, across restarts too.
    next_intent_ = clock.now().time_since_epoch().count() << 12;
  }

  [[nodiscard]] endpoint::Endpoint& endpoint(Side side) const { return *endpoints_[static_cast<std::size_t>(side)]; }
  IntentId next_intent() { return IntentId(++next_intent_); }

  /// Numbers the moments at which reads are sent and records are decided on, so that the two can be ordered.
  std::uint64_t next_read_number() { return ++read_number_; }
  /// A page read is under way from begin to end: what was decided on since its beginning must be remembered.
  std::uint64_t begin_page_read() {
    const std::uint64_t number = next_read_number();
    open_reads_.insert(number);
    return number;
  }
  void end_page_read(std::uint64_t number) { open_reads_.erase(number); }
  [[nodiscard]] std::uint64_t oldest_open_read() const {
    return open_reads_.empty() ? UINT64_MAX : *open_reads_.begin();
  }

  /// Held from when the read of that number is sent until what it showed is decided on.
  Sighting sight(std::uint64_t read_number) { return std::make_shared<OpenSighting>(open_sightings_, read_number); }
  [[nodiscard]] bool has_sightings() const noexcept { return !open_sightings_.empty(); }
  [[nodiscard]] bool has_sightings_before(std::uint64_t read_number) const {
    return !open_sightings_.empty() && *open_sightings_.begin() < read_number;
  }

  void pass(CrashPoint point) const {
    if (passing) passing(point);
  }

  Executor executor;
  Clock& clock;
  store::Store& store;
  Metrics& metrics;
  std::shared_ptr<spdlog::logger> log;
  Passing passing;  ///< empty unless a test wants to end the process
  /// Tells every map that a record of one map has arrived on both sides.
  std::function<void(const RecordRef&)> arrived;
  /// Finds the map that fills a Dataverse table, for records that wait for a parent; nullptr if no map does.
  std::function<const class MapRuntime*(const std::string& dataverse_set)> map_of_set;
  WaitGraph lacking;  ///< records of all maps

 private:
  endpoint::Endpoint* endpoints_[2];
  std::int64_t next_intent_ = 0;
  std::uint64_t read_number_ = 0;
  std::set<std::uint64_t> open_reads_;
  std::multiset<std::uint64_t> open_sightings_;
};

}  // namespace dualwrite::sync
