// Waiting until the daemon has nothing more to do.
#include <set>

#include "demo/acts.hpp"

namespace dualwrite::demo {
namespace {

constexpr std::chrono::milliseconds poll_interval{500};
constexpr std::size_t rounds_wanted = 2;

/// Anything that changes while work goes on, in one comparable value.
std::vector<std::int64_t> movement(const std::vector<MapReport>& maps) {
  std::vector<std::int64_t> numbers;
  for (const MapReport& map : maps) {
    for (const std::int64_t number : {map.couplings, map.pending, map.parked, map.dead_letters, map.conflicts,
                                      map.echoes, map.written[Side::finops], map.written[Side::dataverse]}) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

std::string still_busy(const std::vector<MapReport>& maps) {
  std::string text;
  for (const MapReport& map : maps) {
    text += " " + map.name + " is " + map.state + " with " + std::to_string(map.pending) + " pending (" +
            std::to_string(map.parked) + " parked)";
    if (!map.reason.empty()) text += ", " + map.reason;
    if (!map.last_error.empty()) text += ", last error: " + map.last_error;
    text += ";";
  }
  return text;
}

/// Which completed scans and deltas were seen after a moment.
class Rounds {
 public:
  explicit Rounds(Instant since) : since_(since) {}

  void see(const std::vector<MapReport>& maps) {
    for (const MapReport& map : maps) {
      if (map.last_scan > since_) scans_[map.name].insert(map.last_scan);
      if (map.last_delta > since_) deltas_[map.name].insert(map.last_delta);
    }
  }

  [[nodiscard]] bool enough(const std::vector<MapReport>& maps) {
    for (const MapReport& map : maps) {
      if (scans_[map.name].size() < rounds_wanted || deltas_[map.name].size() < rounds_wanted) return false;
    }
    return true;
  }

  [[nodiscard]] std::size_t count() const {
    std::size_t seen = 0;
    for (const auto& [name, times] : scans_) seen += std::min(times.size(), rounds_wanted);
    for (const auto& [name, times] : deltas_) seen += std::min(times.size(), rounds_wanted);
    return seen;
  }

 private:
  Instant since_;
  std::map<std::string, std::set<Instant>> scans_;
  std::map<std::string, std::set<Instant>> deltas_;
};

}  // namespace

Task<Result<void>> wait_until_quiet(Stage& stage, Instant since) {
  Rounds rounds(since);
  std::vector<std::int64_t> seen;
  int quiet_polls = 0;
  auto moved_at = stage.clock.elapsed();
  while (true) {
    auto maps = co_await stage.admin->maps();
    if (!maps) co_return std::unexpected(std::move(maps).error());
    const std::size_t rounds_before = rounds.count();
    rounds.see(*maps);
    std::int64_t pending = 0;
    for (const MapReport& map : *maps) pending += map.pending;
    quiet_polls = pending == 0 ? quiet_polls + 1 : 0;
    if (quiet_polls >= 2 && rounds.enough(*maps)) co_return Result<void>();

    std::vector<std::int64_t> now = movement(*maps);
    if (now != seen || rounds.count() != rounds_before) moved_at = stage.clock.elapsed();
    seen = std::move(now);
    if (stage.clock.elapsed() - moved_at > patience) {
      co_return fail(Errc::limit, "waiting until all is quiet: nothing has moved for two minutes;" + still_busy(*maps));
    }
    auto waited = co_await stage.pause(poll_interval);
    if (!waited) co_return waited;
  }
}

}  // namespace dualwrite::demo
