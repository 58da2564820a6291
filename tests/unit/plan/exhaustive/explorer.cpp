#include "unit/plan/exhaustive/explorer.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "unit/plan/exhaustive/daemon.hpp"

namespace dualwrite::plan::exhaustive {
namespace {

/// Steps that the daemon alone may take before it must be at rest; a round has nine at most.
constexpr std::size_t steps_alone_max = 200;

struct Print {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Print&, const Print&) = default;
};

/// 128 bits of hash stand for a state: among some 10^7 states two collide with a probability of about 10^-25.
Print print_of(const World& world) {
  constexpr std::size_t words = (sizeof(World) + 7) / 8;
  std::array<std::uint64_t, words> bytes{};
  std::memcpy(bytes.data(), &world, sizeof(World));
  Print print{0x243F6A8885A308D3ULL, 0x13198A2E03707344ULL};
  for (const std::uint64_t word : bytes) {
    print.high = std::rotl(print.high ^ (word * 0x87C37B91114253D5ULL), 31) * 0x4CF5AD432745937FULL + print.low;
    print.low = std::rotl(print.low ^ (word * 0xC2B2AE3D27D4EB4FULL), 29) * 0x9E3779B97F4A7C15ULL + print.high;
  }
  for (std::uint64_t* half : {&print.high, &print.low}) {
    *half ^= *half >> 32U;
    *half *= 0xFF51AFD7ED558CCDULL;
    *half ^= *half >> 29U;
  }
  if (print == Print()) print.low = 1;
  return print;
}

/// A set of prints with open addressing.
class Visited {
 public:
  Visited() : slots_(std::size_t{1} << 12U) {}

  /// True if it was not there.
  bool insert(const Print& print) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    if (!place(slots_, print)) return false;
    ++size_;
    return true;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static bool place(std::vector<Print>& slots, const Print& print) {
    for (std::size_t at = print.low & (slots.size() - 1);; at = (at + 1) & (slots.size() - 1)) {
      if (slots[at] == print) return false;
      if (slots[at] == Print()) {
        slots[at] = print;
        return true;
      }
    }
  }
  void grow() {
    std::vector<Print> larger(slots_.size() * 4);
    for (const Print& print : slots_) {
      if (print != Print()) place(larger, print);
    }
    slots_ = std::move(larger);
  }

  std::vector<Print> slots_;
  std::size_t size_ = 0;
};

enum class Move : std::uint8_t {
  finops_user,
  dataverse_user,
  daemon,
  crash,
  crash_in_flight,
  lost_reply,
  landing,
  finops_chosen,
  dataverse_chosen
};

class Explorer {
 public:
  Explorer(const Rules& rules, const Start& from) : rules_(rules), from_(from), daemon_(rules, from) {}

  Counters explore() {
    Counters counters;
    stack_.push_back(daemon_.begin());
    while (!stack_.empty()) {
      World world = stack_.back();
      stack_.pop_back();
      if (!visited_.insert(print_of(world))) continue;
      const std::vector<Move>& moves = moves_of(world);
      if (moves.empty()) {
        counters.add(judge(world, rules_, from_, daemon_.coupling(world)));
      } else if (moves.size() == 1 && moves.front() == Move::daemon) {
        alone(world, counters);
      } else {
        for (const Move move : moves) {
          stack_.push_back(world);
          go(stack_.back(), move);
        }
      }
    }
    counters.states = visited_.size();
    return counters;
  }

  /// Breadth first, so that the first end state that is not clean is among the nearest.
  std::string smallest_trace() {
    struct Node {
      World world;
      std::size_t parent;
      Move move;
    };
    std::vector<Node> nodes{{daemon_.begin(), 0, Move::daemon}};
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      const World world = nodes[at].world;
      if (!visited_.insert(print_of(world))) continue;
      const std::vector<Move> moves = moves_of(world);
      const Verdict verdict = moves.empty() ? judge(world, rules_, from_, daemon_.coupling(world)) : Verdict();
      if (!verdict.clean()) {
        std::string text;
        for (std::size_t step = at; step != 0; step = nodes[step].parent) {
          text = describe(nodes[nodes[step].parent].world, nodes[step].world, nodes[step].move) + text;
        }
        return to_string(from_) + "\n" + text + "  => " + to_string(verdict) + "\n";
      }
      for (const Move move : moves) {
        nodes.push_back({world, at, move});
        go(nodes.back().world, move);
      }
    }
    return {};
  }

 private:
  const std::vector<Move>& moves_of(const World& world) {
    moves_.clear();
    for (const Side side : both_sides) {
      if (world.next_op[index(side)] < from_.script[side].size()) {
        moves_.push_back(side == Side::finops ? Move::finops_user : Move::dataverse_user);
      }
    }
    if (!Daemon::at_rest(world)) moves_.push_back(Move::daemon);
    if (world.crashes_left > 0 && world.now() != Phase::idle) {
      moves_.push_back(Move::crash);
      if (rules_.late && Daemon::is_sending(world) && world.late.present == 0) {
        moves_.push_back(Move::crash_in_flight);
        moves_.push_back(Move::lost_reply);
      }
    }
    if (world.late.present != 0) moves_.push_back(Move::landing);
    if (daemon_.asks(world)) {
      moves_.push_back(Move::finops_chosen);
      moves_.push_back(Move::dataverse_chosen);
    }
    return moves_;
  }

  void go(World& world, Move move) {
    switch (move) {
      case Move::finops_user:
        run_user(world, rules_, from_, Side::finops);
        daemon_.scan(world);
        return;
      case Move::dataverse_user:
        run_user(world, rules_, from_, Side::dataverse);
        daemon_.scan(world);
        return;
      case Move::daemon:
        daemon_.step(world);
        return;
      case Move::crash:
        daemon_.crash(world, false);
        return;
      case Move::crash_in_flight:
        daemon_.crash(world, true);
        return;
      case Move::lost_reply:
        daemon_.lose_reply(world);
        return;
      case Move::landing:
        daemon_.land(world);
        return;
      case Move::finops_chosen:
        Daemon::choose(world, Side::finops);
        return;
      case Move::dataverse_chosen:
        Daemon::choose(world, Side::dataverse);
        return;
    }
  }

  /// Nothing is left but the daemon's own steps: there is one way, and it has an end.
  void alone(World world, Counters& counters) {
    std::vector<Print> way;
    for (std::size_t steps = 0; steps < steps_alone_max; ++steps) {
      daemon_.step(world);
      const Print print = print_of(world);
      if (!visited_.insert(print)) {
        if (std::ranges::find(way, print) == way.end()) return;  // somebody has gone on from here
        break;
      }
      way.push_back(print);
      if (moves_of(world).empty()) {
        counters.add(judge(world, rules_, from_, daemon_.coupling(world)));
        return;
      }
      if (moves_.size() != 1) {  // the crash that was left can happen again
        for (const Move move : std::vector<Move>(moves_)) {
          stack_.push_back(world);
          go(stack_.back(), move);
        }
        return;
      }
    }
    Verdict endless;
    endless.endless = true;
    counters.add(endless);
  }

  [[nodiscard]] std::string describe(const World& before, const World& after, Move move) const {
    static constexpr std::array<const char*, 6> phases{"idle",    "reading",      "deciding",
                                                       "writing", "reading back", "settling"};
    static constexpr std::array<const char*, 9> names{"finops user",
                                                      "dataverse user",
                                                      "daemon, ",
                                                      "crash",
                                                      "crash, a write is on its way",
                                                      "a reply is lost",
                                                      "it lands",
                                                      "finops is chosen",
                                                      "dataverse is chosen"};
    std::string text = "  " + std::string(names[static_cast<std::size_t>(move)]);
    if (move == Move::daemon) text += std::string(phases[before.phase]);
    text += ": finops " + to_string(after.row(Side::finops), rules_.values);
    text += " dataverse " + to_string(after.row(Side::dataverse), rules_.values) + " outstanding";
    for (EditId edit = 1; edit < edits_end; ++edit) {
      if ((after.outstanding & bit(edit)) == 0) continue;
      text += " " + std::to_string(edit) + ((after.logged & bit(edit)) != 0 ? "(logged)" : "");
    }
    const Coupling& stored = daemon_.coupling(after);
    for (const HeldColumn& held : stored.held) text += " c" + std::to_string(held.column) + " waits";
    if (stored.held_deletion) text += " deletion in " + std::string(to_string(*stored.held_deletion)) + " waits";
    return text + "\n";
  }

  Rules rules_;
  Start from_;
  Daemon daemon_;
  Visited visited_;
  std::vector<World> stack_;
  std::vector<Move> moves_;
};

std::vector<Start> starts_of(const Rules& rules) {
  std::vector<int> skews{0};
  std::vector<int> grains{1};
  if (rules.clocks_matter()) {
    skews = {0, 3, -3};
    grains = {1, 4};
  }
  const std::vector<Script> all = scripts(rules);
  std::vector<Start> starts;
  // Few operations first, so that the first mistake is a small one.
  for (std::size_t operations = 0; operations <= 2 * rules.operations_max; ++operations) {
    for (const Script& finops : all) {
      for (const Script& dataverse : all) {
        if (finops.size() + dataverse.size() != operations) continue;
        for (const int skew : skews) {
          for (const int grain : grains) starts.push_back({PerSide<Script>(finops, dataverse), skew, grain});
        }
      }
    }
  }
  return starts;
}

}  // namespace

std::string smallest_trace(const Rules& rules, const Start& from) {
  return Explorer(rules, from).smallest_trace();
}

Report enumerate(const Rules& rules) {
  const std::vector<Start> starts = starts_of(rules);
  Report report;
  report.worlds = starts.size();
  std::size_t first_bad = starts.size();
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  const auto work = [&] {
    for (std::size_t at = next++; at < starts.size(); at = next++) {
      const Counters counters = Explorer(rules, starts[at]).explore();
      const bool clean = counters.diverged + counters.silent + counters.resurrected + counters.needless +
                             counters.misjudged + counters.endless ==
                         0;
      const std::lock_guard lock(mutex);
      report.counters.add(counters);
      if (!clean) first_bad = std::min(first_bad, at);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned number = 1; number < std::max(1U, std::thread::hardware_concurrency()); ++number) {
      threads.emplace_back(work);
    }
    work();
  }
  if (first_bad < starts.size()) report.smallest_trace = smallest_trace(rules, starts[first_bad]);
  return report;
}

}  // namespace dualwrite::plan::exhaustive
