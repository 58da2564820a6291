#pragma once
// Resource-based throttling (C8): an overloaded server rejects integrations of lower priority first.
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "dualwrite/base/time.hpp"

namespace dualwrite::sandbox::finops {

enum class Priority : std::uint8_t { low, medium, high };
std::optional<Priority> parse_priority(std::string_view text);

/// How the real service weighs its load is not published. Here the load is the number of operations that were carried
/// out within a window, as a share of the capacity: from a half of it on, low priority is rejected, from three
/// quarters on medium, and at all of it high. Memory: one counter for each second of the window.
class Throttle {
 public:
  /// `capacity` operations in `window`; 0: never rejects.
  Throttle(std::int64_t capacity, std::chrono::seconds window) : capacity_(capacity), window_(window) {}

  /// Nothing if the operation may run, and then it counts; otherwise after how long it is worth another attempt.
  std::optional<std::chrono::seconds> admit(Instant now, Priority priority);

 private:
  struct Second {
    std::int64_t at = 0;
    std::int64_t operations = 0;
  };
  void forget(std::int64_t now);

  std::int64_t capacity_;
  std::chrono::seconds window_;
  std::deque<Second> seconds_;
  std::int64_t load_ = 0;
};

}  // namespace dualwrite::sandbox::finops
