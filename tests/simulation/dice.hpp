#pragma once
// The one source of chance of a simulation: everything that may go either way is asked here, so that a seed is a run.
#include <chrono>
#include <cstdint>
#include <random>

namespace dualwrite::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : generator_(seed) {}

  /// Below `bound`; the bound must not be zero. Not std::uniform_int_distribution, which differs between libraries.
  std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  /// True in so many of a thousand cases.
  bool chance(std::uint64_t per_thousand) { return per_thousand > 0 && below(1000) < per_thousand; }
  std::chrono::milliseconds pause(std::int64_t low_ms, std::int64_t high_ms) {
    return std::chrono::milliseconds(between(low_ms, high_ms));
  }

 private:
  std::mt19937_64 generator_;
};

}  // namespace dualwrite::simulation
