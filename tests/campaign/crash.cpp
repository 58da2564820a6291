// dualwrite_crash: the main job with the daemon killed again and again, at each named point and at random moments.
// scripts/crash runs it; its last line is "N passed, N failed".
#include <charconv>
#include <cstdio>
#include <random>

#include "campaign/campaign.hpp"
#include "dualwrite/sync/crash_point.hpp"

namespace dualwrite::campaign {
namespace {

using demo::Stage;
using std::chrono::milliseconds;

constexpr int random_kills = 10;  // a round
constexpr milliseconds random_life_max{1200};
constexpr milliseconds point_limit{20000};
constexpr milliseconds point_limit_of_initial_sync{2000};  // it may be over before all lives are lived
constexpr milliseconds look_again{5};

struct Options {
  std::uint64_t rounds = 1;
  std::uint64_t seed = 1;
  std::string binary;
  std::string data_dir;
};

/// One life of the daemon: until it passes a point for the n-th time, or for a while.
struct Life {
  std::optional<sync::CrashPoint> point;
  std::uint32_t passes = 1;
  milliseconds length{0};  ///< how long it waits for its point, or lives without one
};

/// Every point once and the random moments, shuffled.
std::vector<Life> lives_of_round(std::mt19937_64& dice, milliseconds patience) {
  std::vector<Life> lives;
  for (const sync::CrashPoint point : sync::crash_points) {
    Life life;
    life.point = point;
    life.length = patience;
    life.passes = 1 + static_cast<std::uint32_t>(dice() % 3);
    lives.push_back(life);
  }
  for (int number = 0; number < random_kills; ++number) {
    Life life;
    life.length = milliseconds(dice() % static_cast<std::uint64_t>(random_life_max.count()));
    lives.push_back(life);
  }
  std::shuffle(lives.begin(), lives.end(), dice);
  return lives;
}

struct Tally {
  std::map<std::string, int> kills;  ///< by point; "random"
  int missed = 0;                    ///< lives that did not pass their point in time, killed all the same
};

Task<Result<void>> live_and_die(Stage& stage, Life life, Tally& tally) {
  std::map<std::string, std::string> environment;
  if (life.point) {
    environment["DUALWRITE_CRASH_AT"] = std::string(to_string(*life.point)) + ":" + std::to_string(life.passes);
  }
  auto launched = demo::launch_daemon(stage, std::move(environment));
  if (!launched) co_return launched;
  const milliseconds end = stage.clock.elapsed() + life.length;
  while (stage.daemon->running() && stage.clock.elapsed() < end) co_await stage.clock.sleep(look_again);
  const bool still_alive = stage.daemon->running();
  stage.daemon->crash();
  if (stage.daemon->ending().find("signal 9") == std::string::npos) {
    co_return fail(Errc::refused, "the " + stage.daemon->ending() + ": " + stage.daemon->stderr_tail());
  }
  if (life.point && still_alive) {
    ++tally.missed;
    co_return Result<void>();
  }
  ++tally.kills[life.point ? std::string(to_string(*life.point)) : "random"];
  co_return Result<void>();
}

/// Ends the running daemon, lives all lives while the edits go on, and leaves a daemon that stays.
Task<Result<void>> kill_again_and_again(Stage& stage, std::vector<Life> lives, Tally& tally) {
  stage.children_may_end = true;
  stage.daemon->crash();
  for (std::size_t index = 0; index < lives.size(); ++index) {
    stage.steps_allowed = stage.steps_total * (index + 1) / (lives.size() + 1);
    const int missed_before = tally.missed;
    auto lived = co_await live_and_die(stage, lives[index], tally);
    if (!lived) co_return lived;
    if (tally.missed == missed_before || stage.steps_total == 0) continue;
    // The edits let through did not lead there so many times: with some more of them, once.
    stage.steps_allowed += stage.steps_total / 20;
    Life again = lives[index];
    again.passes = 1;
    lived = co_await live_and_die(stage, again, tally);
    if (!lived) co_return lived;
  }
  stage.steps_allowed = SIZE_MAX;
  auto started = co_await demo::start_daemon(stage);
  stage.children_may_end = false;
  co_return started;
}

/// The initial sync of all maps, killed at each point on the way.
Task<Result<void>> begin_with_kills(Stage& stage, demo::SampleData data, std::vector<Life> lives, Tally& tally) {
  auto opened = co_await demo::open_stage(stage);
  if (!opened) co_return opened;
  auto filled = co_await demo::fill_finops(stage, std::move(data));
  if (!filled) co_return filled;
  for (const char* name : demo::map_names) {
    auto begun = co_await stage.admin->begin_initial_sync(name);
    if (!begun) co_return begun;
  }
  auto killed = co_await kill_again_and_again(stage, std::move(lives), tally);
  if (!killed) co_return killed;
  const Instant now = stage.clock.now();
  co_return co_await demo::wait_until_quiet(stage, now);
}

void show(const char* what, const std::vector<std::string>& findings) {
  std::fprintf(stderr, "%s: %s\n", what, findings.empty() ? "fine" : "FAILED");
  for (const std::string& finding : findings) std::fprintf(stderr, "  %s\n", finding.c_str());
}

/// Kills in the initial sync: its rows are all there are, and no edit was made.
Task<Result<int>> first_round(Stage& stage, demo::SampleData data, std::mt19937_64& dice, Tally& tally) {
  std::vector<Life> lives = lives_of_round(dice, point_limit_of_initial_sync);
  auto begun = co_await begin_with_kills(stage, std::move(data), std::move(lives), tally);
  if (!begun) co_return std::unexpected(std::move(begun).error());
  auto tables = co_await demo::read_tables(stage);
  if (!tables) co_return std::unexpected(std::move(tables).error());
  demo::Tables copy = *tables;
  auto verdict = co_await judge(stage, std::move(copy));
  if (!verdict) co_return std::unexpected(std::move(verdict).error());
  for (const auto& [name, sides] : *tables) {
    if (sides[Side::finops].rows.empty()) verdict->findings.push_back(name + " is empty");
  }
  show("initial sync with kills", verdict->findings);
  co_return verdict->fine() ? 0 : 1;
}

Task<Result<bool>> play(Stage& stage, const Options& options, demo::SampleData data, int& passed, int& failed) {
  std::mt19937_64 dice(options.seed);
  Tally tally;
  auto first = co_await first_round(stage, std::move(data), dice, tally);
  if (!first) co_return std::unexpected(std::move(first).error());
  (*first == 0 ? passed : failed) += 1;
  for (std::uint64_t round = 1; round <= options.rounds; ++round) {
    std::vector<Life> lives = lives_of_round(dice, point_limit);
    Meanwhile kills = [&stage, &tally, lives]() { return kill_again_and_again(stage, lives, tally); };
    auto verdict = co_await play_round(stage, options.seed + round, std::move(kills));
    if (!verdict) co_return std::unexpected(std::move(verdict).error());
    auto anew = co_await restart_finds_nothing(stage);
    if (!anew) co_return std::unexpected(std::move(anew).error());
    verdict->findings.insert(verdict->findings.end(), anew->begin(), anew->end());
    const std::string name = "round " + std::to_string(round) + ", " + std::to_string(verdict->edits) + " edits, " +
                             std::to_string(verdict->conflicts) + " lost in conflicts";
    show(name.c_str(), verdict->findings);
    (verdict->fine() ? passed : failed) += 1;
  }
  for (const auto& [name, count] : tally.kills) std::fprintf(stderr, "killed at %s: %d\n", name.c_str(), count);
  if (tally.missed > 0) std::fprintf(stderr, "killed before the point was passed: %d\n", tally.missed);
  for (const sync::CrashPoint point : sync::crash_points) {
    // Those of the initial sync count too, but it may be over before its turn.
    const bool often_enough = tally.kills[std::string(to_string(point))] >= static_cast<int>(options.rounds);
    (often_enough ? passed : failed) += 1;
  }
  co_return failed == 0;
}

std::optional<Options> read_options(int count, char** arguments) {
  Options options;
  for (int index = 1; index + 1 < count; index += 2) {
    const std::string name = arguments[index];
    const std::string value = arguments[index + 1];
    std::uint64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = read.ec == std::errc{} && read.ptr == value.data() + value.size();
    if (name == "--rounds" && is_number && number > 0) {
      options.rounds = number;
    } else if (name == "--seed" && is_number) {
      options.seed = number;
    } else if (name == "--binary") {
      options.binary = value;
    } else if (name == "--data") {
      options.data_dir = value;
    } else {
      return std::nullopt;
    }
  }
  if (count % 2 == 0 || options.binary.empty()) return std::nullopt;
  return options;
}

int run(const Options& options) {
  demo::DemoOptions of_demo;
  of_demo.seed = options.seed;
  of_demo.data_dir = options.data_dir;
  of_demo.binary = options.binary;
  demo::SampleData data;
  if (options.data_dir.empty()) {
    data = demo::built_in_data(options.seed);
  } else {
    auto read = demo::read_sample_data(options.data_dir);
    if (!read) {
      std::fprintf(stderr, "%s\n", read.error().text().c_str());
      return 2;
    }
    data = *std::move(read);
  }
  int passed = 0;
  int failed = 0;
  Acts acts = [&](Stage& stage) { return play(stage, options, std::move(data), passed, failed); };
  const bool fine = run_acts(of_demo, std::move(acts));
  if (!fine && failed == 0) failed = 1;  // it did not come to its end
  std::printf("%d passed, %d failed\n", passed, failed);
  return fine ? 0 : 1;
}

}  // namespace
}  // namespace dualwrite::campaign

int main(int count, char** arguments) {
  const auto options = dualwrite::campaign::read_options(count, arguments);
  if (!options) {
    std::fputs("usage: dualwrite_crash --binary FILE [--rounds N] [--seed S] [--data DIRECTORY]\n", stderr);
    return 2;
  }
  return dualwrite::campaign::run(*options);
}
