#include "dualwrite/store/records.hpp"

#include "store/names.hpp"

namespace dualwrite::store {

std::string_view to_string(JournalKind kind) noexcept {
  switch (kind) {
    case JournalKind::created:
      return "created";
    case JournalKind::updated:
      return "updated";
    case JournalKind::deleted:
      return "deleted";
    case JournalKind::lost:
      return "lost";
    case JournalKind::echo:
      return "echo";
    case JournalKind::refused:
      return "refused";
    case JournalKind::resolved:
      return "resolved";
    case JournalKind::gap:
      return "gap";
    case JournalKind::scope:
      return "scope";
    case JournalKind::held:
      return "held";
    case JournalKind::renamed:
      return "renamed";
  }
  return "updated";
}

std::optional<JournalKind> parse_journal_kind(std::string_view text) noexcept {
  return named<JournalKind>(text, JournalKind::renamed);
}

std::string_view to_string(DeadLetterState state) noexcept {
  switch (state) {
    case DeadLetterState::open:
      return "open";
    case DeadLetterState::resolved:
      return "resolved";
    case DeadLetterState::discarded:
      return "discarded";
  }
  return "open";
}

std::string_view to_string(DeadLetterClass error_class) noexcept {
  switch (error_class) {
    case DeadLetterClass::refused:
      return "refused";
    case DeadLetterClass::missing_parent:
      return "missing-parent";
    case DeadLetterClass::duplicate:
      return "duplicate";
    case DeadLetterClass::unsettled:
      return "unsettled";
    case DeadLetterClass::unmappable:
      return "unmappable";
    case DeadLetterClass::unreadable:
      return "unreadable";
    case DeadLetterClass::key_changed:
      return "key-changed";
    case DeadLetterClass::conflict:
      return "conflict";
    case DeadLetterClass::oscillation:
      return "oscillation";
  }
  return "refused";
}

std::string_view to_string(MapState state) noexcept {
  switch (state) {
    case MapState::stopped:
      return "stopped";
    case MapState::initial_sync:
      return "initial-sync";
    case MapState::running:
      return "running";
    case MapState::paused:
      return "paused";
    case MapState::catching_up:
      return "catching-up";
    case MapState::held:
      return "held";
  }
  return "stopped";
}

std::optional<MapState> parse_map_state(std::string_view text) noexcept {
  return named<MapState>(text, MapState::held);
}

}  // namespace dualwrite::store
