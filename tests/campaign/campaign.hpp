#pragma once
// The main job under stress: the demo's sandbox, daemon, edits and checker, with the daemon killed, the services
// disturbed and the events spoilt meanwhile. What must come out is what the demo promises.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "demo/acts.hpp"

namespace dualwrite::campaign {

/// What is asked of one round of edits, and what came of it.
struct Verdict {
  std::vector<std::string>
      findings;               ///< differences, edits unaccounted for, values that nobody wrote, what stayed open
  std::size_t edits = 0;      ///< acknowledged, deletes included
  std::size_t conflicts = 0;  ///< values that lost, journalled
  [[nodiscard]] bool fine() const noexcept { return findings.empty(); }
};

demo::EditCounts counts_for(const demo::Stage& stage);

/// Opens the stage, fills F&O and runs the initial sync to its end.
Task<Result<void>> begin(demo::Stage& stage, demo::SampleData data);

/// One round of edits planned from what both sides hold. `meanwhile` runs beside the edits and returns when the
/// disturbance is over and the daemon is up; then all must become quiet, and the round is judged.
using Meanwhile = std::function<Task<Result<void>>()>;
Task<Result<Verdict>> play_round(demo::Stage& stage, std::uint64_t seed, Meanwhile meanwhile);

/// What both sides hold now, judged against what they held before and what was edited since.
Task<Result<Verdict>> judge(demo::Stage& stage, demo::Tables before);

/// Starts the daemon anew on a quiet stage: it must find nothing to do.
Task<Result<std::vector<std::string>>> restart_finds_nothing(demo::Stage& stage);

/// Runs acts on a stage of their own in a temporary directory, which is kept if they fail. Says what happened on
/// stderr; true if all went well.
using Acts = std::function<Task<Result<bool>>(demo::Stage&)>;
bool run_acts(demo::DemoOptions options, Acts acts);

/// Sends a control request to the sandbox. Errc::refused with its words unless the answer is 2xx.
Task<Result<std::string>> control(demo::Stage& stage, std::string method, std::string path, std::string body);

}  // namespace dualwrite::campaign
