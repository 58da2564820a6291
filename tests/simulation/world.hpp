#pragma once
// One run from one seed: people edit both sides while everything goes wrong; then nothing goes wrong any more, and when
// all is quiet the oracles judge (names O1 to O14: tests/simulation/README.md).
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "simulation/ledger.hpp"
#include "simulation/terms.hpp"

namespace dualwrite::simulation {

struct RunOptions {
  std::uint64_t seed = 1;
  TermsKind terms = TermsKind::chosen;
  std::function<void(const std::string& line)> trace;  ///< every line of the run; empty: only the hash is kept
  bool verbose = false;                                ///< the engine's own log to stderr
};

struct RunOutcome {
  std::uint64_t trace_hash = 0;  ///< equal for two runs of one seed
  std::vector<Violation> violations;
  std::int64_t edits = 0;
  std::int64_t daemon_writes = 0;
  std::int64_t conflicts = 0;  ///< journal lines of losers
  std::int64_t lives = 0;      ///< of the daemon
};

RunOutcome run_seed(const RunOptions& options);

}  // namespace dualwrite::simulation
