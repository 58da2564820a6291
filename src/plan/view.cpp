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

/// The row is exactly what that create wrote.
bool is_as_created(const Intent& intent, const Observation& seen, const Policy& policy) {
  if (intent.kind != WriteKind::create) return false;
  return std::ranges::all_of(intent.cells, [&](const ColumnValue& cell) {
    return policy.columns[cell.column].key || (*seen.row)[cell.column] == cell.value;
  });
}

/// In Dataverse a row that is created again bears another GUID. In F&O the key is the record's own: nothing tells.
bool is_another_row(Side where, const SideState& side, const Observation& seen) {
  return where == Side::dataverse && !side.key.empty() && !seen.key.empty() && side.key != seen.key;
}

}  // namespace

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
  if (waits && view.has) {
    view.came_late = std::ranges::any_of(
        side.intents, [&](const Intent& intent) { return is_as_created(intent, seen, input.policy); });
    if (view.came_late) view.has = false;
  }
  if (view.had && !view.has) view.deleted = waits || !view.removal_in_doubt;
  if (view.has && (!view.had || is_another_row(where, side, seen))) view.created = view.create == nullptr;
  view.replaced = view.had && view.has && seen.replaced;
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
