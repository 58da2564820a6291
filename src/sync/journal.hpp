#pragma once
// Journal lines and dead letters out of plans and replies. Pure.
#include <string>

#include "dualwrite/endpoint/endpoint.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/store/records.hpp"

namespace dualwrite::sync {

/// An interval as an object with from, to and source.
std::string time_json(const EditTime& time);

store::JournalEntry lost_line(const maps::TableMap& map, const RecordRef& record, const Loser& loser, Instant now);

/// `before` is the shadow that the write replaced.
store::JournalEntry written_line(const maps::TableMap& map, const RecordRef& record, const PlannedWrite& write,
                                 IntentId intent, const std::optional<Row>& before, Instant now);

store::JournalEntry line(const RecordRef& record, store::JournalKind kind, Side side, std::string rule, Instant now);

/// Why a record needs a person.
struct Trouble {
  Side side = Side::finops;
  store::DeadLetterClass error_class = store::DeadLetterClass::refused;
  std::string error;
  std::string hint;
};

store::DeadLetter dead_letter(const maps::TableMap& map, const RecordRef& record, const Trouble& trouble,
                              const std::vector<ColumnValue>& attempted, const PerSide<std::optional<Row>>& rows,
                              Instant now);

/// The trouble that a refused write is, with what to do about it.
Trouble trouble_of(Side side, endpoint::WriteOutcome outcome, const std::string& error);

}  // namespace dualwrite::sync
