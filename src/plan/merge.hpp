#pragma once
// Column-wise merging: one side's row into the agreed values, with the losers.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"

namespace dualwrite::plan {

/// The agreed values while they are being merged, and what lost on the way.
struct Merge {
  const Policy& policy;
  PerSide<Token> tokens;                        ///< for the losers' record
  std::optional<Side> master;                   ///< decides where there is no common base
  const std::vector<Agreed>* before = nullptr;  ///< what was agreed before; nothing: never agreed, or deleted
  std::vector<Agreed> agreed;
  std::vector<Loser> losers;

  Merge(const Policy& p, PerSide<Token> t, std::optional<Side> m) : policy(p), tokens(std::move(t)), master(m) {}

  /// Takes `row` as the first values: nothing was agreed before.
  void start_from(Side side, const Row& row, const EditTime& time);

  /// Takes the columns of which `side` is the only source, after values were taken from the other side's row.
  void take_sourced(Side side, const Row& row, const EditTime& time);

  /// Three-way merge of what `side` holds now. `base` is what it was known to hold; nothing when it is unknown, so that
  /// every difference is a conflict without a base. `ours` are intents whose values may be our own writes.
  void take(Side side, const Row& now, const EditTime& time, const std::optional<Row>& base,
            const std::vector<const Intent*>& ours);

 private:
  void decide(std::size_t column, Side side, const Value& mine, const EditTime& time, bool has_base);
  /// Records that `lost` gave way to the agreed value of that column.
  void lose(std::size_t column, Side side, const Value& lost, const EditTime& time, std::string rule);
};

/// The value of that column in the intent, or nullptr.
const Value* find_cell(const Intent& intent, std::size_t column);

/// True if that column may have been edited after this write landed although it looks as it did before: the old value
/// was typed over what we wrote, or into a new row after our removal.
bool may_hide_edit(const Intent& intent, std::size_t column);

}  // namespace dualwrite::plan
