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

}  // namespace dualwrite::sync
