#pragma once
// What waits for a person, in words and in JSON. Pure.
#include <string>

#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/store/records.hpp"

namespace dualwrite::sync {

/// A conflict is both sides' affair; its dead letter stands under this one.
constexpr Side held_side = Side::dataverse;

[[nodiscard]] inline bool waits_for_person(const Coupling& coupling) noexcept {
  return !coupling.held.empty() || coupling.held_deletion.has_value();
}

/// True of a dead letter that held_letter() made.
bool asks_for_choice(const store::DeadLetter& letter) noexcept;

/// The journal line of a column that is held from now on.
store::JournalEntry held_line(const maps::TableMap& map, const RecordRef& record, const Hold& hold, Instant now);

/// The dead letter of a record of which `plan.next` holds something: class conflict, or oscillation if nothing else.
store::DeadLetter held_letter(const maps::TableMap& map, const RecordRef& record, const Plan& plan,
                              const PerSide<Observation>& seen, Instant now);

}  // namespace dualwrite::sync
