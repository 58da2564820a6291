#pragma once
// The runs that failed once: one file each in tests/simulation/regressions, with what was wrong.
#include <cstdint>
#include <string>
#include <vector>

#include "simulation/terms.hpp"
#include "simulation/world.hpp"

namespace dualwrite::simulation {

struct Regression {
  std::string file;
  std::uint64_t seed = 0;
  TermsKind terms = TermsKind::chosen;
  std::string failed;  ///< the oracle and what it saw
  std::string why;     ///< what had to be mended
};

/// All files of a folder, by name. Throws std::runtime_error where one cannot be read or lacks a member.
std::vector<Regression> read_regressions(const std::string& folder);

/// What to put into a new file for a run that failed; its cause is left to be written.
std::string regression_text(const RunOptions& options, const RunOutcome& outcome);

}  // namespace dualwrite::simulation
