#include "simulation/world.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <boost/asio/io_context.hpp>

#include "dualwrite/async/simulated_time.hpp"
#include "simulation/judge.hpp"
#include "simulation/node.hpp"
#include "simulation/people.hpp"

namespace dualwrite::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes run_max{24 * 60};  // simulated; a run that does not end by itself ends here
constexpr minutes quiet_max{120};    // O9: so long may it take until all is quiet
constexpr milliseconds look{500};
constexpr milliseconds operator_look{5000};
constexpr std::uint64_t badness_end = 4;
constexpr std::uint64_t bad_day_crashes = 80;  // at most so many in a thousand passed points
constexpr std::uint64_t bad_day_lost_events = 900;
constexpr minutes bad_day_start{1};  // the rows are coupled by then, more often than not

/// Seeds from a million on: crashes at the worst moments, hardly an event, and people who edit a coupled record while
/// the daemon is at it.
bool is_bad_day(std::uint64_t seed) {
  return seed >= 1000000;
}

/// FNV-1a.
class Hash {
 public:
  void add(const std::string& line) {
    for (const char byte : line) {
      value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    }
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

std::shared_ptr<spdlog::logger> make_log(bool verbose) {
  if (!verbose) return std::make_shared<spdlog::logger>("simulation", std::make_shared<spdlog::sinks::null_sink_mt>());
  auto log = std::make_shared<spdlog::logger>("simulation", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(spdlog::level::debug);
  return log;
}

class World {
 public:
  explicit World(const RunOptions& options)
      : options_(options),
        dice_(options.seed),
        terms_(make_terms(options.terms, options.seed)),
        ledger_(terms_, [this] { return time_.elapsed(); }),
        services_(
            options.seed, terms_, [this](sandbox::Post post) { network_.deliver(std::move(post)); },
            [this](sandbox::Post post) { network_.deliver(std::move(post)); }),
        network_(context_.get_executor(), clock_, dice_, services_, ledger_, [this](const std::string& l) { say(l); }),
        node_(context_.get_executor(), clock_, dice_, terms_, network_, vfs_, make_log(options.verbose)),
        people_(
            context_.get_executor(), clock_, dice_, terms_, services_, ledger_,
            [this](std::string account) { return node_.couples(std::move(account)); },
            [this](const std::string& account) { return known(account); }, [this](const std::string& l) { say(l); },
            is_bad_day(options.seed)),
        answers_(ledger_, dice_, node_, services_, [this](const std::string& l) { say(l); }),
        judge_(clock_, terms_, node_, services_, ledger_, answers_, [this](const std::string& l) { say(l); }),
        actors_(context_.get_executor(), [this](const std::string& name, const std::string& what) {
          ledger_.violate("the harness broke", name + ": " + what);
          over_ = true;
        }) {
    network_.ingest = [this](http::Request request) { return node_.ingest(std::move(request)); };
  }

  RunOutcome run() {
    if (options_.terms != TermsKind::plain) say(terms_.text());
    people_.subscribe();
    people_.begin();
    choose_faults();
    actors_.spawn("lives", [this] { return lives(); });
    actors_.spawn("operator", [this] { return operate(); });
    actors_.spawn("chaos", [this] { return chaos(); });
    actors_.spawn("script", [this] { return script(); });
    do {
      context_.restart();
      while (context_.poll() > 0) context_.restart();
    } while (actors_.size() + network_.under_way() > 0 && time_.advance(run_max));
    if (actors_.size() > 0) ledger_.violate("O9 liveness", "the run did not come to its end within a day");
    RunOutcome outcome;
    outcome.trace_hash = hash_.value();
    outcome.violations = ledger_.violations();
    outcome.edits = ledger_.edits();
    outcome.daemon_writes = ledger_.daemon_writes();
    outcome.conflicts = judge_.conflicts();
    outcome.lives = lives_;
    return outcome;
  }

 private:
  void say(const std::string& line) {
    const std::string stamped = std::to_string(time_.elapsed().count()) + " " + line;
    hash_.add(stamped);
    if (options_.trace) options_.trace(stamped);
  }

  /// Some runs are nearly fair weather, some are awful.
  void choose_faults() {
    for (const Side side : both_sides) {
      const std::int64_t reach = dice_.chance(300) ? 3600 * 1000 : 4000;
      services_.clocks[side].offset = milliseconds(dice_.between(-reach, reach));
    }
    clock_.offset = milliseconds(dice_.between(-2000, 2000));
    const bool bad_day = is_bad_day(options_.seed);
    const std::uint64_t any = dice_.below(badness_end);
    const std::uint64_t badness = bad_day ? badness_end - 1 : any;
    NetworkFaults& faults = network_.faults;
    faults.lost_requests = dice_.below(1 + 15 * badness);
    faults.lost_replies = dice_.below(1 + 40 * badness);
    faults.late_requests = dice_.below(1 + 25 * badness);
    faults.throttled = dice_.below(1 + 15 * badness);
    faults.errors = dice_.below(1 + 15 * badness);
    faults.slow = dice_.below(1 + 20 * badness);
    faults.lost_events = bad_day ? bad_day_lost_events : dice_.below(1 + 200 * badness);
    faults.doubled_events = dice_.below(1 + 150 * badness);
    faults.late_events = dice_.below(1 + 150 * badness);
    crash_chance_ = dice_.below(1 + (bad_day ? bad_day_crashes : 12 * badness));
    life_max_ = dice_.pause(20000, 400000);
    disk_fails_ = dice_.below(1 + 20 * badness);
  }

  void calm_down() {
    network_.faults = NetworkFaults();
    network_.down = PerSide<bool>(false, false);
    vfs_.fails = nullptr;
    calm_ = true;
    node_.crash_at_points = 0;
  }

  bool disk_fails() {
    const bool fails = dice_.chance(disk_fails_);
    if (fails) network_.doubt_recent_writes();
    return fails;
  }

  /// The daemon is started, ends one way or another, and is started again.
  Task<void> lives() {
    while (!over_) {
      // SQLite deletes the journal of an empty file: a sync that fails while the file is made, and then a loss of
      // power, would leave half a file, with nothing in it yet.
      if (!calm_ && ran_) vfs_.fails = [this] { return disk_fails(); };
      const bool started = co_await node_.start();
      ++lives_;
      ran_ = ran_ || started;
      if (!calm_) node_.crash_at_points = crash_chance_;
      say(started ? "the daemon runs" : "the daemon cannot start");
      const milliseconds end = time_.elapsed() + dice_.pause(1000, life_max_.count());
      while (started && node_.alive() && !over_ && !restart_wanted_ && (calm_ || time_.elapsed() < end)) {
        co_await clock_.sleep(look);
      }
      const bool gracefully = over_ || dice_.chance(200);
      if (!gracefully) node_.kill();
      node_.crash_at_points = 0;
      restart_wanted_ = false;
      say(gracefully ? "the daemon stops" : "the daemon is killed");
      co_await node_.end();
      network_.doubt_recent_writes();
      note_doubts();
      if (!over_ && !gracefully && dice_.chance(500)) {
        say("power is lost");
        vfs_.lose_power([this] { return dice_.chance(500); });
      } else {
        vfs_.end_process();
      }
      const milliseconds pause = dice_.pause(100, 20000);
      if (!over_) co_await clock_.sleep(pause);
    }
  }

  /// What a life that has ended leaves of which the next one cannot know whether it was ever sent.
  void note_doubts() {
    for (const auto& [account, stored] : node_.stored()) {
      for (const Side side : both_sides) {
        if (stored.doubts[side]) ledger_.note_doubt(side, account, time_.elapsed());
      }
    }
  }

  PerSide<std::string> known(const std::string& account) {
    const auto& stored = node_.stored();
    const auto record = stored.find(account);
    return record == stored.end() ? PerSide<std::string>() : record->second.tokens;
  }

  /// What an administrator does: starts the map, releases it when it is held.
  Task<void> operate() {
    while (!over_) {
      if (!calm_ && terms_.asks() && dice_.chance(terms_.narrow ? 600 : 100)) co_await answers_.answer(false);
      if (node_.alive()) {
        const Node::Visit here = node_.visit();
        const sync::LinkStatus status = co_await node_.control().status();
        for (const sync::MapStatus& map : status.maps) {
          if (!node_.alive()) break;
          std::string name = map.name;
          if (map.state == store::MapState::stopped) {
            auto begun = co_await node_.control().initial_sync(std::move(name), Side::finops);
            if (begun) say("initial sync");
          } else if (map.state == store::MapState::held) {
            say("held: " + map.reason);
            auto resumed = co_await node_.control().resume(std::move(name));
            if (resumed) say("resumed");
          }
        }
      }
      co_await clock_.sleep(operator_look);
    }
  }

  /// Outages, lost tokens, expired deltas, clocks that step.
  Task<void> chaos() {
    while (!calm_ && !over_) {
      const milliseconds pause = dice_.pause(5000, 120000);
      co_await clock_.sleep(pause);
      if (calm_ || over_) co_return;
      const Side side = dice_.chance(500) ? Side::finops : Side::dataverse;
      switch (dice_.below(6)) {
        case 0: {
          say(std::string(to_string(side)) + " is down");
          network_.down[side] = true;
          const milliseconds outage = dice_.pause(500, 90000);
          co_await clock_.sleep(outage);
          network_.down[side] = false;
          break;
        }
        case 1:
          say("tokens are revoked");
          services_.revoke_tokens();
          break;
        case 2:
          say("delta links expire");
          services_.expire_deltas();
          break;
        case 3:
          step(services_.clocks[side], milliseconds(dice_.between(-5000, 5000)));
          break;
        case 4:
          step(clock_, milliseconds(dice_.between(-3000, 3000)));
          break;
        default:
          break;
      }
    }
  }

  void step(WrongClock& clock, milliseconds by) {
    clock.offset += by;
    ledger_.note_step(by, &clock == &clock_);
  }

  Task<void> script() {
    if (is_bad_day(options_.seed)) co_await clock_.sleep(bad_day_start);
    co_await people_.edit();
    const milliseconds rest = dice_.pause(0, 30000);
    co_await clock_.sleep(rest);
    say("calm");
    calm_down();
    services_.widen();
    people_.shorten(answers_.discarded());
    co_await wait_until_quiet();
    if (terms_.asks()) {
      co_await judge_.judge_oscillation();
      // The administrators find what rewrites the values; then somebody chooses, and it stays.
      services_.plug_ins_off = true;
      answers_oscillations_ = true;
      co_await wait_until_quiet();
    }
    co_await judge_.judge();
    // A crash now must change nothing: what the state file holds is the whole truth.
    const PerSide<Image> before(services_.image(Side::finops), services_.image(Side::dataverse));
    const std::int64_t writes = ledger_.daemon_writes();
    restart_wanted_ = true;
    while (restart_wanted_ || !node_.alive()) co_await clock_.sleep(look);
    co_await wait_until_quiet();
    for (const Side side : both_sides) {
      if (services_.image(side) != before[side] || ledger_.daemon_writes() != writes) {
        ledger_.violate("O10 restart equivalence", "a daemon started anew on a settled state wrote something");
      }
    }
    over_ = true;
  }

  /// Every map runs, nothing waits, no request is on its way that may still land, and both safety nets have been
  /// around twice.
  Task<void> wait_until_quiet() {
    const milliseconds begun = time_.elapsed();
    std::set<Instant> scans;
    std::set<Instant> deltas;
    int quiet_looks = 0;
    while (time_.elapsed() - begun < quiet_max) {
      co_await clock_.sleep(look);
      if (network_.late_requests() > 0 || !node_.alive()) {
        scans.clear();
        deltas.clear();
        continue;
      }
      const Node::Visit here = node_.visit();
      const sync::LinkStatus status = co_await node_.control().status();
      if (status.maps.empty()) continue;
      const sync::MapStatus& map = status.maps.front();
      scans.insert(map.last_scan);
      deltas.insert(map.last_delta);
      bool quiet = map.state == store::MapState::running && map.pending == 0;
      if (quiet && terms_.asks()) {
        const std::size_t questions = co_await answers_.answer(answers_oscillations_);
        quiet = questions == 0;
      }
      quiet_looks = quiet ? quiet_looks + 1 : 0;
      // The first of each may have been there before; the second may have begun before.
      if (quiet_looks >= 2 && scans.size() >= 4 && deltas.size() >= 4) co_return;
      last_seen_ = std::string(store::to_string(map.state)) + ", " + std::to_string(map.pending) + " pending, " +
                   std::to_string(map.parked) + " parked, " + map.reason + map.last_error;
    }
    ledger_.violate("O9 liveness", "two hours after the last fault it is not quiet: " + last_seen_);
  }

  const RunOptions& options_;
  SimulatedTime time_;
  boost::asio::io_context context_{1};
  WrongClock clock_;
  Dice dice_;
  Terms terms_;
  Hash hash_;
  Ledger ledger_;
  MemoryVfs vfs_;
  Services services_;
  Network network_;
  Node node_;
  People people_;
  Answers answers_;
  Judge judge_;
  std::uint64_t crash_chance_ = 0;
  std::uint64_t disk_fails_ = 0;
  milliseconds life_max_{0};
  bool calm_ = false;
  bool ran_ = false;  ///< there is a state file
  bool over_ = false;
  bool restart_wanted_ = false;
  bool answers_oscillations_ = false;
  std::int64_t lives_ = 0;
  std::string last_seen_;
  TaskGroup actors_;
};

}  // namespace

RunOutcome run_seed(const RunOptions& options) {
  World world(options);
  return world.run();
}

}  // namespace dualwrite::simulation
