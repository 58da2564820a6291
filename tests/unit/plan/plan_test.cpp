#include <gtest/gtest.h>

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
using Verdict = Plan::Verdict;

TEST(Plan, DoesNothingWhenBothSidesHoldWhatWasAgreed) {
  const Coupling coupling = coupled(row({"a", "b"}));
  const Plan plan = run(coupling, present(row({"a", "b"}), "v0"), present(row({"a", "b"}), "v0"));
  EXPECT_EQ(plan.verdict, Verdict::settled);
  EXPECT_TRUE(plan.writes.empty());
  EXPECT_TRUE(plan.losers.empty());
}

TEST(Plan, CarriesACleanEditToTheOtherSideWithItsToken) {
  const Plan plan =
      run(coupled(row({"a", "b"})), present(row({"x", "b"}), "v1", stamp(5, 5)), present(row({"a", "b"}), "v0"));
  ASSERT_EQ(plan.writes.size(), 1u);
  const PlannedWrite& write = plan.writes.front();
  EXPECT_EQ(write.side, Side::dataverse);
  EXPECT_EQ(write.kind, WriteKind::update);
  EXPECT_EQ(write.guard, "v0");
  EXPECT_EQ(write.cells, (std::vector<ColumnValue>{{0, Value::string("x")}}));
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("x"));
  EXPECT_EQ((*plan.next.agreed)[0].origin, Side::finops);
}

TEST(Plan, MergesEditsOfDifferentColumnsWithoutAConflict) {
  const Plan plan = run(coupled(row({"a", "b"})), present(row({"x", "b"}), "v1"), present(row({"a", "y"}), "v1"));
  EXPECT_EQ(plan.writes.size(), 2u);
  EXPECT_TRUE(plan.losers.empty());
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("x"));
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("y"));
}

TEST(Plan, LetsTheCertainlyLaterEditWinWhicheverSideItIsOn) {
  const Coupling coupling = coupled(row({"a", "b"}));
  Policy policy = two_columns();
  for (const Side tie_break : both_sides) {
    policy.tie_break = tie_break;
    const Plan later_finops = run(coupling, present(row({"f", "b"}), "v1", stamp(20, 21)),
                                  present(row({"d", "b"}), "v1", stamp(10, 11)), policy);
    EXPECT_EQ((*later_finops.next.agreed)[0].value, Value::string("f"));
    ASSERT_EQ(later_finops.losers.size(), 1u);
    EXPECT_EQ(later_finops.losers[0].lost, Value::string("d"));
    EXPECT_EQ(later_finops.losers[0].side, Side::dataverse);
    EXPECT_EQ(later_finops.losers[0].rule, "newest-wins");
    const Plan later_dataverse = run(coupling, present(row({"f", "b"}), "v1", stamp(10, 11)),
                                     present(row({"d", "b"}), "v1", stamp(20, 21)), policy);
    EXPECT_EQ((*later_dataverse.next.agreed)[0].value, Value::string("d"));
    ASSERT_EQ(later_dataverse.losers.size(), 1u);
    EXPECT_EQ(later_dataverse.losers[0].lost, Value::string("f"));
  }
}

TEST(Plan, LetsTheTieBreakSideWinWhenTheIntervalsOverlap) {
  const Coupling coupling = coupled(row({"a", "b"}));
  Policy policy = two_columns();
  for (const Side tie_break : both_sides) {
    policy.tie_break = tie_break;
    const Plan plan = run(coupling, present(row({"f", "b"}), "v1", stamp(10, 12)),
                          present(row({"d", "b"}), "v1", stamp(12, 14)), policy);
    EXPECT_EQ((*plan.next.agreed)[0].value, Value::string(tie_break == Side::finops ? "f" : "d"));
    ASSERT_EQ(plan.losers.size(), 1u);
    EXPECT_EQ(plan.losers[0].rule, "newest-wins/tie-break");
  }
}

TEST(Plan, ObeysAColumnRuleWhateverTheTimes) {
  Policy policy = two_columns();
  policy.columns[0].conflict = ConflictRule::finops_wins;
  policy.columns[1].conflict = ConflictRule::dataverse_wins;
  const Plan plan = run(coupled(row({"a", "b"})), present(row({"f", "f"}), "v1", stamp(1, 1)),
                        present(row({"d", "d"}), "v1", stamp(9, 9)), policy);
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("f"));
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("d"));
  EXPECT_EQ(plan.losers.size(), 2u);
}

TEST(Plan, SeesNoConflictWhenBothSidesMadeTheSameEdit) {
  const Plan plan = run(coupled(row({"a", "b"})), present(row({"x", "b"}), "v1"), present(row({"x", "b"}), "v1"));
  EXPECT_EQ(plan.verdict, Verdict::settled);
  EXPECT_TRUE(plan.losers.empty());
}

TEST(Plan, CreatesTheMissingRowOfANewRecordWithoutItsBlanks) {
  Coupling fresh;
  fresh.record = RecordRef(MapId(1), RecordKey("usmf|1"));
  const Plan plan = run(fresh, present(row({"a", nullptr}), "v1"), gone(false));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
  EXPECT_EQ(plan.writes[0].side, Side::dataverse);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{0, Value::string("a")}}));
}

TEST(Plan, CouplesTwoExistingRowsByTheMasterAndRecordsWhatLost) {
  Coupling fresh;
  const Plan plan =
      run(fresh, present(row({"a", "same"}), "v1"), present(row({"b", "same"}), "v1"), two_columns(), Side::finops);
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("a"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("b"));
  EXPECT_EQ(plan.losers[0].rule, "first-coupling/master");
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].side, Side::dataverse);
}

TEST(Plan, DeletesTheOtherRowOnlyOnProof) {
  const Coupling coupling = coupled(row({"a", "b"}));
  const Plan unproven = run(coupling, gone(false), present(row({"a", "b"}), "v0"));
  EXPECT_EQ(unproven.verdict, Verdict::unproven);
  EXPECT_EQ(unproven.missing_on, Side::finops);
  EXPECT_EQ(unproven.next, coupling);
  const Plan proven = run(coupling, gone(true), present(row({"a", "b"}), "v0"));
  ASSERT_EQ(proven.writes.size(), 1u);
  EXPECT_EQ(proven.writes[0].kind, WriteKind::remove);
  EXPECT_EQ(proven.writes[0].guard, "v0");
  EXPECT_FALSE(proven.next.agreed);
  EXPECT_TRUE(proven.next.tombstone);
  EXPECT_TRUE(proven.losers.empty());
}

TEST(Plan, RecordsAnEditThatTheDeleterHadNotSeen) {
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "new"}), "v1", stamp(3, 3)));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("new"));
  EXPECT_EQ(plan.losers[0].rule, "delete-wins");
  EXPECT_TRUE(plan.losers[0].won.is_absent());
}

TEST(Plan, TreatsARecordThatIsCreatedAgainAsANewIncarnation) {
  Coupling dead = coupled(row({"a", "b"}));
  dead.agreed.reset();
  dead.tombstone = at(1);
  dead.sides[Side::finops].shadow.reset();
  dead.sides[Side::dataverse].shadow.reset();
  const Plan plan = run(dead, present(row({"x", "y"}), "v9"), gone(false));
  EXPECT_EQ(plan.next.incarnation, 1u);
  EXPECT_FALSE(plan.next.tombstone);
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
}

TEST(Plan, FinishesADeletionThatWasDecidedBefore) {
  Coupling dead = coupled(row({"a", "b"}));
  dead.agreed.reset();
  dead.tombstone = at(1);
  dead.sides[Side::finops].shadow.reset();
  const Plan plan = run(dead, gone(false), present(row({"a", "b"}), "v0"));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::remove);
  EXPECT_TRUE(plan.losers.empty());
}

TEST(Plan, TakesAWriteInDoubtThatArrivedForItsOwn) {
  Coupling coupling = coupled(row({"a", "b"}));
  (*coupling.agreed)[0] = Agreed(Value::string("x"), stamp(5, 5), Side::finops);
  coupling.sides[Side::finops].shadow = row({"x", "b"});
  PlannedWrite write;
  write.side = Side::dataverse;
  write.guard = "v0";
  write.cells = {{0, Value::string("x")}};
  add_intent(coupling, write, IntentId(1), at(6));
  // A user edits the source again meanwhile; the row in doubt holds our own value and must not count as an edit. It is
  // on record all the same: a user may have typed that very value.
  const Plan plan =
      run(coupling, present(row({"z", "b"}), "v2", stamp(8, 8)), present(row({"x", "b"}), "v1", stamp(9, 9)));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].rule, "in-doubt");
  EXPECT_EQ(plan.losers[0].lost, Value::string("x"));
  EXPECT_EQ(plan.losers[0].side, Side::dataverse);
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("z"));
  EXPECT_TRUE(plan.next.sides[Side::dataverse].intents.empty());
}

TEST(Plan, KeepsAnIntentWhileItsTokenStillStands) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite write;
  write.side = Side::dataverse;
  write.guard = "v0";
  write.cells = {{0, Value::string("x")}};
  add_intent(coupling, write, IntentId(1), at(6));
  const Plan plan = run(coupling, present(row({"a", "b"}), "v0"), present(row({"a", "b"}), "v0"));
  EXPECT_EQ(plan.next.sides[Side::dataverse].intents.size(), 1u);
}

TEST(Plan, RecordsAValueThatMayHaveBeenTypedAgainOverAWriteInDoubt) {
  Coupling coupling = coupled(row({"a", "b"}));
  (*coupling.agreed)[0] = Agreed(Value::string("x"), stamp(5, 5), Side::finops);
  coupling.sides[Side::finops].shadow = row({"x", "b"});
  PlannedWrite write;
  write.side = Side::dataverse;
  write.guard = "v0";
  write.cells = {{0, Value::string("x")}};
  add_intent(coupling, write, IntentId(1), at(6));
  // The version has moved and the value has not: another column was edited, or our write landed and was taken back.
  const Plan plan = run(coupling, present(row({"x", "b"}), "v0"), present(row({"a", "b"}), "v2", stamp(9, 9)));
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("x"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].rule, "in-doubt");
  EXPECT_EQ(plan.losers[0].lost, Value::string("a"));
}

TEST(Plan, SeesAConflictWhereTheOtherSideTookItsEditBackInTheMeantime) {
  Coupling coupling = coupled(row({"a", "b"}));
  // F&O's "x" was agreed on and did not reach dataverse; now F&O holds "a" again, and dataverse "y".
  (*coupling.agreed)[0] = Agreed(Value::string("x"), stamp(5, 5), Side::finops);
  coupling.sides[Side::finops].shadow = row({"x", "b"});
  const Plan plan =
      run(coupling, present(row({"a", "b"}), "v2", stamp(9, 9)), present(row({"y", "b"}), "v1", stamp(7, 7)));
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("a"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("y"));
}

TEST(Plan, SeesAConflictWhereTheOtherSideTypedWhatWasAgreed) {
  for (const Side typed : both_sides) {
    // Agreed is the other side's edit, which has not been carried over; `typed` sets the very same now.
    Coupling coupling = coupled(row({"a", "agreed"}));
    coupling.sides[typed].shadow = row({"a", "old"});
    PerSide<Observation> seen;
    seen[typed] = present(row({"a", "agreed"}), "v1", stamp(5, 5));
    seen[other(typed)] = present(row({"a", "new"}), "v1", stamp(3, 3));
    const Plan plan = run(coupling, seen[Side::finops], seen[Side::dataverse]);
    ASSERT_EQ(plan.losers.size(), 1u) << to_string(typed);
    EXPECT_EQ(plan.losers[0].lost, Value::string("new")) << "it is the older of the two";
    EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("agreed"));
  }
}

TEST(Plan, TakesARowWithAnotherGuidForANewRecordAfterADeletion) {
  Coupling dead = coupled(row({"a", "b"}));
  dead.agreed.reset();
  dead.tombstone = at(1);
  dead.sides[Side::finops].shadow.reset();
  dead.sides[Side::dataverse].key = "the-deleted-one";
  const Plan plan = run(dead, gone(false), present(row({"a", "b"}), "v7"));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_EQ(plan.next.incarnation, 1u);
}

TEST(Plan, TakesTheColumnsOfWhichTheOtherSideIsTheSourceFromTheRowThatANewRecordTakesOver) {
  Policy policy = two_columns();
  policy.columns[1].direction = Direction::to_finops;
  Coupling dead = coupled(row({"a", "b"}));
  dead.agreed.reset();
  dead.tombstone = at(1);
  dead.sides[Side::finops].shadow.reset();
  const Plan plan = run(dead, present(row({"x", nullptr}), "v9"), present(row({"a", "b"}), "v0"), policy);
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("x"));
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("b"));
  EXPECT_EQ(plan.writes.size(), 2u);
}

TEST(Plan, KeepsACreateInDoubtWhileItMayStillArrive) {
  Coupling coupling = coupled(row({"a", "b"}));
  PlannedWrite write;
  write.side = Side::dataverse;
  write.kind = WriteKind::create;
  write.cells = {{0, Value::string("a")}};
  add_intent(coupling, write, IntentId(1), at(6));
  const PerSide<Observation> seen(present(row({"a", "b"}), "v0"), present(row({"a", "b"}), "v1"));
  const Policy policy = two_columns();
  const Plan young = plan(Input{coupling, seen, policy, std::nullopt, at(6)});
  EXPECT_EQ(young.next.sides[Side::dataverse].intents.size(), 1u) << "the row may be deleted, and the create come then";
  const Plan old = plan(Input{coupling, seen, policy, std::nullopt, at(7)});
  EXPECT_TRUE(old.next.sides[Side::dataverse].intents.empty());
}

TEST(Plan, TakesForAnEditWhatStandsWhereACreateInDoubtLeftABlank) {
  Coupling coupling = coupled(row({"a", nullptr}));
  coupling.sides[Side::dataverse] = SideState();
  PlannedWrite write;
  write.side = Side::dataverse;
  write.kind = WriteKind::create;
  write.cells = {{0, Value::string("a")}};
  add_intent(coupling, write, IntentId(1), at(6));
  const Plan plan = run(coupling, present(row({"a", nullptr}), "v0"), present(row({"a", "typed"}), "v2", stamp(9, 9)));
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("typed"));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_TRUE(plan.losers.empty());
}

TEST(Plan, IgnoresAnEditOnTheReceivingSideOfAOneWayColumn) {
  Policy policy = two_columns();
  policy.columns[0].direction = Direction::to_dataverse;
  const Plan plan =
      run(coupled(row({"a", "b"})), present(row({"a", "b"}), "v0"), present(row({"other", "b"}), "v1"), policy);
  EXPECT_EQ(plan.verdict, Verdict::settled);
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("a"));
  EXPECT_TRUE(plan.losers.empty());
}

TEST(Plan, RecordsWhatWasTypedIntoAColumnThatOnlyReceivesWhenItsSourceChanges) {
  Policy policy = two_columns();
  policy.columns[0].direction = Direction::to_dataverse;
  const Plan seen =
      run(coupled(row({"a", "b"})), present(row({"a", "b"}), "v0"), present(row({"typed", "b"}), "v1"), policy);
  EXPECT_TRUE(seen.writes.empty());
  EXPECT_EQ(seen.next.sides[Side::dataverse].shadow, row({"a", "b"}));

  // Later the row is not read again: what was typed is remembered.
  const Plan moved =
      run(seen.next, present(row({"x", "b"}), "v1", stamp(9, 9)), present(row({"a", "b"}), "v1"), policy);
  ASSERT_EQ(moved.writes.size(), 1u);
  ASSERT_EQ(moved.losers.size(), 1u);
  EXPECT_EQ(moved.losers[0].rule, "one-way");
  EXPECT_EQ(moved.losers[0].lost, Value::string("typed"));
  EXPECT_EQ(moved.losers[0].side, Side::dataverse);

  const Plan removed = run(seen.next, gone(), present(row({"a", "b"}), "v1"), policy);
  ASSERT_EQ(removed.losers.size(), 1u) << "a deletion takes it away, too";
  EXPECT_EQ(removed.losers[0].lost, Value::string("typed"));
}

TEST(Plan, NeverWritesAKeyColumnOfAnExistingRow) {
  Policy policy = two_columns();
  policy.columns[0].key = true;
  const Plan plan =
      run(coupled(row({"US-1", "b"})), present(row({"us-1", "b"}), "v1"), present(row({"US-1", "b"}), "v0"), policy);
  EXPECT_TRUE(plan.writes.empty());
}

TEST(Plan, ForgetsARecordThatNeverExistedAnywhere) {
  EXPECT_EQ(run(Coupling(), gone(false), gone(false)).verdict, Verdict::forgotten);
}

/// The first column is the key; the record was renamed from "k1" to "k2" on finops' side, and dataverse lags behind.
Coupling renamed() {
  Coupling coupling = coupled(row({"k1", "b"}));
  (*coupling.agreed)[0] = Agreed(Value::string("k2"), stamp(1, 1), Side::finops);
  return coupling;
}

Policy keyed(bool dataverse_renames) {
  Policy policy = two_columns();
  policy.columns[0].key = true;
  policy.renames[Side::dataverse] = dataverse_renames;
  return policy;
}

TEST(Key, IsBroughtToARowThatMayBeRenamed) {
  const Plan plan = run(renamed(), present(row({"k2", "b"}), "v1"), present(row({"k1", "b"}), "v0"), keyed(true));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].side, Side::dataverse);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::update);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{0, Value::string("k2")}}));
  EXPECT_FALSE(plan.key_stuck);
}

TEST(Key, OfARowThatMayNotBeRenamedIsToldAndTheOtherColumnsGoOn) {
  const Plan plan = run(renamed(), present(row({"k2", "new"}), "v1"), present(row({"k1", "b"}), "v0"), keyed(false));
  EXPECT_EQ(plan.key_stuck, Side::dataverse);
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{1, Value::string("new")}}));
}

TEST(Key, InAnotherSpellingIsTheSame) {
  const Plan plan = run(coupled(row({"usmf", "b"})), present(row({"usmf", "b"}), "v0"),
                        present(row({"USMF", "b"}), "v1"), keyed(true));
  EXPECT_TRUE(plan.writes.empty());
  EXPECT_FALSE(plan.key_stuck);
}

}  // namespace
}  // namespace dualwrite::plan
