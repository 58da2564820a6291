#include "plan/view.hpp"

#include <algorithm>

#include "plan/merge.hpp"

namespace dualwrite::plan {
namespace {

/// An intent with a guard takes effect only on the version that it names: while that version stands, it has not.
bool may_have_landed(const Intent& intent, const Observation& seen) {
  return intent.guard.empty() || !seen.row || seen.token.empty() || seen.token != intent.guard;
}

/// A create in doubt explains a row only if the row holds something of what it wrote, its key aside.
bool may_have_created(const Intent& intent, const Observation& seen, const Policy& policy) {
  if (!seen.row) return false;
  bool only_keys = true;
  for (const ColumnValue& cell : intent.cells) {
    if (policy.columns[cell.column].key) continue;
    if ((*seen.row)[cell.column] == cell.value) return true;
    only_keys = false;
  }
  return only_keys;
}

/// The row is exactly what that create wrote. One that wrote a key alone made a row without anything else.
bool is_as_created(const Intent& intent, const Observation& seen, const Policy& policy) {
  if (intent.kind != WriteKind::create) return false;
  bool only_keys = true;
  for (const ColumnValue& cell : intent.cells) {
    if (policy.columns[cell.column].key) continue;
    if ((*seen.row)[cell.column] != cell.value) return false;
    only_keys = false;
  }
  for (std::size_t column = 0; only_keys && column < policy.columns.size(); ++column) {
    const Value& value = (*seen.row)[column];
    if (!policy.columns[column].key && !value.is_absent() && !value.is_null()) return false;
  }
  return true;
}

/// In Dataverse a row that is created again bears another GUID. In F&O the key is the record's own: nothing tells.
bool is_another_row(Side where, const SideState& side, const Observation& seen) {
  return where == Side::dataverse && !side.key.empty() && !seen.key.empty() && side.key != seen.key;
}

}  // namespace

void take_for_late(View& view) {
  view.came_late = true;
  view.has = false;
}

View look(Side where, const Input& input) {
  const SideState& side = input.coupling.sides[where];
  const Observation& seen = input.seen[where];
  View view;
  view.had = side.shadow.has_value();
  view.has = seen.row.has_value();
  for (const Intent& intent : side.intents) {
    if (!may_have_landed(intent, seen)) continue;
    switch (intent.kind) {
      case WriteKind::remove:
        view.removal_in_doubt = true;
        view.landed.push_back(&intent);
        break;
      case WriteKind::create:
        if (view.had || !may_have_created(intent, seen, input.policy)) break;
        view.create = &intent;
        view.landed.push_back(&intent);
        break;
      case WriteKind::update:
        view.landed.push_back(&intent);
        break;
    }
  }
  // A deletion that waits for a person was proven once.
  const bool waits = input.coupling.held_deletion == where;
  view.as_created = view.has && std::ranges::any_of(side.intents, [&](const Intent& intent) {
                      return is_as_created(intent, seen, input.policy);
                    });
  if (waits && view.as_created) take_for_late(view);
  if (view.had && !view.has) view.deleted = waits || !view.removal_in_doubt;
  if (view.has && (!view.had || is_another_row(where, side, seen))) view.created = view.create == nullptr;
  // A create of ours that came late after a deletion stands in a row of another version, or with another GUID, too.
  view.replaced = view.had && view.has && seen.replaced && !view.as_created;
  return view;
}

void keep_open_intents(SideState& side, const Observation& seen, Instant oldest) {
  std::erase_if(side.intents, [&](const Intent& intent) {
    if (intent.decided_at < oldest) return true;
    if (intent.kind == WriteKind::create) return false;
    if (!seen.row) return true;
    return !intent.guard.empty() && !seen.token.empty() && seen.token != intent.guard;
  });
}

std::vector<ColumnValue> strayed_in(Side where, const SideState& before, const Row& shadow, const Observation& seen,
                                    const Policy& policy) {
  // Taken from the shadow, the row shows only what we wrote.
  if (!seen.token.empty() && seen.token == before.token) return before.strayed;
  std::vector<ColumnValue> strayed;
  for (std::size_t column = 0; column < shadow.size(); ++column) {
    const ColumnPolicy& rule = policy.columns[column];
    const Value& value = (*seen.row)[column];
    if (rule.key || flows_from(rule.direction, where) || value.is_absent()) continue;
    if (value != shadow[column]) strayed.emplace_back(column, value);
  }
  return strayed;
}

Row shadow_of(Side where, const SideState& before, const View& view, const Observation& seen, const Policy& policy) {
  Row row = *seen.row;
  for (std::size_t column = 0; column < row.size(); ++column) {
    const bool counts = flows_from(policy.columns[column].direction, where);
    if (before.shadow && (row[column].is_absent() || !counts)) {
      row[column] = (*before.shadow)[column];
    } else if (!counts && view.create != nullptr) {
      if (const Value* wrote = find_cell(*view.create, column)) row[column] = *wrote;
    }
    if (row[column].is_absent()) row[column] = Value::null();
  }
  return row;
}

}  // namespace dualwrite::plan
