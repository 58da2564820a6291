#pragma once
// A clock that stands still until a test sets it; sleeping moves it and takes no time.
#include "dualwrite/async/clock.hpp"

namespace dualwrite::test {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(Instant now) : now_(now) {}
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const override { return now_.time_since_epoch(); }
  Task<void> sleep(std::chrono::milliseconds duration) override {
    now_ += duration;
    co_return;
  }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Instant now_;
};

}  // namespace dualwrite::test
