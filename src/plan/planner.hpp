#pragma once
// One plan in the making: what plan() does, step by step. plan.cpp merges two rows and brings them up to what is
// agreed, deletion.cpp knows what becomes of a record one of whose rows was deleted.
#include <optional>
#include <string>

#include "plan/merge.hpp"
#include "plan/view.hpp"

namespace dualwrite::plan {

class Planner {
 public:
  explicit Planner(const Input& input);

  Plan run();

 private:
  /// A deletion that waits for a person was proven once.
  [[nodiscard]] bool proven(Side side) const;
  /// While its deletion waited for a person, somebody has created the row again: what it holds was typed into it.
  [[nodiscard]] bool is_back(Side side) const;
  [[nodiscard]] bool knows_base(Side side) const;
  /// The merge goes on from what was agreed and held before.
  void go_on();
  /// Merges what a side holds into the agreed values.
  void take(Side side);
  /// What the side is known to have held before what was seen.
  [[nodiscard]] std::optional<Row> base_of(Side side) const;
  void keep_merged();
  /// What the side holds in that column, as far as anybody knows.
  [[nodiscard]] Value value_on(Side side, std::size_t column) const;
  [[nodiscard]] bool differs(std::size_t column) const;
  /// True if that column, or one of its group, differs.
  [[nodiscard]] bool group_differs(std::size_t column) const;
  /// Ends the waiting of held columns that have become equal or were chosen for. None of them is merged in this plan.
  void judge_held();
  void lose_choice(std::size_t column, Side side);
  /// Which side's deletion a tombstone is about. Where both have a row again, one of them is our own late create, and
  /// the one that holds news contests the deletion; if both do, it is the one that was known when the other was gone.
  [[nodiscard]] Side deleter_of_tombstone() const;
  /// A row is missing that was there, or the tombstone's row on the other side still stands.
  void on_deletion(Side deleter);
  /// True if the other row holds what the deleter had not seen. A value that the deleter knew contests nothing,
  /// although it may have been typed again.
  [[nodiscard]] bool contested(Side deleter) const;
  /// True if somebody of that side typed what its row holds there, as far as anybody can tell: a row that has only not
  /// been brought up to date yet holds no news.
  [[nodiscard]] bool is_news(Side side, std::size_t column) const;
  /// With the deleter's row gone, what was typed into the row that stands wins against what he had typed before.
  void let_stand(Side rest);
  /// The deletion lost: the record goes on with the row that stands, as a new incarnation.
  void restore(Side deleter, const char* rule);
  /// Where a person would be asked, the row that stands is the answer: the other one's value went with its row.
  void settle_for(Side rest, const char* rule);
  void uncouple(Side deleter);
  /// Nothing is written until the record has two rows again, which are then coupled like two that meet for the first
  /// time; with none it is a deleted record like any other.
  void stay_uncoupled();
  /// When the row on that side was deleted; where nobody has told, before we decided on it.
  [[nodiscard]] EditTime deletion_time(Side side) const;
  /// When the row on that side was last edited; where it was not read again, as the agreed values tell.
  [[nodiscard]] EditTime edit_time(Side side) const;
  void lose_deletion(Side deleter, const char* rule);
  /// The deleter's shadow stays what the deleter knew; what is edited on the other side meanwhile is merged.
  void hold_deletion(Side deleter);
  /// While a deletion waits, a column's origin tells whether the deleter knew its value, or the other side has typed it
  /// since: it may be the very value that the deleter knew.
  void note_typed_again(Side deleter);
  /// What is known of a row that a deletion is about: what it held, or what we may have created it with.
  [[nodiscard]] Row known_before_deletion(Side side) const;
  void tell_held_deletion(Side deleter);
  /// The record is new, or it was deleted and may have been created again.
  void begin();
  /// Deletion wins. What the deleter had not seen is lost, on the record.
  void remove(const char* rule);
  void plan_removal(Side side);
  /// Our own create landed late, where a deletion waits for a person. Somebody may have created the very same row.
  void take_away(Side side);
  /// Values that were agreed and not yet written to the row that is gone.
  void lose_unwritten(Side side, const char* rule);
  void lose_unseen(Side side, const std::optional<Row>& known, const char* rule);
  /// A write of ours that may have landed stands between what we know and what was seen: a value that looks unchanged
  /// may have been typed again.
  [[nodiscard]] bool may_be_retyped(Side side, std::size_t column) const;
  void add_loser(std::size_t column, Side side, const Value& lost, const EditTime& time, const char* rule);
  void store_shadow(Side side);
  /// What was typed into a column that only receives, and is about to be overwritten.
  void lose_strayed(Side side, const Agreed& agreed, std::size_t column);
  /// Plans the write that brings a side to the agreed values, if it needs one.
  void bring_up(Side side);
  [[nodiscard]] bool is_held(std::size_t column) const;
  /// What a person gets to see of the columns that wait.
  void tell_holds();
  void finish();

  const Input& in_;
  PerSide<View> views_;
  Merge merge_;
  Plan plan_;
};

}  // namespace dualwrite::plan
