// dualwrite_simulate: runs seeds, and says which failed and why. scripts/simulate runs it; its last line is
// "N passed, N failed".
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "simulation/regression.hpp"
#include "simulation/world.hpp"

namespace dualwrite::simulation {
namespace {

struct Options {
  std::uint64_t start = 1;
  std::uint64_t seeds = 1000;
  std::uint64_t step = 1;
  std::uint64_t seconds = 0;  ///< stop early after so long; 0: never
  std::string regressions;    ///< a folder of them: nothing else is run
  TermsKind terms = TermsKind::chosen;
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
    if (name == "--plain") {
      options.terms = TermsKind::plain;
      continue;
    }
    if (index + 1 >= count) return std::nullopt;
    const char* const value = arguments[++index];
    if (name == "--regressions") {
      options.regressions = value;
      continue;
    }
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

void say(const RunOptions& options, const RunOutcome& outcome) {
  std::printf("seed %llu failed (%lld edits, %lld conflicts, %lld lives)\n",
              static_cast<unsigned long long>(options.seed), static_cast<long long>(outcome.edits),
              static_cast<long long>(outcome.conflicts), static_cast<long long>(outcome.lives));
  for (const Violation& violation : outcome.violations) {
    std::printf("  %s: %s\n", violation.oracle.c_str(), violation.what.c_str());
  }
  const char* const plain = options.terms == TermsKind::plain ? " --plain" : "";
  std::printf(
      "see it with\n  build/release/tests/simulation/dualwrite_simulate --start %llu --seeds 1%s --trace\n"
      "and once it is mended, keep it in tests/simulation/regressions/%llu.json, with the cause:\n%s\n",
      static_cast<unsigned long long>(options.seed), plain, static_cast<unsigned long long>(options.seed),
      regression_text(options, outcome).c_str());
}

class Tally {
 public:
  void run(RunOptions of_run, const Options& options) {
    of_run.verbose = options.trace;
    if (options.trace) of_run.trace = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    RunOutcome outcome = run_seed(of_run);
    if (options.twice && run_seed(of_run).trace_hash != outcome.trace_hash) {
      outcome.violations.push_back({"determinism", "two runs of this seed differ"});
    }
    if (outcome.violations.empty()) {
      ++passed_;
    } else {
      ++failed_;
      say(of_run, outcome);
    }
    all_.edits += outcome.edits;
    all_.conflicts += outcome.conflicts;
    all_.lives += outcome.lives;
    all_.daemon_writes += outcome.daemon_writes;
  }

  int end() const {
    std::printf("%lld edits, %lld writes of the daemon, %lld values lost in conflicts, %lld lives\n",
                static_cast<long long>(all_.edits), static_cast<long long>(all_.daemon_writes),
                static_cast<long long>(all_.conflicts), static_cast<long long>(all_.lives));
    std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(passed_),
                static_cast<unsigned long long>(failed_));
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  std::uint64_t passed_ = 0;
  std::uint64_t failed_ = 0;
  RunOutcome all_;
};

int run_regressions(const Options& options) {
  Tally tally;
  for (const Regression& regression : read_regressions(options.regressions)) {
    RunOptions of_run;
    of_run.seed = regression.seed;
    of_run.terms = regression.terms;
    tally.run(std::move(of_run), options);
  }
  return tally.end();
}

int run(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  Tally tally;
  for (std::uint64_t number = 0; number < options.seeds; ++number) {
    const auto spent = std::chrono::steady_clock::now() - begun;
    if (options.seconds > 0 && spent >= std::chrono::seconds(options.seconds)) break;
    RunOptions of_run;
    of_run.seed = options.start + number * options.step;
    of_run.terms = options.terms;
    tally.run(std::move(of_run), options);
  }
  return tally.end();
}

}  // namespace
}  // namespace dualwrite::simulation

int main(int count, char** arguments) {
  using namespace dualwrite::simulation;
  const auto options = read_options(count, arguments);
  if (!options) {
    std::fputs(
        "usage: dualwrite_simulate [--seeds N] [--start S] [--step N] [--seconds N] [--plain] [--twice] [--trace]\n"
        "       dualwrite_simulate --regressions FOLDER [--twice] [--trace]\n",
        stderr);
    return 2;
  }
  try {
    return options->regressions.empty() ? run(*options) : run_regressions(*options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dualwrite_simulate: %s\n", error.what());
    return 2;
  }
}
