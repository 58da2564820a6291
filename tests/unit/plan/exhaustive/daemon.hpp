#pragma once
// The daemon in the small world: its rounds, step by step, over the real planner and settle code, in the order of
// src/sync/round.cpp: read, read, decide (durable), write each, settle all (durable).
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "unit/plan/exhaustive/world.hpp"

namespace dualwrite::plan::exhaustive {

/// Couplings by number, each kept once: a world holds the number, and equal numbers mean equal couplings.
class Couplings {
 public:
  std::uint32_t number_of(Coupling coupling);
  [[nodiscard]] const Coupling& operator[](std::uint32_t number) const { return *all_[number]; }

 private:
  std::vector<std::unique_ptr<const Coupling>> all_;
  std::unordered_multimap<std::size_t, std::uint32_t> by_hash_;
};

class Daemon {
 public:
  Daemon(const Rules& rules, const Start& from) : rules_(rules), from_(from) {}

  /// The world before anything has happened: both sides hold what was agreed.
  World begin();

  [[nodiscard]] static bool at_rest(const World& world);
  /// A write is about to be sent, or was sent and has not arrived.
  [[nodiscard]] static bool is_sending(const World& world);

  /// Something waits for a person, and nobody has chosen.
  [[nodiscard]] bool asks(const World& world) const;
  /// A person chooses that side, for all that waits.
  static void choose(World& world, Side winner);
  /// What is stored of the record.
  [[nodiscard]] const Coupling& coupling(const World& world) const { return couplings_[world.coupling]; }

  void step(World& world);
  /// Everything in memory is gone; marks and the coupling stay. `lands_late`: the write that was on its way arrives
  /// some time.
  void crash(World& world, bool lands_late);
  /// No reply comes to the write that is being sent; it arrives some time. The round goes on with the next.
  void lose_reply(World& world);
  /// Marks what a scan finds on sides that nobody reports. Called after every move: an idle daemon scans at any time.
  void scan(World& world) const;
  /// The write that was lost on its way arrives.
  void land(World& world);

 private:
  void advance(World& world);
  /// What a decision leads to, as far as the planner's input tells.
  struct Decided {
    Plan plan;
    std::uint32_t next = 0;  ///< the coupling that is stored, its intents included
    std::vector<IntentId> intents;
  };

  void read(World& world, Side side);
  /// Made once for each input: the same one is met in thousands of states.
  const Decided& decided(const World& world, std::optional<Side> choice);
  Decided make_decision(const World& world, std::optional<Side> choice);
  void decide(World& world);
  void write(World& world);
  void next_write(World& world);
  void settle(World& world);
  [[nodiscard]] bool may_take_shadow(const World& world, Side side) const;
  [[nodiscard]] Observation observation(const World& world, Side side) const;

  Rules rules_;
  Start from_;
  Couplings couplings_;
  std::unordered_map<std::string, Decided> decided_;
};

}  // namespace dualwrite::plan::exhaustive
