// Every value that lost says what kind of conflict it was.
#include <gtest/gtest.h>

#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

using testing::coupled;
using testing::gone;
using testing::present;
using testing::row;
using testing::run;
using testing::stamp;
using testing::two_columns;

TEST(ConflictTypes, TwoEditsOfOneColumnDiffer) {
  const Plan plan = run(coupled(row({"a", "b"})), present(row({"f", "b"}), "v1"), present(row({"d", "b"}), "v1"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::update_differing);
}

TEST(ConflictTypes, TwoRowsOfWhichNothingWasAgreedAreAnInsertThatExists) {
  const Plan plan = run(Coupling(), present(row({"f", "b"}), "v1"), present(row({"d", "b"}), "v1"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::insert_exists);
}

TEST(ConflictTypes, AnEditThatADeletionTookIsAnUpdateOfADeletedRow) {
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "new"}), "v1", stamp(3, 3)));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::update_recently_deleted);
}

TEST(ConflictTypes, ADeletionThatAnEditTookIsADeletionOfAnUpdatedRow) {
  Policy policy = two_columns();
  policy.deletion = DeletePolicy::edit_restores;
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "new"}), "v1", stamp(3, 3)), policy);
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::delete_recently_updated);
}

// The others in that list lose nothing (docs/CONSISTENCY.md).

TEST(ConflictTypes, TwoDeletionsAreNoConflict) {
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), gone(true));
  EXPECT_TRUE(plan.losers.empty());
  EXPECT_TRUE(plan.writes.empty());
  EXPECT_TRUE(plan.next.tombstone);
}

TEST(ConflictTypes, AnUpdateOfARowThatIsGoneNeverCreatesIt) {
  Coupling coupling = coupled(row({"a", "b"}));
  (*coupling.agreed)[0] = Agreed(Value::string("new"), stamp(2, 2), Side::finops);
  coupling.sides[Side::finops].shadow = row({"new", "b"});
  const Plan unproven = run(coupling, present(row({"new", "b"}), "v1"), gone(false));
  EXPECT_EQ(unproven.verdict, Plan::Verdict::unproven);
  const Plan deleted = run(coupling, present(row({"new", "b"}), "v1"), gone(true));
  ASSERT_EQ(deleted.writes.size(), 1u);
  EXPECT_EQ(deleted.writes[0].kind, WriteKind::remove);
  ASSERT_EQ(deleted.losers.size(), 1u) << "what the deleter had not seen";
  EXPECT_EQ(deleted.losers[0].type, ConflictType::update_recently_deleted);
}

TEST(ConflictTypes, TheSameEditOnBothSidesIsNoConflict) {
  const Plan plan = run(coupled(row({"a", "b"})), present(row({"same", "b"}), "v1"), present(row({"same", "b"}), "v1"));
  EXPECT_TRUE(plan.losers.empty());
  EXPECT_TRUE(plan.writes.empty());
}

}  // namespace
}  // namespace dualwrite::plan
