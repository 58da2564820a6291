// What becomes of a record that was deleted on one side, policy by policy.
#include <gtest/gtest.h>

#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

using testing::at;
using testing::choose;
using testing::coupled;
using testing::gone;
using testing::present;
using testing::row;
using testing::run;
using testing::stamp;
using testing::two_columns;
using Verdict = Plan::Verdict;

Policy with(DeletePolicy deletion) {
  Policy policy = two_columns();
  policy.deletion = deletion;
  return policy;
}

const Observation edited = present(row({"a", "new"}), "v1", stamp(3, 3));

TEST(Deletion, ThatNobodyContestsIsCarriedOverUnlessThePolicyIsUncouple) {
  for (const DeletePolicy deletion :
       {DeletePolicy::delete_wins, DeletePolicy::edit_restores, DeletePolicy::manual, DeletePolicy::uncouple}) {
    const Plan plan = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "b"}), "v0"), with(deletion));
    const bool carried = deletion != DeletePolicy::uncouple;
    EXPECT_EQ(plan.writes.size(), carried ? 1u : 0u) << to_string(deletion);
    EXPECT_EQ(plan.next.uncoupled, !carried);
    EXPECT_FALSE(plan.asks);
  }
}

TEST(Deletion, WaitsForProofWhateverThePolicy) {
  for (const DeletePolicy deletion : {DeletePolicy::edit_restores, DeletePolicy::manual, DeletePolicy::uncouple}) {
    EXPECT_EQ(run(coupled(row({"a", "b"})), gone(false), edited, with(deletion)).verdict, Verdict::unproven);
  }
}

TEST(Deletion, LosesToAnEditThatTheDeleterHadNotSeenIfEditsRestore) {
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), edited, with(DeletePolicy::edit_restores));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{0, Value::string("a")}, {1, Value::string("new")}}));
  EXPECT_EQ(plan.next.incarnation, 1u);
  EXPECT_FALSE(plan.next.tombstone);
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::delete_recently_updated);
  EXPECT_EQ(plan.losers[0].side, Side::finops);
  EXPECT_EQ(plan.losers[0].rule, "edit-restores");
  const Plan again = run(plan.next, gone(true), edited, with(DeletePolicy::edit_restores));
  ASSERT_EQ(again.writes.size(), 1u) << "a crash before the create leaves it to be planned again";
  EXPECT_EQ(again.writes[0].kind, WriteKind::create);
  EXPECT_TRUE(again.losers.empty());
  EXPECT_EQ(again.next.incarnation, 1u);
}

TEST(Deletion, LosesToAnEditThatCameWhileOurDeleteWasUnderWay) {
  const Policy policy = with(DeletePolicy::edit_restores);
  const Plan removal = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "b"}), "v0"), policy);
  ASSERT_TRUE(removal.next.tombstone);
  const Plan plan = run(removal.next, gone(false), edited, policy);
  EXPECT_FALSE(plan.next.tombstone);
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
}

TEST(Deletion, OnBothSidesNeedsNoPolicy) {
  for (const DeletePolicy deletion : {DeletePolicy::edit_restores, DeletePolicy::manual, DeletePolicy::uncouple}) {
    const Plan plan = run(coupled(row({"a", "b"})), gone(true), gone(true), with(deletion));
    EXPECT_TRUE(plan.next.tombstone);
    EXPECT_FALSE(plan.next.uncoupled);
    EXPECT_TRUE(plan.writes.empty());
  }
}

TEST(Deletion, UncouplesAndThenNothingIsWrittenUntilThereAreTwoRowsAgain) {
  const Policy policy = with(DeletePolicy::uncouple);
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), edited, policy);
  EXPECT_TRUE(plan.writes.empty());
  EXPECT_TRUE(plan.next.uncoupled);
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].type, ConflictType::delete_recently_updated);
  const Plan later = run(plan.next, gone(true), present(row({"x", "y"}), "v5", stamp(9, 9)), policy);
  EXPECT_TRUE(later.writes.empty());
  EXPECT_TRUE(later.next.uncoupled);
  EXPECT_EQ(later.next.sides[Side::dataverse].shadow, row({"x", "y"}));
  const Plan both = run(later.next, present(row({"x", "z"}), "v1", stamp(20, 20)),
                        present(row({"x", "y"}), "v5", stamp(9, 9)), policy);
  EXPECT_FALSE(both.next.uncoupled);
  EXPECT_EQ(both.next.incarnation, 1u);
  ASSERT_EQ(both.losers.size(), 1u);
  EXPECT_EQ(both.losers[0].type, ConflictType::insert_exists);
  ASSERT_TRUE(both.next.agreed);
  EXPECT_EQ((*both.next.agreed)[1].value, Value::string("z"));
}

TEST(Deletion, OfTheLastRowOfAnUncoupledRecordLeavesAPlainTombstone) {
  const Policy policy = with(DeletePolicy::uncouple);
  const Plan plan = run(coupled(row({"a", "b"})), gone(true), edited, policy);
  const Plan none = run(plan.next, gone(true), gone(true), policy);
  EXPECT_FALSE(none.next.uncoupled);
  EXPECT_TRUE(none.next.tombstone);
}

TEST(Deletion, WaitsForAPersonAndTakesTheEditsThatAreMadeMeanwhile) {
  const Policy policy = with(DeletePolicy::manual);
  const Plan held = run(coupled(row({"a", "b"})), gone(true), edited, policy);
  EXPECT_TRUE(held.writes.empty());
  EXPECT_TRUE(held.asks);
  EXPECT_EQ(held.next.held_deletion, Side::finops);
  EXPECT_EQ(held.next.sides[Side::finops].shadow, row({"a", "b"}));
  const Plan same = run(held.next, gone(false), edited, policy);
  EXPECT_EQ(same.verdict, Verdict::settled) << "it was proven once";
  EXPECT_FALSE(same.asks);
  EXPECT_FALSE(same.changed);
  const Observation later = present(row({"later", "new"}), "v2", stamp(5, 5));
  const Plan more = run(held.next, gone(false), later, policy);
  EXPECT_TRUE(more.asks);
  EXPECT_TRUE(more.writes.empty());
  const Plan deleted = choose(more.next, gone(false), later, policy, Side::finops);
  ASSERT_EQ(deleted.writes.size(), 1u);
  EXPECT_EQ(deleted.writes[0].kind, WriteKind::remove);
  EXPECT_EQ(deleted.losers.size(), 2u);
  EXPECT_EQ(deleted.losers[0].rule, "manual");
  const Plan restored = choose(more.next, gone(false), later, policy, Side::dataverse);
  ASSERT_EQ(restored.writes.size(), 1u);
  EXPECT_EQ(restored.writes[0].kind, WriteKind::create);
  EXPECT_EQ(restored.writes[0].cells,
            (std::vector<ColumnValue>{{0, Value::string("later")}, {1, Value::string("new")}}));
  EXPECT_FALSE(restored.next.held_deletion);
}

TEST(Deletion, ThatWaitsIsOverWhenTheRowIsBack) {
  const Policy policy = with(DeletePolicy::manual);
  const Plan held = run(coupled(row({"a", "b"})), gone(true), edited, policy);
  const Plan back = run(held.next, present(row({"a", "b"}), "v9"), edited, policy);
  EXPECT_FALSE(back.next.held_deletion);
  ASSERT_EQ(back.writes.size(), 1u);
  EXPECT_EQ(back.writes[0].side, Side::finops);
  EXPECT_EQ(back.writes[0].cells, (std::vector<ColumnValue>{{1, Value::string("new")}}));
  EXPECT_EQ(back.next.incarnation, 1u);
  ASSERT_EQ(back.losers.size(), 1u) << "it is the value from before, and yet it was typed into the new row";
  EXPECT_EQ(back.losers[0].lost, Value::string("b"));
}

TEST(Deletion, ThatIsChosenRecordsAlsoWhatTheDeleterKnewAndSomebodyHasTypedAgain) {
  const Policy policy = with(DeletePolicy::manual);
  for (const Side deleter : both_sides) {
    const auto seen = [&](const Row& values, const char* version, std::int64_t time) {
      PerSide<Observation> both{gone(true), gone(true)};
      both[other(deleter)] = present(values, version, stamp(time, time));
      return both;
    };
    const auto on = [&](const Coupling& coupling, const PerSide<Observation>& both) {
      return run(coupling, both[Side::finops], both[Side::dataverse], policy);
    };
    const auto first = seen(row({"a", "new"}), "v1", 3);
    const Plan held = on(coupled(row({"a", "b"})), first);
    const Plan more = on(held.next, seen(row({"x", "new"}), "v2", 4));
    const auto last = seen(row({"x", "b"}), "v3", 5);
    const Plan typed = on(more.next, last);
    ASSERT_EQ(typed.next.held_deletion, deleter);
    const Plan deleted = choose(typed.next, last[Side::finops], last[Side::dataverse], policy, deleter);
    ASSERT_EQ(deleted.losers.size(), 2u);
    EXPECT_EQ(deleted.losers[1].column, 1u);
    EXPECT_EQ(deleted.losers[1].lost, Value::string("b"));
    EXPECT_EQ(deleted.losers[1].rule, "manual");
    const auto untouched = seen(row({"x", "b"}), "v1", 3);
    const Plan one = on(coupled(row({"a", "b"})), untouched);
    const Plan alone = choose(one.next, untouched[Side::finops], untouched[Side::dataverse], policy, deleter);
    EXPECT_EQ(alone.losers.size(), 1u) << "nobody touched the second column";
  }
}

TEST(Deletion, IsHeldAlsoWhenOurDeleteWasUnderWay) {
  const Policy policy = with(DeletePolicy::manual);
  const Plan removal = run(coupled(row({"a", "b"})), gone(true), present(row({"a", "b"}), "v0"), policy);
  const Plan held = run(removal.next, gone(false), edited, policy);
  EXPECT_EQ(held.next.held_deletion, Side::finops);
  EXPECT_TRUE(held.writes.empty());
  const Plan deleted = choose(held.next, gone(false), edited, policy, Side::finops);
  ASSERT_EQ(deleted.losers.size(), 1u);
  EXPECT_EQ(deleted.losers[0].lost, Value::string("new"));
}

/// A create of ours, sent before somebody deleted the row, that may still land.
Coupling with_late_create(Coupling coupling) {
  PlannedWrite create;
  create.side = Side::finops;
  create.kind = WriteKind::create;
  create.cells = {{0, Value::string("a")}, {1, Value::string("b")}};
  add_intent(coupling, create, IntentId(1), at(1));
  return coupling;
}

TEST(Deletion, ThatWaitsForAPersonIsNotUndoneByOurOwnLateCreate) {
  const Policy policy = with(DeletePolicy::manual);
  const Plan held = run(with_late_create(coupled(row({"a", "b"}))), gone(true), edited, policy);
  ASSERT_EQ(held.next.held_deletion, Side::finops);
  const Plan landed = run(held.next, present(row({"a", "b"}), "late"), edited, policy);
  EXPECT_EQ(landed.next.held_deletion, Side::finops);
  ASSERT_EQ(landed.writes.size(), 1u);
  EXPECT_EQ(landed.writes[0].side, Side::finops);
  EXPECT_EQ(landed.writes[0].kind, WriteKind::remove);
  EXPECT_EQ(landed.writes[0].guard, "late");
  Coupling removed = landed.next;
  const Intent intent = add_intent(removed, landed.writes[0], IntentId(2), at(2));
  removed = settle_written(removed, Side::finops, intent.id, Acknowledged(), policy).next;
  const Plan still = run(removed, gone(false), edited, policy);
  EXPECT_EQ(still.next.held_deletion, Side::finops) << "the removal of our row does not end the waiting";
  EXPECT_TRUE(still.writes.empty());
}

TEST(Deletion, ThatComesToWaitTakesOurOwnLateCreateAwayAtOnce) {
  const Policy policy = with(DeletePolicy::manual);
  Coupling deleted = with_late_create(coupled(row({"a", "b"})));
  deleted = run(deleted, gone(true), present(row({"a", "b"}), "v0"), policy).next;
  ASSERT_TRUE(deleted.tombstone);
  const Plan plan = run(deleted, present(row({"a", "b"}), "late"), edited, policy);
  EXPECT_EQ(plan.next.held_deletion, Side::finops);
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::remove);
  EXPECT_EQ(plan.writes[0].guard, "late");
  const Plan touched = run(deleted, present(row({"a", "theirs"}), "later", stamp(9, 9)), edited, policy);
  EXPECT_FALSE(touched.next.held_deletion) << "somebody has made the row his";
  ASSERT_TRUE(touched.next.agreed);
  EXPECT_EQ((*touched.next.agreed)[1].value, Value::string("theirs"));
}

TEST(Deletion, ThatWaitsIsOverWhenARowIsBackThatOurCreateOfAKeyAloneDoesNotExplain) {
  Policy policy = with(DeletePolicy::manual);
  policy.columns[0].key = true;
  Coupling deleted = coupled(row({"a", "b"}));
  PlannedWrite create;
  create.side = Side::finops;
  create.kind = WriteKind::create;
  create.cells = {{0, Value::string("a")}};
  add_intent(deleted, create, IntentId(1), at(1));
  const Plan held = run(deleted, gone(true), edited, policy);
  ASSERT_EQ(held.next.held_deletion, Side::finops);
  const Plan bare = run(held.next, present(row({"a", nullptr}), "late"), edited, policy);
  EXPECT_EQ(bare.next.held_deletion, Side::finops) << "our create of a key alone";
  const Plan filled = run(held.next, present(row({"a", "x"}), "v5", stamp(9, 9)), edited, policy);
  EXPECT_FALSE(filled.next.held_deletion) << "we never wrote that";
}

TEST(Deletion, LosesToAnEditAlsoWhenOurOwnLateCreateLandsMeanwhile) {
  const Policy policy = with(DeletePolicy::edit_restores);
  const Observation old = present(row({"a", "b"}), "v0");
  const Plan carried = run(with_late_create(coupled(row({"a", "b"}))), gone(true), old, policy);
  ASSERT_TRUE(carried.next.tombstone);
  const Plan plan = run(carried.next, present(row({"a", "b"}), "late"), edited, policy);
  EXPECT_FALSE(plan.next.tombstone);
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{1, Value::string("new")}}));
}

TEST(Deletion, ThatGivesWayLeavesNothingToAskAbout) {
  Policy policy = with(DeletePolicy::edit_restores);
  policy.columns[1].conflict = ConflictRule::manual;
  Coupling coupling = coupled(row({"a", "b"}));
  // Finops had set the column, nobody had carried it over yet, and then its row was deleted.
  (*coupling.agreed)[1] = Agreed(Value::string("theirs"), stamp(2, 2), Side::finops);
  coupling.sides[Side::finops].shadow = row({"a", "theirs"});
  const Plan plan = run(coupling, gone(true), edited, policy);
  EXPECT_TRUE(plan.next.held.empty()) << "there is one row only";
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("new"));
  ASSERT_EQ(plan.losers.size(), 2u);
  EXPECT_EQ(plan.losers[1].type, ConflictType::update_differing);
  EXPECT_EQ(plan.losers[1].lost, Value::string("theirs"));
  EXPECT_EQ(plan.losers[1].lost_time, stamp(2, 2));
  EXPECT_EQ(plan.losers[1].side, Side::finops);
  EXPECT_EQ(plan.losers[1].won, Value::string("new"));
}

TEST(Deletion, ThatNobodyContestsTakesWhatWeMayHaveWrittenWithTheRuleOfDoubtAndNotThePolicys) {
  for (const DeletePolicy deletion : {DeletePolicy::delete_wins, DeletePolicy::edit_restores, DeletePolicy::manual}) {
    Coupling coupling = coupled(row({"a", "b"}));
    coupling.sides[Side::dataverse] = SideState();
    PlannedWrite create;
    create.side = Side::dataverse;
    create.kind = WriteKind::create;
    create.cells = {{0, Value::string("a")}, {1, Value::string("b")}};
    add_intent(coupling, create, IntentId(1), at(6));
    const Plan plan = run(coupling, gone(true), present(row({"a", "b"}), "v1", stamp(7, 7)), with(deletion));
    ASSERT_EQ(plan.writes.size(), 1u) << to_string(deletion);
    EXPECT_EQ(plan.writes[0].kind, WriteKind::remove);
    ASSERT_EQ(plan.losers.size(), 2u) << to_string(deletion);
    for (const Loser& loser : plan.losers) EXPECT_EQ(loser.rule, "in-doubt") << to_string(deletion);
    const Plan contested = run(coupling, gone(true), present(row({"a", "new"}), "v1", stamp(7, 7)), with(deletion));
    if (deletion != DeletePolicy::delete_wins) continue;
    ASSERT_EQ(contested.losers.size(), 2u);
    EXPECT_EQ(contested.losers[1].lost, Value::string("new"));
    EXPECT_EQ(contested.losers[1].rule, "delete-wins");
  }
}

TEST(Deletion, OfTheRowThatAValueCameFromLosesNothing) {
  Coupling coupling = coupled(row({"a", "b"}));
  (*coupling.agreed)[1] = Agreed(Value::string("new"), stamp(5, 5), Side::finops);
  coupling.sides[Side::finops].shadow = row({"a", "new"});
  EXPECT_TRUE(run(coupling, gone(true), gone(true)).losers.empty()) << "whoever deleted it knew it";
  const Plan unseen = run(coupling, present(row({"a", "new"}), "v1"), gone(true));
  ASSERT_EQ(unseen.losers.size(), 1u) << "nobody in Dataverse had seen it";
  EXPECT_EQ(unseen.losers[0].lost, Value::string("new"));
}

/// F&O typed "x" over "a", which has not reached Dataverse yet.
Coupling not_brought_up() {
  Coupling coupling = coupled(row({"a", "b"}));
  (*coupling.agreed)[0] = Agreed(Value::string("x"), stamp(5, 5), Side::finops);
  coupling.sides[Side::finops].shadow = row({"x", "b"});
  return coupling;
}

TEST(Deletion, IsNotContestedByARowThatOnlyLagsBehind) {
  Policy policy = two_columns();
  for (const DeletePolicy deletion : {DeletePolicy::delete_wins, DeletePolicy::edit_restores, DeletePolicy::manual}) {
    policy.deletion = deletion;
    const Plan plan = run(not_brought_up(), gone(), present(row({"a", "b"}), "v0"), policy);
    ASSERT_EQ(plan.writes.size(), 1u) << to_string(deletion);
    EXPECT_EQ(plan.writes[0].kind, WriteKind::remove) << to_string(deletion);
    EXPECT_FALSE(plan.next.held_deletion) << to_string(deletion);
    EXPECT_TRUE(plan.losers.empty()) << to_string(deletion) << ": whoever deleted it had replaced the value himself";
  }
}

TEST(Deletion, ThatAnEditContestsLeavesThatEditStanding) {
  Policy policy = two_columns();
  policy.columns[0].conflict = ConflictRule::finops_wins;
  const Observation typed = present(row({"y", "b"}), "v1", stamp(7, 7));

  policy.deletion = DeletePolicy::edit_restores;
  const Plan back = run(not_brought_up(), gone(), typed, policy);
  EXPECT_EQ((*back.next.agreed)[0].value, Value::string("y"));
  ASSERT_EQ(back.losers.size(), 2u);  // the deletion, and the value that went with its row
  EXPECT_EQ(back.losers[1].lost, Value::string("x"));
  EXPECT_EQ(back.losers[1].side, Side::finops);

  policy.deletion = DeletePolicy::manual;
  const Plan waits = run(not_brought_up(), gone(), typed, policy);
  ASSERT_TRUE(waits.next.held_deletion);
  const Plan chosen = choose(waits.next, gone(), typed, policy, Side::dataverse);
  EXPECT_EQ((*chosen.next.agreed)[0].value, Value::string("y")) << "the row that stands is what was chosen";
  for (const PlannedWrite& write : chosen.writes) EXPECT_EQ(write.side, Side::finops);
}

}  // namespace
}  // namespace dualwrite::plan
