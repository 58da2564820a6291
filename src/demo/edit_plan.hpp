#pragma once
// Which edits the demo makes, decided before the first is sent: pure, and the same for the same seed and data.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "demo/accounting.hpp"

namespace dualwrite::demo {

struct EditCounts {
  std::size_t edits = 60;          ///< column edits on each side, those of the conflicts included
  std::size_t deletes = 5;         ///< on each side
  std::size_t creates = 3;         ///< on each side
  std::size_t creates_before = 0;  ///< by earlier plans on the same data, on each side
  std::size_t conflicts = 10;      ///< pairs of edits on the same record and column
  std::size_t edited_deletes = 1;  ///< on each side: deletes of records that the other side edits at that moment
  std::size_t ordered = 3;         ///< ordered conflicts, for each order
};

/// What is done at one moment: one edit, or two by the two sides at once.
struct EditStep {
  std::vector<Edit> edits;
  std::chrono::milliseconds gap{0};  ///< how much later the second one starts
};

struct EditPlan {
  std::vector<EditStep> steps;    ///< in the order in which they start
  std::vector<EditStep> ordered;  ///< pairs: the first must lose, the second must win
  RecordId dead_letter_record;    ///< a customer that nothing else touches
};

/// `tables` is what both sides hold. Each record and column is edited at most once on each side; deleted and ordered
/// records have no other edits. Errc::limit when there are too few records for the counts.
Result<EditPlan> plan_edits(const std::vector<MapFile>& maps, const std::map<std::string, PerSide<SideTable>>& tables,
                            const EditCounts& counts, std::uint64_t seed);

}  // namespace dualwrite::demo
