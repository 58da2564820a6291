#include <gtest/gtest.h>

#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

using testing::at;
using testing::coupled;
using testing::row;
using testing::two_columns;

Coupling with_update_in_flight() {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite write;
  write.side = Side::dataverse;
  write.guard = "v0";
  write.cells = {{0, Value::string("x")}};
  add_intent(coupling, write, IntentId(7), at(1));
  return coupling;
}

Acknowledged reply(const Row& values, Token token) {
  Acknowledged acknowledged;
  acknowledged.row = values;
  acknowledged.token = std::move(token);
  return acknowledged;
}

TEST(Settle, StoresTheTokenWithTheValuesOfTheSameResponse) {
  const Settled settled = settle_written(with_update_in_flight(), Side::dataverse, IntentId(7),
                                         reply(row({"x", "b"}), "v1"), two_columns());
  EXPECT_FALSE(settled.again);
  EXPECT_EQ(*settled.next.sides[Side::dataverse].shadow, row({"x", "b"}));
  EXPECT_EQ(settled.next.sides[Side::dataverse].token, "v1");
  EXPECT_TRUE(settled.next.sides[Side::dataverse].intents.empty());
}

TEST(Settle, LeavesTheTokenUnknownWhenTheRowCameBackDifferent) {
  const Settled settled = settle_written(with_update_in_flight(), Side::dataverse, IntentId(7),
                                         reply(row({"x", "edited"}), "v2"), two_columns());
  EXPECT_TRUE(settled.again);
  EXPECT_EQ(*settled.next.sides[Side::dataverse].shadow, row({"x", "b"}));
  EXPECT_EQ(settled.next.sides[Side::dataverse].token, "");
}

TEST(Settle, LeavesTheTokenUnknownAfterAReplyWithoutARow) {
  Acknowledged nothing;
  nothing.token = "v1";
  const Settled settled = settle_written(with_update_in_flight(), Side::dataverse, IntentId(7), nothing, two_columns());
  EXPECT_FALSE(settled.again);
  EXPECT_EQ(settled.next.sides[Side::dataverse].token, "");
}

TEST(Settle, ForgetsTheRowAfterADelete) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite write;
  write.side = Side::dataverse;
  write.kind = WriteKind::remove;
  write.guard = "v0";
  add_intent(coupling, write, IntentId(7), at(1));
  const Settled settled = settle_written(coupling, Side::dataverse, IntentId(7), Acknowledged(), two_columns());
  EXPECT_FALSE(settled.next.sides[Side::dataverse].shadow);
  EXPECT_EQ(settled.next.sides[Side::dataverse].token, "");
}

TEST(Settle, TakesTheNewRowsOwnValuesWhereNothingWasWritten) {
  Coupling fresh;
  PlannedWrite write;
  write.side = Side::finops;
  write.kind = WriteKind::create;
  write.cells = {{0, Value::string("a")}};
  add_intent(fresh, write, IntentId(7), at(1));
  Acknowledged created = reply(row({"a", "default"}), "v1");
  created.key = "the-key";
  const Settled settled = settle_written(fresh, Side::finops, IntentId(7), created, two_columns());
  EXPECT_TRUE(settled.again) << "a default that the service filled in is news for the other side";
  EXPECT_EQ(settled.next.sides[Side::finops].key, "the-key");
}

TEST(Settle, DropsOnlyTheIntentThatWasRefused) {
  Coupling coupling = with_update_in_flight();
  PlannedWrite second;
  second.side = Side::dataverse;
  second.guard = "v0";
  add_intent(coupling, second, IntentId(8), at(2));
  const Coupling next = settle_not_written(coupling, Side::dataverse, IntentId(7));
  ASSERT_EQ(next.sides[Side::dataverse].intents.size(), 1u);
  EXPECT_EQ(next.sides[Side::dataverse].intents[0].id, IntentId(8));
}

TEST(Settle, ForgetsWhatCarriedTheSameGuardAsAWriteThatTookEffect) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite removal;
  removal.side = Side::dataverse;
  removal.kind = WriteKind::remove;
  removal.guard = "v0";
  add_intent(coupling, removal, IntentId(6), at(0));
  PlannedWrite update;
  update.side = Side::dataverse;
  update.guard = "v0";
  update.cells = {{0, Value::string("x")}};
  add_intent(coupling, update, IntentId(7), at(1));
  const Settled settled =
      settle_written(coupling, Side::dataverse, IntentId(7), reply(row({"x", "b"}), "v1"), two_columns());
  EXPECT_TRUE(settled.next.sides[Side::dataverse].intents.empty()) << "else a user's deletion would pass for ours";
}

TEST(Settle, BoundsTheRingOfIntents) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite write;
  write.side = Side::finops;
  for (int number = 0; number < 100; ++number) add_intent(coupling, write, IntentId(number), at(number));
  EXPECT_EQ(coupling.sides[Side::finops].intents.size(), 16u);
  EXPECT_EQ(coupling.sides[Side::finops].intents.back().id, IntentId(99));
}

}  // namespace
}  // namespace dualwrite::plan
