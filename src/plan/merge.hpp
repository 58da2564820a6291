#pragma once
// Column-wise merging: one side's row into the agreed values, with the losers and with what waits for a person.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"
#include "plan/turns.hpp"

namespace dualwrite::plan {

/// The rule of what may have been an edit, or our own write: nobody can tell.
inline constexpr const char* in_doubt_rule = "in-doubt";

/// The rule of what was typed into a column that only receives.
inline constexpr const char* one_way_rule = "one-way";

/// The rule of what went with the row that held it, where an edit of the other row stands.
inline constexpr const char* row_deleted_rule = "row-deleted";

/// The agreed values while they are being merged, and what lost on the way.
struct Merge {
  const Policy& policy;
  PerSide<Token> tokens;       ///< for the losers' record
  std::optional<Side> master;  ///< decides where there is no common base
  std::vector<Turns> turns;    ///< as they were before this merge, then after it
  Instant now;
  const std::vector<Agreed>* before = nullptr;  ///< what was agreed before; nothing: never agreed, or deleted
  std::vector<HeldColumn> held_before;          ///< columns that are not merged: they wait, or waited until now
  /// Per column, when the side that is taken first typed what is agreed already; nothing where it did not.
  std::vector<std::optional<EditTime>> confirmed;
  std::vector<bool> alike;  ///< columns of which both sides are a source and hold the same
  std::vector<Agreed> agreed;
  std::vector<Loser> losers;
  std::vector<HeldColumn> held;  ///< by this merge

  Merge(const Policy& p, PerSide<Token> t, std::optional<Side> m, std::vector<Turns> u, Instant n)
      : policy(p), tokens(std::move(t)), master(m), turns(std::move(u)), now(n) {}

  /// Takes `row` as the first values: nothing was agreed before.
  void start_from(Side side, const Row& row, const EditTime& time);

  /// Takes the columns of which `side` is the only source, after values were taken from the other side's row.
  void take_sourced(Side side, const Row& row, const EditTime& time);

  /// Three-way merge of what `side` holds now. `base` is what it was known to hold; nothing when it is unknown, so that
  /// every difference is a conflict without a base. `ours` are intents whose values may be our own writes.
  void take(Side side, const Observation& seen, const std::optional<Row>& base, const std::vector<const Intent*>& ours);

  /// What both sides hold is agreed, whatever was before. The edit is that of the side which held something else.
  void take_alike(const PerSide<Observation>& seen, const PerSide<std::optional<Row>>& bases);

  /// Notes where the side's own edit is the very value that is agreed: an edit of the other side meets that one.
  void note_confirmed(const Observation& seen, const std::optional<Row>& base, const std::vector<const Intent*>& ours);

  /// After both sides were taken: a column that came out with the other side's value has turned. One that the two sides
  /// have been turning round too often is held.
  void count_turns(const PerSide<Observation>& seen);

 private:
  struct Judgement {
    bool mine_wins = false;
    std::string why;
    EditTime theirs;  ///< what the side's own time was compared with
  };
  [[nodiscard]] EditTime theirs_time(std::size_t column) const;
  [[nodiscard]] bool theirs_moved(std::size_t column, Side side, const std::optional<Row>& base) const;
  [[nodiscard]] bool waits(std::size_t column) const;
  [[nodiscard]] bool is_alike(std::size_t column) const { return column < alike.size() && alike[column]; }
  [[nodiscard]] std::vector<std::size_t> group_of(std::size_t column) const;
  bool take_group(std::size_t first, Side side, const Observation& seen, const std::optional<Row>& base,
                  const std::vector<const Intent*>& ours);
  [[nodiscard]] Judgement judge(std::size_t column, Side side, const EditTime& theirs, const EditTime& mine,
                                bool has_base) const;
  void decide(std::size_t column, Side side, const Observation& seen, bool has_base);
  void settle(std::size_t column, Side side, const Observation& seen, const Judgement& judgement, bool has_base);
  void hold(std::size_t column, HoldReason reason);
  /// Records that `lost` gave way to the agreed value of that column.
  void lose(std::size_t column, Side side, const Value& lost, const EditTime& time, std::string rule,
            ConflictType type = ConflictType::update_differing);
};

/// The value of that column in the intent, or nullptr.
const Value* find_cell(const Intent& intent, std::size_t column);

/// True if that column may have been edited after this write landed although it looks as it did before: the old value
/// was typed over what we wrote, or into a new row after our removal.
bool may_hide_edit(const Intent& intent, std::size_t column);

}  // namespace dualwrite::plan
