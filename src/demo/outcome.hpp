#pragma once
// What came of a run, as a table for people and as one JSON object.
#include <cstdint>
#include <string>
#include <vector>

namespace dualwrite::demo {

struct RunOutcome {
  std::uint64_t seed = 0;
  std::int64_t rows = 0;
  std::int64_t finops_to_dataverse = 0;
  std::int64_t dataverse_to_finops = 0;
  std::int64_t conflicts = 0;
  std::int64_t dead_letters_replayed = 0;
  std::int64_t dead_letters_open = 0;
  std::int64_t echoes_suppressed = 0;
  std::int64_t api_calls = 0;
  std::int64_t differences = 0;
  std::int64_t edits_acknowledged = 0;  ///< edits and creates, deletes not counted
  std::int64_t edits_in_doubt = 0;
  std::int64_t deletes = 0;
  std::int64_t edits_survived = 0;
  std::int64_t edits_lost = 0;         ///< to a conflict, journalled
  std::int64_t edits_overwritten = 0;  ///< knowingly
  std::int64_t edits_deleted = 0;      ///< with their record; deletes themselves included
  std::int64_t edits_unaccounted = 0;
  std::int64_t phantoms = 0;  ///< values and rows that nobody wrote
  double initial_sync_seconds = 0;
  double seconds = 0;
  std::string error;  ///< why the run did not come to its end

  /// The promise: nothing differs, nothing is lost, nothing came from nowhere, and what had to happen did.
  [[nodiscard]] bool fine() const noexcept;
  [[nodiscard]] std::int64_t rows_per_second() const noexcept;
};

std::string to_json(const RunOutcome& outcome);
std::vector<std::string> to_lines(const RunOutcome& outcome);

}  // namespace dualwrite::demo
