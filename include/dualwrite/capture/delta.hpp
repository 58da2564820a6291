#pragma once
// The safety net of a side that has change tracking: its delta link, followed again and again.
#include <cstdint>
#include <string>

#include "dualwrite/async/beat.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/semaphore.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::capture {

struct DeltaReport {
  std::int64_t items = 0;
  std::int64_t echoes = 0;  ///< items whose version is the one we stored: our own writes
  bool gap = false;         ///< the link had expired: tracking began anew, and a scan must find what was missed
};

/// The store's setting that says how many complete scans are still owed for a gap.
std::string gap_setting(const maps::TableMap& map);

class DeltaCapture {
 public:
  DeltaCapture(Executor executor, endpoint::Endpoint& endpoint, store::Store& store, ChangeSink& sink, Clock& clock)
      : endpoint_(endpoint), store_(store), sink_(sink), clock_(clock), beat_(clock), beginning_(executor, 1) {}

  /// Starts tracking if there is no link yet: changes from now on will be seen. True if it began just now.
  Task<Result<bool>> begin(MapContext map);
  /// Reads everything since the link, page by page; marks and the next link commit together.
  Task<Result<DeltaReport>> poll(MapContext map);

  /// Moves with every page.
  [[nodiscard]] const Beat& beat() const noexcept { return beat_; }

 private:
  Task<Result<void>> take(MapContext map, std::vector<endpoint::DeltaItem> items, std::string link,
                          DeltaReport& report);
  Task<Result<std::string>> track(MapContext map);

  endpoint::Endpoint& endpoint_;
  store::Store& store_;
  ChangeSink& sink_;
  Clock& clock_;
  Beat beat_;
  Semaphore beginning_;  ///< of two links the later one would take the other's place, and miss what lies between
};

}  // namespace dualwrite::capture
