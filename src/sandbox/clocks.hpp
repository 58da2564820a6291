#pragma once
// The sandbox's time: a clock that runs faster than the real one, and for each service one that may be wrong.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "dualwrite/async/clock.hpp"

namespace dualwrite::sandbox {

/// Runs `factor` times as fast as `base` from the instant at which it was made. `base` must outlive it.
class ScaledClock final : public Clock {
 public:
  ScaledClock(Clock& base, std::int64_t factor)
      : base_(base), factor_(std::max<std::int64_t>(factor, 1)), started_(base.now()), elapsed_(base.elapsed()) {}
  [[nodiscard]] Instant now() const override { return started_ + (base_.now() - started_) * factor_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override {
    return elapsed_ + (base_.elapsed() - elapsed_) * factor_;
  }
  Task<void> sleep(std::chrono::milliseconds duration) override {
    // Rounded up: who slept finds the time over.
    const std::chrono::milliseconds real((duration.count() + factor_ - 1) / factor_);
    co_await base_.sleep(real);
  }

 private:
  Clock& base_;
  std::int64_t factor_;
  Instant started_;
  std::chrono::milliseconds elapsed_;
};

/// Shows another wall-clock time than `base`, which must outlive it; time passes as there.
class SkewedClock final : public Clock {
 public:
  static constexpr std::chrono::milliseconds offset_max{std::chrono::days(3650)};
  explicit SkewedClock(Clock& base) : base_(base) {}
  [[nodiscard]] Instant now() const override { return base_.now() + offset_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return base_.elapsed(); }
  Task<void> sleep(std::chrono::milliseconds duration) override { return base_.sleep(duration); }

  [[nodiscard]] std::chrono::milliseconds offset() const noexcept { return offset_; }
  /// How far it goes before (or behind, if negative) the base. False: further than offset_max; nothing is changed.
  bool set_offset(std::chrono::milliseconds offset) {
    if (offset > offset_max || offset < -offset_max) return false;
    offset_ = offset;
    return true;
  }

 private:
  Clock& base_;
  std::chrono::milliseconds offset_{0};
};

}  // namespace dualwrite::sandbox
