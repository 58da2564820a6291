#pragma once
// What a map says about directions and conflicts, as the planner needs it.
#include <cstdint>
#include <string_view>
#include <vector>

#include "dualwrite/model/side.hpp"

namespace dualwrite {

enum class Direction : std::uint8_t { both, to_dataverse, to_finops };

/// True if edits made on `side` count in a column of that direction.
constexpr bool flows_from(Direction direction, Side side) noexcept {
  return direction == Direction::both || (direction == Direction::to_dataverse) == (side == Side::finops);
}

enum class ConflictRule : std::uint8_t {
  newest_wins,  ///< the edit that is certainly later; if their times overlap, the tie-break side's
  finops_wins,
  dataverse_wins,
  manual,  ///< both values stay where they are until a person chooses, or the two sides become equal
};

constexpr std::string_view to_string(ConflictRule rule) noexcept {
  switch (rule) {
    case ConflictRule::newest_wins:
      return "newest-wins";
    case ConflictRule::finops_wins:
      return "finops-wins";
    case ConflictRule::dataverse_wins:
      return "dataverse-wins";
    case ConflictRule::manual:
      return "manual";
  }
  return "newest-wins";
}

/// What becomes of a record that was deleted on one side. "Contested" means that the other side holds an edit which the
/// deleter had not seen.
enum class DeletePolicy : std::uint8_t {
  delete_wins,    ///< the other row is deleted too; what the deleter had not seen is lost, on the record
  edit_restores,  ///< a contested deletion loses: the row is created again where it was deleted
  uncouple,       ///< no deletion is carried over: the other row stays, and the record is no longer synchronised
  manual,         ///< a contested deletion waits for a person, and nothing is written to the record until then
};

constexpr std::string_view to_string(DeletePolicy policy) noexcept {
  switch (policy) {
    case DeletePolicy::delete_wins:
      return "delete-wins";
    case DeletePolicy::edit_restores:
      return "edit-restores";
    case DeletePolicy::uncouple:
      return "uncouple";
    case DeletePolicy::manual:
      return "manual";
  }
  return "delete-wins";
}

struct ColumnPolicy {
  Direction direction = Direction::both;
  ConflictRule conflict = ConflictRule::newest_wins;
  bool key = false;  ///< part of the integration key: not merged; written when a row is created or renamed
  int group = 0;     ///< columns with the same number, other than 0, are merged together and have one rule
};

struct Policy {
  std::vector<ColumnPolicy> columns;
  Side tie_break = Side::dataverse;
  DeletePolicy deletion = DeletePolicy::delete_wins;
  PerSide<bool> renames{false, false};  ///< the service there lets the key columns of a row be changed
};

}  // namespace dualwrite
