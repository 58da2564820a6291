// Rows that a user deleted and created again, as observe() tells them from the ones before.
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

using testing::at;
using testing::coupled;
using testing::gone;
using testing::present;
using testing::row;
using testing::run;
using testing::stamp;
using testing::two_columns;

Observation created_again(const Row& values) {
  Observation seen = present(values, "v9", stamp(5, 5));
  seen.replaced = true;
  return seen;
}

TEST(CreatedAgain, DoesNotTakeItsOwnLateCreateForARowThatAUserCreatedAgain) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite create;
  create.side = Side::finops;
  create.kind = WriteKind::create;
  create.cells = {{0, Value::string("a")}, {1, Value::string("b")}};
  add_intent(coupling, create, IntentId(1), at(1));
  const Plan late = run(coupling, created_again(row({"a", "b"})), gone(true));
  EXPECT_TRUE(late.next.tombstone) << "dataverse has deleted the record";
  const Plan users = run(coupling, created_again(row({"a", "x"})), gone(true));
  EXPECT_FALSE(users.next.tombstone);
  EXPECT_EQ(users.next.incarnation, 1u);
}

TEST(CreatedAgain, RecordsWhatARowHeldThatItsOwnRemovalTookAwayBeforeAUserCreatedItAgain) {
  Coupling coupling = coupled(row({"a", "b"}));
  EXPECT_TRUE(run(coupling, present(row({"a", "b"}), "v0"), created_again(row({"a", "x"}))).losers.empty())
      << "who deletes a row has seen what it held";
  PlannedWrite removal;
  removal.side = Side::dataverse;
  removal.kind = WriteKind::remove;
  removal.guard = "v0";
  add_intent(coupling, removal, IntentId(1), at(1));
  const Plan plan = run(coupling, present(row({"a", "b"}), "v0"), created_again(row({"a", "x"})));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("b"));
  EXPECT_EQ(plan.losers[0].rule, "re-created");
}

TEST(CreatedAgain, RecordsWhatWaitedForAPersonWhenTheOtherSideCreatesItsRowAgain) {
  Policy policy = two_columns();
  policy.columns[1].conflict = ConflictRule::manual;
  Coupling coupling = coupled(row({"a", "b"}));
  coupling.sides[Side::dataverse].shadow = row({"a", "theirs"});
  coupling.sides[Side::finops].shadow = row({"a", "mine"});
  coupling.held = {HeldColumn(1, HoldReason::conflict)};
  const Plan plan =
      run(coupling, created_again(row({"a", "anew"})), present(row({"a", "theirs"}), "v0", stamp(2, 2)), policy);
  EXPECT_TRUE(plan.next.held.empty());
  const auto lost = std::ranges::find(plan.losers, Value::string("theirs"), &Loser::lost);
  ASSERT_NE(lost, plan.losers.end());
  EXPECT_EQ(lost->side, Side::dataverse);
}

}  // namespace
}  // namespace dualwrite::plan
