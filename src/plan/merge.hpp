#pragma once
// Column-wise merging: one side's row into the agreed values, with the losers and with what waits for a person.
#include <optional>
#include <vector>

#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"
#include "plan/turns.hpp"

namespace dualwrite::plan {

/// The agreed values while they are being merged, and what lost on the way.
struct Merge {
  const Policy& policy;
  PerSide<Token> tokens;       ///< for the losers' record
  std::optional<Side> master;  ///< decides where there is no common base
  const Coupling& before;      ///< as it was before this plan: its held columns are not merged
  Instant now;
  std::vector<Agreed> agreed;
  std::vector<Loser> losers;
  std::vector<HeldColumn> held;  ///< by this merge
  std::vector<Turns> turns;

  Merge(const Policy& p, PerSide<Token> t, std::optional<Side> m, const Coupling& b, Instant n)
      : policy(p), tokens(std::move(t)), master(m), before(b), now(n), turns(b.turns) {}

  /// Takes `row` as the first values: nothing was agreed before.
  void start_from(Side side, const Row& row, const EditTime& time);

  /// Three-way merge of what `side` holds now. `base` is what it was known to hold; nothing when it is unknown, so that
  /// every difference is a conflict without a base. `ours` are intents whose values may be our own writes.
  void take(Side side, const Observation& seen, const std::optional<Row>& base, const std::vector<const Intent*>& ours);

 private:
  struct Judgement {
    bool mine_wins = false;
    std::string why;
  };
  [[nodiscard]] bool waits(std::size_t column) const;
  [[nodiscard]] std::vector<std::size_t> group_of(std::size_t column) const;
  bool take_group(std::size_t first, Side side, const Observation& seen, const std::optional<Row>& base,
                  const std::vector<const Intent*>& ours);
  [[nodiscard]] Judgement judge(std::size_t column, Side side, const EditTime& theirs, const EditTime& mine,
                                bool has_base) const;
  void decide(std::size_t column, Side side, const Observation& seen, bool has_base);
  void settle(std::size_t column, Side side, const Observation& seen, const Judgement& judgement, bool has_base);
  /// The side's value becomes the agreed one, unless the two sides have been turning it round too often.
  void adopt(std::size_t column, Side side, const Observation& seen);
  void hold(std::size_t column, HoldReason reason);
};

/// The value of that column in the intent, or nullptr.
const Value* find_cell(const Intent& intent, std::size_t column);

}  // namespace dualwrite::plan
