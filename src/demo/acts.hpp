#pragma once
// The acts of the demo, in the order in which they are played. Each is a coroutine over the stage.
#include <cstdint>
#include <string>
#include <vector>

#include "demo/edit_plan.hpp"
#include "demo/sample_data.hpp"
#include "demo/stage.hpp"

namespace dualwrite::demo {

/// Puts the data into F&O by $batch, and the company into Dataverse where it is missing.
Task<Result<void>> fill_finops(Stage& stage, SampleData data);

struct SyncedRows {
  std::size_t rows = 0;
  double seconds = 0;
};
/// Currencies, vendors, customers, one after the other: parents before children.
Task<Result<SyncedRows>> run_initial_sync(Stage& stage, SampleData data);

/// Returns when the daemon has nothing more to do: no record pending on any map, twice in a row, and on each map two
/// scans and two deltas completed after `since`, so that the second ones certainly began after it.
Task<Result<void>> wait_until_quiet(Stage& stage, Instant since);

/// Both sides of all maps through OData alone.
using Tables = std::map<std::string, PerSide<SideTable>>;
Task<Result<Tables>> read_tables(Stage& stage);
/// Every record and column in which the two sides differ, in words.
std::vector<std::string> all_differences(const Stage& stage, const Tables& tables);

/// The edits, deletes and creates, both sides at once. Acknowledged ones go into the stage's log.
Task<Result<void>> play_edits(Stage& stage, std::vector<EditStep> steps, Tables tables);

/// Conflicts in a known order, while the map of customers is paused.
Task<Result<void>> play_ordered(Stage& stage, std::vector<EditStep> pairs, Tables tables);

/// One change that Dataverse refuses, its repair, and the replay. True if the replay is what settled it.
Task<Result<bool>> play_dead_letter(Stage& stage, RecordId record, Tables tables);

struct DaemonTotals {
  std::int64_t finops_to_dataverse = 0;
  std::int64_t dataverse_to_finops = 0;
  std::int64_t conflicts = 0;
  std::int64_t echoes = 0;
  std::int64_t api_calls = 0;
  std::int64_t dead_letters_open = 0;
};
Task<Result<DaemonTotals>> read_totals(Stage& stage);

/// Judges the stage's log against what both sides hold and the daemon's journal.
Task<Result<Account>> audit(Stage& stage, Tables baseline, Tables last);

/// Sends one edit; the reply decides whether it goes into the log. `endpoint_key` is the row's key on the edit's side,
/// empty for a create.
Task<Result<void>> send_edit(Stage& stage, Edit edit, std::string endpoint_key);

}  // namespace dualwrite::demo
