#pragma once
// What a service lets us send: how much at once, and how much of it went out in the last five minutes. Pure.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "dualwrite/base/time.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::endpoint {

/// Both services take their limits over five minutes (Microsoft Learn: api-limits; priority-based throttling).
inline constexpr std::chrono::seconds budget_window{300};

class Budget {
 public:
  explicit Budget(std::size_t most) : most_(most), at_once_(most) {}

  /// A request of that map has ended.
  void spend(const std::string& map, Instant now, std::chrono::milliseconds took);
  /// A request was answered well: one more at once after as many of them as are allowed at once.
  void went_well();
  /// Told to slow down: half as many at once. Answers that were under way then halve nothing again.
  void was_throttled(Instant now);

  [[nodiscard]] std::size_t at_once() const noexcept { return at_once_; }
  [[nodiscard]] WindowUsage window(Instant now) const;
  [[nodiscard]] const std::map<std::string, std::int64_t>& by_map() const noexcept { return by_map_; }

 private:
  /// A second's worth, so that a busy window costs some hundred entries and not six thousand.
  struct Slice {
    Instant second;
    std::int64_t requests = 0;
    std::chrono::milliseconds took{0};
  };

  std::size_t most_;
  std::size_t at_once_;
  std::size_t good_ = 0;
  Instant halved_at_{};
  std::deque<Slice> slices_;
  std::map<std::string, std::int64_t> by_map_;
};

}  // namespace dualwrite::endpoint
