#pragma once
// The planner's input and output.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/model/coupling.hpp"

namespace dualwrite {

/// One side of a record as it was read.
struct Observation {
  std::string key;         ///< the row's key on that side, where there is a row
  std::string row_id;      ///< what stays of it when its key columns change, where the service tells
  std::optional<Row> row;  ///< nothing: the side answered that there is no such row
  Token token;             ///< empty: the reply carried none
  /// When the last edit on that side happened. Ignored for columns that did not change.
  EditTime time;
  /// Only for a missing row: somebody else than one 404 says that it was deleted (an event, a delta item, two complete
  /// scans). Without proof the planner does not act on the absence of a row that was there before.
  bool deletion_proven = false;
  /// Only for a row, where one was known: it is not that row. The known one was deleted and this one was created with
  /// the same key since (another GUID; or an event said so and the version is another one).
  bool replaced = false;
  bool answer = false;  ///< the row came back as the reply to our own write
};

/// What kind of conflict it was, by the names that Postgres Distributed gives them.
enum class ConflictType : std::uint8_t {
  update_differing,         ///< both sides changed the column
  insert_exists,            ///< both sides hold a row, and nothing was ever agreed
  update_recently_deleted,  ///< an edit lost to a deletion
  delete_recently_updated,  ///< a deletion lost to an edit that the deleter had not seen
};

constexpr std::string_view to_string(ConflictType type) noexcept {
  switch (type) {
    case ConflictType::update_differing:
      return "update_differing";
    case ConflictType::insert_exists:
      return "insert_exists";
    case ConflictType::update_recently_deleted:
      return "update_recently_deleted";
    case ConflictType::delete_recently_updated:
      return "delete_recently_updated";
  }
  return "update_differing";
}

/// A value that did not survive, and why.
struct Loser {
  ConflictType type = ConflictType::update_differing;
  std::size_t column = 0;    ///< without meaning if a deletion lost: that is of the whole row
  Side side = Side::finops;  ///< the side whose edit lost
  Value lost;
  EditTime lost_time;
  Value won;  ///< absent when the record was deleted
  EditTime won_time;
  std::string rule;  ///< "newest-wins", "newest-wins/tie-break", "delete-wins", "first-coupling", …
  PerSide<Token> tokens;
};

/// A column that waits for a person, with what each side holds.
struct Hold {
  HeldColumn what;
  PerSide<Value> values;
  PerSide<EditTime> times;
  PerSide<Token> tokens;
  bool fresh = false;  ///< it was not held before this plan
};

/// A write to one side. At most one per side and plan.
struct PlannedWrite {
  Side side = Side::finops;
  WriteKind kind = WriteKind::update;
  Token guard;      ///< for update and delete: the token that was observed; empty: unknown, so the write is unguarded
  std::string key;  ///< for update and delete: the row's key on that side
  std::vector<ColumnValue> cells;
};

struct Plan {
  enum class Verdict : std::uint8_t {
    settled,    ///< both sides hold the agreed values: nothing to write
    write,      ///< `writes` are to be sent
    unproven,   ///< a row that was there before is missing, without proof of deletion: wait for the scan
    forgotten,  ///< there is no row on either side and nothing was ever agreed: no coupling is needed
  };
  Verdict verdict = Verdict::settled;
  Coupling next;  ///< to be stored before any write; its intents do not yet hold those of `writes`
  std::vector<PlannedWrite> writes;
  std::vector<Loser> losers;
  std::vector<Hold> holds;         ///< one for each of `next.held`
  bool asks = false;               ///< something waits for a person that did not before, or its values have changed
  bool changed = false;            ///< `next` differs from the coupling that was planned from
  std::optional<Side> missing_on;  ///< with unproven: where
  /// The row there has another key than the record, and its service renames no rows: a person must. The record's other
  /// columns go on.
  std::optional<Side> key_stuck;
};

}  // namespace dualwrite
