#include "dualwrite/sync/crash_point.hpp"
#include "dualwrite/sync/engine.hpp"

namespace dualwrite::sync {

std::string_view to_string(InitialSyncProgress::State state) noexcept {
  switch (state) {
    case InitialSyncProgress::State::never:
      return "never";
    case InitialSyncProgress::State::running:
      return "running";
    case InitialSyncProgress::State::done:
      return "done";
    case InitialSyncProgress::State::failed:
      return "failed";
  }
  return "never";
}

std::string_view to_string(ReplayOutcome outcome) noexcept {
  switch (outcome) {
    case ReplayOutcome::resolved:
      return "resolved";
    case ReplayOutcome::refused:
      return "refused";
    case ReplayOutcome::queued:
      return "queued";
  }
  return "queued";
}

std::string_view to_string(CrashPoint point) noexcept {
  switch (point) {
    case CrashPoint::marked:
      return "marked";
    case CrashPoint::decided:
      return "decided";
    case CrashPoint::sent:
      return "sent";
    case CrashPoint::effect:
      return "effect";
    case CrashPoint::settling:
      return "settling";
    case CrashPoint::checkpoint:
      return "checkpoint";
  }
  return "marked";
}

std::optional<CrashPoint> parse_crash_point(std::string_view name) noexcept {
  for (const CrashPoint point : crash_points) {
    if (to_string(point) == name) return point;
  }
  return std::nullopt;
}

}  // namespace dualwrite::sync
