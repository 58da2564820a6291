#pragma once
// splitmix64: the same seed gives the same numbers with every standard library.
#include <cstdint>

namespace dualwrite::sandbox {

/// Advances `state` and returns the next number.
inline std::uint64_t splitmix(std::uint64_t& state) noexcept {
  std::uint64_t mixed = state += 0x9E3779B97F4A7C15U;
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

}  // namespace dualwrite::sandbox
