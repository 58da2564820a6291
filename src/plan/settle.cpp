#include "dualwrite/plan/settle.hpp"

#include <algorithm>

namespace dualwrite::plan {
namespace {

/// More writes than this in doubt at once on one side of one record would need as many lost replies in a row, within
/// the lifetime of a request.
constexpr std::size_t intents_max = 16;

std::optional<Intent> take_intent(Coupling& coupling, Side side, IntentId id) {
  std::vector<Intent>& intents = coupling.sides[side].intents;
  const auto found = std::ranges::find(intents, id, &Intent::id);
  if (found == intents.end()) return std::nullopt;
  Intent intent = std::move(*found);
  intents.erase(found);
  return intent;
}

}  // namespace

Intent add_intent(Coupling& coupling, const PlannedWrite& write, IntentId id, Instant now) {
  Intent intent;
  intent.id = id;
  intent.kind = write.kind;
  intent.guard = write.guard;
  intent.cells = write.cells;
  intent.decided_at = now;
  std::vector<Intent>& intents = coupling.sides[write.side].intents;
  if (intents.size() >= intents_max) intents.erase(intents.begin());
  intents.push_back(intent);
  return intent;
}

Row created_shadow(const std::vector<ColumnValue>& cells, const Row& row, const Policy& policy) {
  Row shadow(policy.columns.size(), Value::null());
  for (std::size_t column = 0; column < shadow.size(); ++column) {
    if (policy.columns[column].key && !row[column].is_absent()) shadow[column] = row[column];
  }
  for (const ColumnValue& cell : cells) shadow[cell.column] = cell.value;
  return shadow;
}

Settled settle_written(const Coupling& coupling, Side side, IntentId id, const Acknowledged& reply,
                       const Policy& policy) {
  Settled settled;
  settled.next = coupling;
  const std::optional<Intent> intent = take_intent(settled.next, side, id);
  if (!intent) {
    settled.again = true;
    return settled;
  }
  SideState& state = settled.next.sides[side];
  // Each version is written over once, and each row created once: what carried the same guard, or the guard of a row
  // that was there before this one, has not landed and never will.
  std::erase_if(state.intents, [&](const Intent& open) {
    return !open.guard.empty() && (open.guard == intent->guard || intent->kind == WriteKind::create);
  });
  if (!reply.key.empty()) state.key = reply.key;
  if (!reply.row_id.empty()) state.row_id = reply.row_id;
  if (intent->kind == WriteKind::remove) {
    // While a deletion there waits for a person, its shadow is what the deleter knew.
    if (coupling.held_deletion != side) state.shadow.reset();
    state.strayed.clear();
    state.token.clear();
    return settled;
  }
  Row shadow;
  if (state.shadow && intent->kind == WriteKind::update) {
    shadow = *state.shadow;
    for (const ColumnValue& cell : intent->cells) shadow[cell.column] = cell.value;
  } else {
    shadow = created_shadow(intent->cells, reply.row ? *reply.row : Row(policy.columns.size()), policy);
  }
  state.token.clear();
  if (reply.row) {
    bool same = true;
    for (std::size_t column = 0; column < shadow.size(); ++column) {
      const ColumnPolicy& rule = policy.columns[column];
      const Value& value = (*reply.row)[column];
      if (rule.key || value.is_absent() || !flows_from(rule.direction, side)) continue;
      if (value != shadow[column]) same = false;
    }
    if (same) state.token = reply.token;
    settled.again = !same;
  }
  state.shadow = std::move(shadow);
  std::erase_if(state.strayed, [&](const ColumnValue& typed) {
    return std::ranges::find(intent->cells, typed.column, &ColumnValue::column) != intent->cells.end();
  });
  return settled;
}

Coupling settle_not_written(const Coupling& coupling, Side side, IntentId id) {
  Coupling next = coupling;
  take_intent(next, side, id);
  return next;
}

}  // namespace dualwrite::plan
