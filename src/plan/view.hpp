#pragma once
// One side before the merge: what its observation means, and what is stored of it afterwards.
#include <vector>

#include "dualwrite/plan/plan.hpp"

namespace dualwrite::plan {

/// What one side's observation means, given what was known of it.
struct View {
  bool had = false;                   ///< a row was known there
  bool has = false;                   ///< there is one now
  bool deleted = false;               ///< a user deleted it
  bool created = false;               ///< a user created it
  bool replaced = false;              ///< a user deleted it and created it again
  bool removal_in_doubt = false;      ///< a removal of ours may have landed
  bool as_created = false;            ///< the row is exactly what a create of ours wrote that may have landed
  bool came_late = false;             ///< there is a row, and it is our own: a create that landed after the deletion
  std::vector<const Intent*> landed;  ///< intents that may have taken effect before the observation
  const Intent* create = nullptr;     ///< of these, one that created the row
};

View look(Side where, const Input& input);

/// The row there is no user's, although it is there.
void take_for_late(View& view);

/// Intents that may still take effect after the observation; the others have landed or never will. A create may, even
/// where there is a row, once that row is deleted.
void keep_open_intents(SideState& side, const Observation& seen, Instant oldest);

/// The side's new shadow: what was seen. In a column where edits made on that side do not count, the shadow keeps what
/// we last wrote, so that a user's change there is neither taken nor overwritten until the source changes.
Row shadow_of(Side where, const SideState& before, const View& view, const Observation& seen, const Policy& policy);

/// What stands in columns that only receive instead of what we wrote; `shadow` is what shadow_of() gave.
std::vector<ColumnValue> strayed_in(Side where, const SideState& before, const Row& shadow, const Observation& seen,
                                    const Policy& policy);

}  // namespace dualwrite::plan
