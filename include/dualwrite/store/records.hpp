#pragma once
// What the store keeps besides couplings: journal, dead letters, map states.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/id.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/model/change.hpp"
#include "dualwrite/model/plan.hpp"

namespace dualwrite::store {

using JournalId = Id<struct JournalIdTag>;
using DeadLetterId = Id<struct DeadLetterIdTag>;

/// What a journal line tells. Lines of kind `lost` are conflicts: kept until the configuration says otherwise.
enum class JournalKind : std::uint8_t {
  created,   ///< a row was written that was not there
  updated,   ///< columns were written; one line per write, `detail` holds the columns as JSON
  deleted,   ///< a row was deleted
  lost,      ///< a value lost a conflict
  echo,      ///< a change turned out to be our own write
  refused,   ///< the other side said no; a dead letter holds it
  resolved,  ///< a dead letter was closed
  gap,       ///< changes may have been missed; a scan answers it
  scope,     ///< the map's filter or companies have changed; what the next complete scan saw
  held,      ///< deletions wait for a person: of the whole map, or of a company that is out of sight
  renamed,   ///< a record's key has changed; one line under the old key and one under the new
};
std::string_view to_string(JournalKind kind) noexcept;
std::optional<JournalKind> parse_journal_kind(std::string_view text) noexcept;

struct JournalEntry {
  JournalId id;  ///< set by the store
  Instant at{};
  RecordRef record;
  JournalKind kind = JournalKind::updated;
  Side side = Side::finops;  ///< written: the target; lost: the side whose edit lost
  std::string column;        ///< lost only: the column's name
  std::string rule;          ///< why
  std::string detail;        ///< one JSON object
};

enum class DeadLetterState : std::uint8_t { open, resolved, discarded };
std::string_view to_string(DeadLetterState state) noexcept;

/// What kind of trouble a dead letter is about.
enum class DeadLetterClass : std::uint8_t {
  refused,         ///< the service said no to the write
  missing_parent,  ///< a row that it refers to is not there
  duplicate,       ///< a row of that key exists and cannot be read
  unsettled,       ///< answered again and again without taking the write
  unmappable,      ///< a value that the map has no form for
  unreadable,      ///< the row cannot be read
  key_changed,     ///< the row's key is another than it was
  conflict,        ///< both sides changed what the map lets a person decide about
  oscillation,     ///< the two sides keep rewriting each other's value
};
inline constexpr std::array dead_letter_classes{
    DeadLetterClass::refused,     DeadLetterClass::missing_parent, DeadLetterClass::duplicate,
    DeadLetterClass::unsettled,   DeadLetterClass::unmappable,     DeadLetterClass::unreadable,
    DeadLetterClass::key_changed, DeadLetterClass::conflict,       DeadLetterClass::oscillation};
std::string_view to_string(DeadLetterClass error_class) noexcept;

/// A change that needs a person. At most one open one per record and side.
struct DeadLetter {
  DeadLetterId id;  ///< set by the store; of an open one for the same record and side, that one's is kept
  RecordRef record;
  Side side = Side::finops;  ///< the side that refused
  DeadLetterState state = DeadLetterState::open;
  DeadLetterClass error_class = DeadLetterClass::refused;
  std::string error;       ///< what the other side said
  std::string hint;        ///< what to do
  std::string attempted;   ///< JSON: the write that was refused, by column name
  std::string finops_row;  ///< JSON: that side as it was seen, by column name; empty: no row
  std::string dataverse_row;
  int attempts = 1;
  Instant first_at{};
  Instant last_at{};
  std::string closed_by;  ///< why it was closed: "replayed", "converged", or the reason given when discarding
};

/// The life of a map; names as users know them from dual-write.
enum class MapState : std::uint8_t { stopped, initial_sync, running, paused, catching_up, held };
std::string_view to_string(MapState state) noexcept;
std::optional<MapState> parse_map_state(std::string_view text) noexcept;

/// Which journal lines or dead letters are wanted; empty members do not restrict.
struct Filter {
  std::optional<MapId> map;
  std::optional<RecordKey> key;
  std::optional<JournalKind> kind;
  std::optional<DeadLetterState> state;
  std::optional<DeadLetterClass> error_class;
  std::int64_t before_id = 0;  ///< page: only lines with a smaller number; 0: from the newest
  std::size_t limit = 100;
};

}  // namespace dualwrite::store
