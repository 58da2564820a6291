// dualwrite_simulate: runs seeds, and says which failed and why. scripts/simulate runs it; its last line is
// "N passed, N failed".
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "simulation/world.hpp"

namespace dualwrite::simulation {
namespace {

struct Options {
  std::uint64_t start = 1;
  std::uint64_t seeds = 1000;
  std::uint64_t step = 1;
  std::uint64_t seconds = 0;  ///< stop early after so long; 0: never
  bool twice = false;
  bool trace = false;
};

std::optional<Options> read_options(int count, char** arguments) {
  Options options;
  for (int index = 1; index < count; ++index) {
    const std::string name = arguments[index];
    if (name == "--twice") {
      options.twice = true;
      continue;
    }
    if (name == "--trace") {
      options.trace = true;
      continue;
    }
    if (index + 1 >= count) return std::nullopt;
    const char* const value = arguments[++index];
    const char* const end = value + std::strlen(value);
    std::uint64_t number = 0;
    const auto read = std::from_chars(value, end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    if (name == "--seeds") {
      options.seeds = number;
    } else if (name == "--start") {
      options.start = number;
    } else if (name == "--step" && number > 0) {
      options.step = number;
    } else if (name == "--seconds") {
      options.seconds = number;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

void say(std::uint64_t seed, const RunOutcome& outcome) {
  std::printf("seed %llu failed (%lld edits, %lld conflicts, %lld lives)\n", static_cast<unsigned long long>(seed),
              static_cast<long long>(outcome.edits), static_cast<long long>(outcome.conflicts),
              static_cast<long long>(outcome.lives));
  for (const Violation& violation : outcome.violations) {
    std::printf("  %s: %s\n", violation.oracle.c_str(), violation.what.c_str());
  }
}

int run(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  RunOutcome all;
  for (std::uint64_t number = 0; number < options.seeds; ++number) {
    const auto spent = std::chrono::steady_clock::now() - begun;
    if (options.seconds > 0 && spent >= std::chrono::seconds(options.seconds)) break;
    RunOptions of_run;
    of_run.seed = options.start + number * options.step;
    of_run.verbose = options.trace;
    if (options.trace) of_run.trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    RunOutcome outcome = run_seed(of_run);
    if (options.twice && run_seed(of_run).trace_hash != outcome.trace_hash) {
      outcome.violations.push_back({"determinism", "two runs of this seed differ"});
    }
    if (outcome.violations.empty()) {
      ++passed;
    } else {
      ++failed;
      say(of_run.seed, outcome);
    }
    all.edits += outcome.edits;
    all.conflicts += outcome.conflicts;
    all.lives += outcome.lives;
    all.daemon_writes += outcome.daemon_writes;
  }
  std::printf("%lld edits, %lld writes of the daemon, %lld values lost in conflicts, %lld lives\n",
              static_cast<long long>(all.edits), static_cast<long long>(all.daemon_writes),
              static_cast<long long>(all.conflicts), static_cast<long long>(all.lives));
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(passed),
              static_cast<unsigned long long>(failed));
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace dualwrite::simulation

int main(int count, char** arguments) {
  const auto options = dualwrite::simulation::read_options(count, arguments);
  if (!options) {
    std::fputs("usage: dualwrite_simulate [--seeds N] [--start S] [--step N] [--seconds N] [--twice] [--trace]\n",
               stderr);
    return 2;
  }
  return dualwrite::simulation::run(*options);
}
