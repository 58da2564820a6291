#pragma once
// The safety net of a side without change tracking: all keys and ETags, compared with the stored tokens.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dualwrite/async/beat.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/capture/sink.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::capture {

using RecordKeys = std::unordered_set<RecordKey>;

/// How many missing rows of a map of that size need no person's approval.
constexpr std::int64_t deletions_limit(std::int64_t couplings) noexcept {
  constexpr std::int64_t floor = 20;
  return couplings / 100 > floor ? couplings / 100 : floor;
}

/// What a scan is to know before it begins.
struct ScanTerms {
  Instant previous{};  ///< when the last complete scan began (the epoch: never): what is found happened since
  std::uint64_t read_number = 0;  ///< of the scan as a page read: rows of records decided on since then may be missing
  RecordKeys approved;            ///< records whose deletion a person has approved: no limit holds them
  bool judges = true;             ///< false: changes are marked, and nothing is concluded from absence
  ScanTerms(Instant p, std::uint64_t n, RecordKeys a, bool j)
      : previous(p), read_number(n), approved(std::move(a)), judges(j) {}
};

/// A company of which rows are known and none is to be seen, neither in the list nor by key.
struct HiddenCompany {
  std::string company;  ///< in lower case; empty: the map has no companies, and all of it is hidden
  RecordKeys records;   ///< of which no row is to be seen
};

struct ScanReport {
  std::int64_t rows = 0;
  std::int64_t changed = 0;    ///< marked: new, or another version than the stored one
  std::int64_t absent = 0;     ///< known rows that the scan did not show
  std::int64_t outside = 0;    ///< of these, there by key, or of companies that the map does not cover any more
  std::int64_t missing = 0;    ///< of these, missing by key too
  std::int64_t unread = 0;     ///< of these, not yet read by key: later scans go on
  std::int64_t confirmed = 0;  ///< missing in two complete scans and in a keyed read after each: deleted
  std::int64_t limit = 0;      ///< deletions_limit
  bool cut = false;            ///< rows were left out that are there and that no filter keeps out: the list was short
  std::vector<HiddenCompany> hidden;
  /// More rows missing than the limit: none of these was marked as deleted, and a person must decide.
  RecordKeys held;
};

/// Scans one map on one side; remembers between scans which rows were missing. A lost right, a wrong company, a filter
/// or a list cut short looks exactly like a mass deletion, so absence alone concludes nothing. A row counts as deleted
/// if two complete scans do not show it and a keyed read after each says that it is missing, in the same batch as a
/// row of the same company that is there.
class ScanCapture {
 public:
  ScanCapture(endpoint::Endpoint& endpoint, store::Store& store, ChangeSink& sink, Clock& clock)
      : endpoint_(endpoint), store_(store), sink_(sink), clock_(clock), beat_(clock) {}

  [[nodiscard]] Side side() const noexcept { return endpoint_.side(); }

  /// One complete scan. A failure part-way leaves everything as it was, except that changes already marked stay marked.
  Task<Result<ScanReport>> run(MapContext map, ScanTerms terms);

  /// Moves with every page.
  [[nodiscard]] const Beat& beat() const noexcept { return beat_; }

 private:
  struct Judgement;

  Task<Result<void>> take_page(MapContext map, std::vector<odata::Entity> rows, ScanReport& report);
  Task<Result<void>> judge_absent(MapContext map, ScanReport& report);
  Task<Result<void>> find_absent(MapContext map, Judgement& judgement);
  Task<Result<void>> find_witnesses(MapContext map, Judgement& judgement);
  void line_up(Judgement& judgement);
  Task<Result<void>> read_absent(MapContext map, Judgement& judgement);
  Task<Result<void>> read_batch(MapContext map, Judgement& judgement, std::size_t from, std::size_t to);
  Task<Result<void>> mark_confirmed(MapContext map, Judgement& judgement);

  endpoint::Endpoint& endpoint_;
  store::Store& store_;
  ChangeSink& sink_;
  Clock& clock_;
  Beat beat_;
  ScanTerms terms_{Instant{}, 0, {}, true};
  std::vector<std::uint64_t> seen_;  ///< hashes of this scan's keys, salted anew for each scan
  std::size_t salt_ = 0;
  /// By company: a row that this scan has shown.
  std::map<std::string, endpoint::RowAddress> witnesses_;
  RecordKeys suspects_;  ///< missing in the last complete scan and in a keyed read after it
  /// Rows that scans do not show and that were there by key, with the number of the scan that read them.
  std::unordered_map<RecordKey, std::uint64_t> outside_;
  std::uint64_t scans_ = 0;
};

}  // namespace dualwrite::capture
