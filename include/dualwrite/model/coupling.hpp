#pragma once
// What is stored of a record: the two keys, the agreed values, what each side was last seen to hold, and what we may
// have written without knowing. Model-checked design: docs/ARCHITECTURE.md, "Why agreed values and two shadows".
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/id.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/model/edit_time.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite {

using IntentId = Id<struct IntentIdTag>;

/// An opaque version of a row on one side: an ETag, byte for byte. Equal or not, never older or newer. Empty: unknown.
using Token = std::string;

/// What both sides last agreed on in one column, and whose edit it was.
struct Agreed {
  Value value;
  EditTime time;
  Side origin = Side::finops;
  Agreed() = default;
  Agreed(Value v, EditTime t, Side o) : value(std::move(v)), time(t), origin(o) {}
  friend bool operator==(const Agreed&, const Agreed&) = default;
};

enum class WriteKind : std::uint8_t { create, update, remove };

constexpr std::string_view to_string(WriteKind kind) noexcept {
  switch (kind) {
    case WriteKind::create:
      return "create";
    case WriteKind::update:
      return "update";
    case WriteKind::remove:
      return "delete";
  }
  return "update";
}

/// A durable note of a write that is about to be sent. Kept until its outcome is known, or until no request can live
/// that long any more.
struct Intent {
  IntentId id;
  WriteKind kind = WriteKind::update;
  Token guard;                     ///< the token sent as If-Match; empty for a create
  std::vector<ColumnValue> cells;  ///< what is written; empty for a delete
  Instant decided_at{};
  friend bool operator==(const Intent&, const Intent&) = default;
};

struct SideState {
  std::string key;            ///< the row's key on this side as the endpoint spells it: a GUID, or a key predicate
  std::string row_id;         ///< what stays of the row when its key changes; empty: not known, or the key stays
  std::optional<Row> shadow;  ///< the state last seen or written there; nothing: no such row there
  Token token;                ///< the version of exactly that state; empty: unknown
  std::vector<Intent> intents;
  /// What somebody typed into columns that only receive: it stands there until the source's next edit takes its place.
  /// In these columns the shadow is what we wrote.
  std::vector<ColumnValue> strayed;
  friend bool operator==(const SideState&, const SideState&) = default;
};

/// Why a column waits for a person.
enum class HoldReason : std::uint8_t {
  conflict,     ///< both sides changed it, and its rule is manual
  oscillation,  ///< the two sides kept rewriting each other's value
};

constexpr std::string_view to_string(HoldReason reason) noexcept {
  return reason == HoldReason::conflict ? "conflict" : "oscillation";
}

/// A column in which each side keeps its own value. Its agreed value is the one from before.
struct HeldColumn {
  std::size_t column = 0;
  HoldReason reason = HoldReason::conflict;
  HeldColumn() = default;
  HeldColumn(std::size_t c, HoldReason r) : column(c), reason(r) {}
  friend bool operator==(const HeldColumn&, const HeldColumn&) = default;
};

/// How often a column's value has lately gone back and forth between the sides: see plan/turns.hpp.
struct Turns {
  std::size_t column = 0;
  int points = 0;
  Instant since{};
  Value before;  ///< the value that the last turn replaced
  Turns() = default;
  Turns(std::size_t c, int p, Instant s, Value b) : column(c), points(p), since(s), before(std::move(b)) {}
  friend bool operator==(const Turns&, const Turns&) = default;
};

struct Coupling {
  RecordRef record;
  std::uint32_t incarnation = 0;              ///< grows when a deleted record is created again with the same key
  std::optional<std::vector<Agreed>> agreed;  ///< one per column; nothing: never agreed, or deleted
  std::optional<Instant> tombstone;           ///< set when the record was deleted
  bool uncoupled = false;                     ///< with a tombstone: the row on the other side stays, on its own
  std::vector<HeldColumn> held;               ///< in the map's order
  std::optional<Side> held_deletion;          ///< the deletion on that side is proven, and waits for a person
  std::vector<Turns> turns;                   ///< at most one per column
  PerSide<SideState> sides;
  friend bool operator==(const Coupling&, const Coupling&) = default;
};

}  // namespace dualwrite
