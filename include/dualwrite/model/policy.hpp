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
};

constexpr std::string_view to_string(ConflictRule rule) noexcept {
  switch (rule) {
    case ConflictRule::newest_wins:
      return "newest-wins";
    case ConflictRule::finops_wins:
      return "finops-wins";
    case ConflictRule::dataverse_wins:
      return "dataverse-wins";
  }
  return "newest-wins";
}

struct ColumnPolicy {
  Direction direction = Direction::both;
  ConflictRule conflict = ConflictRule::newest_wins;
  bool key = false;  ///< part of the integration key: written when a row is created, never after
};

struct Policy {
  std::vector<ColumnPolicy> columns;
  Side tie_break = Side::dataverse;
};

}  // namespace dualwrite
