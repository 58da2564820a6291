#pragma once
// Random numbers that are the same everywhere for the same seed (the standard's distributions are not).
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace dualwrite::demo {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() noexcept {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  /// A number below `bound`, which must not be 0.
  std::size_t below(std::size_t bound) noexcept { return static_cast<std::size_t>(roll() % bound); }
  bool chance(std::size_t percent) noexcept { return below(100) < percent; }

  template <class T>
  const T& pick(const std::vector<T>& from) noexcept {
    return from[below(from.size())];
  }

  template <class T>
  void shuffle(std::vector<T>& items) noexcept {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace dualwrite::demo
