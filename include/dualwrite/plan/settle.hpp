#pragma once
// What becomes of a coupling when a planned write is about to be sent, and when its outcome is known. Pure.
#include <optional>
#include <string>

#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"

namespace dualwrite::plan {

/// Adds the intent of a write to the coupling that decide stores. The ring is bounded; the oldest goes first.
Intent add_intent(Coupling& coupling, const PlannedWrite& write, IntentId id, Instant now);

/// What a row held when our create had made it: its key, what was written, and nothing else, whatever `row`, which was
/// read later, holds there by now. What the service filled in is an edit of the service.
Row created_shadow(const std::vector<ColumnValue>& cells, const Row& row, const Policy& policy);

/// What an acknowledged write came back with.
struct Acknowledged {
  std::string key;         ///< the row's key on that side; empty: as before
  std::string row_id;      ///< as in Observation; empty: as before
  std::optional<Row> row;  ///< the row in the same response as the token
  Token token;
};

struct Settled {
  Coupling next;
  /// The row that came back is not what was written (defaulting, rounding, somebody's edit): observe it and plan again.
  bool again = false;
};

/// The write took effect: the shadow becomes what was written. The token is stored only with the values of the same
/// response; if those differ from what was written, it stays unknown.
Settled settle_written(const Coupling& coupling, Side side, IntentId intent, const Acknowledged& reply,
                       const Policy& policy);

/// The write certainly did not take effect (refused, or its token no longer matched): the intent is forgotten.
Coupling settle_not_written(const Coupling& coupling, Side side, IntentId intent);

}  // namespace dualwrite::plan
