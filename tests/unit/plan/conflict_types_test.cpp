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

}  // namespace
}  // namespace dualwrite::plan
