#pragma once
// How far a service's clock is from ours: from the Date headers of its replies (RFC 9110, 6.6.1: whole seconds), and
// from the stamps that it gave to writes of ours.
#include <chrono>
#include <cstdint>

#include "dualwrite/base/time.hpp"
#include "dualwrite/endpoint/endpoint.hpp"

namespace dualwrite::endpoint {

/// Each reply bounds the offset: the service's clock read something in [date, date + 1 s) at some moment between our
/// sending and our receiving. The bounds of all replies are intersected, which soon narrows them to a round trip. An
/// empty intersection means that a clock stepped or drifted: the newest reply starts again.
class ClockOffsetMeter {
 public:
  /// The clock read something in [shown, shown + granularity) between sending and receiving. True if that contradicts
  /// what was measured before: a clock, theirs or ours, has been set, and what else was measured by it is out of date.
  bool sample(Instant sent, Instant received, Instant shown, std::chrono::milliseconds granularity);
  [[nodiscard]] const ClockOffset& offset() const noexcept { return offset_; }
  [[nodiscard]] std::int64_t samples() const noexcept { return samples_; }

 private:
  ClockOffset offset_;
  std::int64_t samples_ = 0;
};

/// Whoever sets a row's stamp need not be the server that sets the header: where the two disagree, stamps are believed.
ClockOffset combine(const ClockOffsetMeter& dates, const ClockOffsetMeter& stamps);

}  // namespace dualwrite::endpoint
