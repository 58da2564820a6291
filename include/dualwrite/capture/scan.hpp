#pragma once
// The safety net of a side without change tracking: all keys and ETags, compared with the stored tokens.
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "dualwrite/async/beat.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::capture {

struct ScanReport {
  std::int64_t rows = 0;
  std::int64_t changed = 0;    ///< marked: new, or another version than the stored one
  std::int64_t absent = 0;     ///< known rows that the scan did not show
  std::int64_t confirmed = 0;  ///< of these, missing in two complete scans and in a keyed read after each: deleted
  std::int64_t limit = 0;
  bool held = false;  ///< more absent rows than the limit: nothing was marked as deleted, a person must decide
};

/// Scans one map on one side; remembers between scans which rows were missing. A lost role, a wrong company or a
/// truncated scan looks exactly like a mass deletion: absence counts only in complete scans, twice, and up to a limit
/// of max(20, 1 % of the map).
class ScanCapture {
 public:
  ScanCapture(endpoint::Endpoint& endpoint, store::Store& store, ChangeSink& sink, Clock& clock)
      : endpoint_(endpoint), store_(store), sink_(sink), clock_(clock), beat_(clock) {}

  [[nodiscard]] Side side() const noexcept { return endpoint_.side(); }

  /// One complete scan. A failure part-way leaves everything as it was, except that changes already marked stay marked.
  /// `approved` is how many missing rows a person has
  /// approved: up to so many the limit does not hold the map. `previous` is when the last complete scan began (the
  /// epoch: never): what this one finds happened since.
  Task<Result<ScanReport>> run(MapContext map, std::int64_t approved, Instant previous);

  /// Moves with every page.
  [[nodiscard]] const Beat& beat() const noexcept { return beat_; }

 private:
  Task<Result<void>> take_page(MapContext map, std::vector<odata::Entity> rows, ScanReport& report);
  Task<Result<void>> judge_absent(MapContext map, std::int64_t approved, ScanReport& report);
  Task<Result<std::vector<store::CouplingHead>>> find_absent(MapContext map);
  Task<Result<void>> confirm(MapContext map, std::vector<store::CouplingHead> absent, ScanReport& report);

  endpoint::Endpoint& endpoint_;
  store::Store& store_;
  ChangeSink& sink_;
  Clock& clock_;
  Beat beat_;
  Instant previous_{};
  std::vector<std::uint64_t> seen_;  ///< hashes of this scan's keys, salted anew for each scan
  std::size_t salt_ = 0;
  std::unordered_set<std::string> suspects_;  ///< record keys that the last complete scan and a keyed read missed
};

}  // namespace dualwrite::capture
