#pragma once
// How far a service's clock is from ours, from the Date headers of its replies (RFC 9110, 6.6.1: whole seconds).
#include "dualwrite/base/time.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::endpoint {

/// Each reply bounds the offset: the service's clock read something in [date, date + 1 s) at some moment between our
/// sending and our receiving. The bounds of all replies are intersected, which soon narrows them to a round trip. An
/// empty intersection means that a clock stepped or drifted: the newest reply starts again.
class ClockOffsetMeter {
 public:
  void sample(Instant sent, Instant received, Instant date);
  [[nodiscard]] const ClockOffset& offset() const noexcept { return offset_; }

 private:
  ClockOffset offset_;
  bool measured_ = false;
};

}  // namespace dualwrite::endpoint
