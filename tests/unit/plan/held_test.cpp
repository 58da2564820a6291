// Columns that wait for a person: conflicts whose rule is manual, groups, and columns that the sides keep rewriting.
#include <gtest/gtest.h>

#include <functional>

#include "plan/turns.hpp"
#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan {
namespace {

using testing::choose;
using testing::coupled;
using testing::gone;
using testing::present;
using testing::row;
using testing::run;
using testing::stamp;
using testing::two_columns;
using Verdict = Plan::Verdict;

Policy manual_first() {
  Policy policy = two_columns();
  policy.columns[0].conflict = ConflictRule::manual;
  return policy;
}

class Manual : public ::testing::Test {
 protected:
  const Observation finops = present(row({"f", "x"}), "f1", stamp(1, 1));
  const Observation dataverse = present(row({"d", "b"}), "d1", stamp(9, 9));
  const Plan held = run(coupled(row({"a", "b"})), finops, dataverse, manual_first());
};

TEST_F(Manual, ConflictLeavesBothValuesAndTheOtherColumnsGoOn) {
  ASSERT_EQ(held.writes.size(), 1u);
  EXPECT_EQ(held.writes[0].side, Side::dataverse);
  EXPECT_EQ(held.writes[0].cells, (std::vector<ColumnValue>{{1, Value::string("x")}}));
  EXPECT_TRUE(held.losers.empty());
  EXPECT_TRUE(held.asks);
  ASSERT_EQ(held.holds.size(), 1u);
  const Hold& hold = held.holds.front();
  EXPECT_EQ(hold.what, HeldColumn(0, HoldReason::conflict));
  EXPECT_EQ(hold.values[Side::finops], Value::string("f"));
  EXPECT_EQ(hold.values[Side::dataverse], Value::string("d"));
  EXPECT_EQ(hold.times[Side::dataverse], stamp(9, 9));
  EXPECT_EQ(hold.tokens[Side::finops], "f1");
  EXPECT_EQ((*held.next.agreed)[0].value, Value::string("a")) << "nothing new was agreed";
}

TEST_F(Manual, ConflictIsNotAskedAboutTwice) {
  const Plan same = run(held.next, finops, dataverse, manual_first());
  EXPECT_FALSE(same.asks);
  EXPECT_EQ(same.holds.size(), 1u);
  const Plan moved = run(held.next, finops, present(row({"d2", "x"}), "d2"), manual_first());
  EXPECT_TRUE(moved.asks) << "the person sees the value as it is now";
  EXPECT_TRUE(moved.writes.empty());
}

TEST_F(Manual, ConflictEndsWhenTheSidesBecomeEqual) {
  const Plan equal = run(held.next, finops, present(row({"f", "x"}), "d2"), manual_first());
  EXPECT_EQ(equal.verdict, Verdict::settled);
  EXPECT_TRUE(equal.next.held.empty());
  EXPECT_TRUE(equal.losers.empty());
  EXPECT_EQ((*equal.next.agreed)[0].value, Value::string("f"));
}

TEST_F(Manual, ChoiceWritesTheWinnerAndRecordsTheLoser) {
  const Observation newer = present(row({"d2", "x"}), "d2", stamp(20, 20));
  const Plan chosen = choose(held.next, finops, newer, manual_first(), Side::finops);
  EXPECT_TRUE(chosen.next.held.empty());
  ASSERT_EQ(chosen.losers.size(), 1u);
  EXPECT_EQ(chosen.losers[0].lost, Value::string("d2"));
  EXPECT_EQ(chosen.losers[0].rule, "manual");
  ASSERT_EQ(chosen.writes.size(), 1u);
  EXPECT_EQ(chosen.writes[0].side, Side::dataverse);
  EXPECT_EQ(chosen.writes[0].cells, (std::vector<ColumnValue>{{0, Value::string("f")}}));
}

TEST_F(Manual, ChoiceCountsOnlyForWhatWasHeldBefore) {
  const Plan first = choose(coupled(row({"a", "b"})), finops, dataverse, manual_first(), Side::finops);
  EXPECT_EQ(first.next.held.size(), 1u) << "nobody has seen this conflict yet";
}

TEST_F(Manual, ConflictEndsWithTheRecord) {
  const Plan deleted = run(held.next, gone(true), dataverse, manual_first());
  EXPECT_TRUE(deleted.next.held.empty());
  ASSERT_EQ(deleted.losers.size(), 1u) << "what the deleter had not seen; he had replaced the other one himself";
  EXPECT_EQ(deleted.losers[0].lost, Value::string("d"));
}

TEST(ManualFirstCoupling, IsDecidedByTheMasterAndElseHeld) {
  const Observation finops = present(row({"f", "b"}), "v1");
  const Observation dataverse = present(row({"d", "b"}), "v1");
  const Plan by_master = run(Coupling(), finops, dataverse, manual_first(), Side::dataverse);
  EXPECT_TRUE(by_master.next.held.empty());
  EXPECT_EQ((*by_master.next.agreed)[0].value, Value::string("d"));
  const Plan held = run(Coupling(), finops, dataverse, manual_first());
  EXPECT_EQ(held.next.held.size(), 1u);
  EXPECT_TRUE(held.writes.empty());
}

Policy grouped() {
  Policy policy;
  policy.columns.resize(3);
  policy.columns[0].group = 1;
  policy.columns[1].group = 1;
  return policy;
}

TEST(Groups, MoveTogetherIfBothSidesChangedAnyOfThem) {
  const Coupling coupling = coupled(row({"street", "city", "x"}));
  const Plan plan = run(coupling, present(row({"f", "city", "fx"}), "v1", stamp(1, 1)),
                        present(row({"street", "d", "x"}), "v1", stamp(9, 9)), grouped());
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("street")) << "Dataverse's address wins as a whole";
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("d"));
  EXPECT_EQ((*plan.next.agreed)[2].value, Value::string("fx")) << "the other column goes its own way";
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].column, 0u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("f"));
  EXPECT_EQ(plan.writes.size(), 2u);
}

TEST(Groups, LoseOrWinWhicheverSideIsMergedLast) {
  const Coupling coupling = coupled(row({"street", "city", "x"}));
  const Plan plan = run(coupling, present(row({"f", "city", "x"}), "v1", stamp(9, 9)),
                        present(row({"street", "d", "x"}), "v1", stamp(1, 1)), grouped());
  EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("f"));
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("city"));
  ASSERT_EQ(plan.losers.size(), 1u);
  EXPECT_EQ(plan.losers[0].column, 1u);
  EXPECT_EQ(plan.losers[0].lost, Value::string("d"));
}

TEST(Groups, MergeByColumnIfOnlyOneSideChangedThem) {
  const Plan plan = run(coupled(row({"street", "city", "x"})), present(row({"f", "g", "x"}), "v1"),
                        present(row({"street", "city", "dx"}), "v1"), grouped());
  EXPECT_TRUE(plan.losers.empty());
  EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("g"));
}

/// The same with finops's part given to `side`.
Plan run_on(Side side, const Coupling& coupling, const Observation& mine, const Observation& theirs,
            const Policy& policy) {
  return side == Side::finops ? run(coupling, mine, theirs, policy) : run(coupling, theirs, mine, policy);
}

TEST(Groups, AreNotInQuestionForAColumnInWhichBothSidesHoldTheSameWhicheverIsMergedFirst) {
  for (const Side side : both_sides) {
    Policy policy = grouped();
    policy.columns[0].conflict = ConflictRule::manual;
    policy.columns[1].conflict = ConflictRule::manual;
    Coupling coupling = coupled(row({"a", "new", "x"}));
    coupling.sides[side].shadow = row({"a", "old", "x"});
    PlannedWrite write;
    write.side = side;
    write.guard = "v0";
    write.cells = {{1, Value::string("new")}};
    add_intent(coupling, write, IntentId(1), testing::at(1));
    const Plan plan = run_on(side, coupling, present(row({"both", "old", "x"}), "v1", stamp(3, 3)),
                             present(row({"both", "new", "x"}), "v1", stamp(3, 3)), policy);
    EXPECT_TRUE(plan.next.held.empty()) << to_string(side);
    EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("both"));
    EXPECT_EQ((*plan.next.agreed)[1].value, Value::string("new"));
    ASSERT_EQ(plan.losers.size(), 1u) << "the old value may have been typed over the write in doubt";
    EXPECT_EQ(plan.losers[0].rule, "in-doubt");
  }
}

TEST(Groups, NeverOverwriteAValueThatBothSidesHold) {
  for (const Side side : both_sides) {
    for (const Side winner : both_sides) {
      Policy policy = grouped();
      for (const std::size_t column : {0u, 1u}) {
        policy.columns[column].conflict =
            winner == Side::finops ? ConflictRule::finops_wins : ConflictRule::dataverse_wins;
      }
      Coupling coupling = coupled(row({"older", "b", "x"}));
      coupling.sides[other(side)].shadow = row({"both", "b", "x"});
      const Plan plan = run_on(side, coupling, present(row({"both", "mine", "x"}), "v1", stamp(3, 3)),
                               present(row({"both", "theirs", "x"}), "v1", stamp(3, 3)), policy);
      EXPECT_EQ((*plan.next.agreed)[0].value, Value::string("both")) << to_string(side);
      EXPECT_EQ((*plan.next.agreed)[1].value, Value::string(winner == side ? "mine" : "theirs"));
    }
  }
}

TEST(Groups, WaitTogetherUntilAllOfThemAreEqual) {
  Policy policy = grouped();
  for (ColumnPolicy& column : policy.columns) column.conflict = ConflictRule::manual;
  const Observation finops = present(row({"f", "city", "x"}), "v1");
  const Plan held = run(coupled(row({"street", "city", "x"})), finops, present(row({"d", "e", "x"}), "v1"), policy);
  EXPECT_EQ(held.next.held.size(), 2u);
  EXPECT_TRUE(held.writes.empty());
  const Plan half = run(held.next, finops, present(row({"f", "e", "x"}), "v2"), policy);
  EXPECT_EQ(half.next.held.size(), 2u);
  EXPECT_TRUE(half.writes.empty());
  const Plan whole = run(half.next, finops, present(row({"f", "city", "x"}), "v3"), policy);
  EXPECT_TRUE(whole.next.held.empty());
}

/// A record whose sides answer each other's writes: after every plan the writes are made, and the side's rule is
/// applied to what was written. Returns the number of plans with writes, at most `max`.
struct Rewriters {
  PerSide<std::function<std::string(const std::string&)>> rule;
  bool in_reply = true;
  Coupling coupling;
  Plan last;

  int settle(PerSide<Row> rows, int max) {
    const Policy policy = two_columns();
    int version = 1;
    Instant now = testing::at(100);
    PerSide<bool> answer(false, false);
    for (int round = 0; round < max; ++round) {
      now += std::chrono::seconds(1);
      PerSide<Observation> seen;
      for (const Side side : both_sides) {
        seen[side] = present(rows[side], "v" + std::to_string(version), EditTime(now, now, TimeSource::stamp));
        seen[side].answer = answer[side];
      }
      const Input input{coupling, seen, policy, std::nullopt, Instant{}, std::nullopt, now};
      last = plan(input);
      coupling = last.next;
      if (last.writes.empty()) return round;
      answer = PerSide<bool>(false, false);
      for (const PlannedWrite& write : last.writes) {
        const IntentId id(++version);
        add_intent(coupling, write, id, now);
        for (const ColumnValue& cell : write.cells) {
          const std::string kept = rule[write.side] ? rule[write.side](cell.value.text()) : cell.value.text();
          rows[write.side][cell.column] = Value::string(kept);
        }
        Acknowledged reply;
        if (in_reply) reply.row = rows[write.side];
        reply.token = "v" + std::to_string(version);
        const Settled settled = settle_written(coupling, write.side, id, reply, policy);
        coupling = settled.next;
        answer[write.side] = settled.again && in_reply;
      }
    }
    return max;
  }
};

TEST(Turns, ASideThatRoundsOnceSettlesWithOneRoundTrip) {
  Rewriters world;
  world.coupling = coupled(row({"a", "b"}));
  world.rule[Side::dataverse] = [](const std::string& value) { return value.substr(0, 4); };
  EXPECT_EQ(world.settle({row({"1.0051", "b"}), row({"a", "b"})}, 50), 2);
  EXPECT_TRUE(world.coupling.held.empty());
  EXPECT_EQ((*world.coupling.agreed)[0].value, Value::string("1.00"));
}

TEST(Turns, SidesThatRewriteEachOthersRepliesAreStoppedAfterTheBound) {
  Rewriters world;
  world.coupling = coupled(row({"a", "b"}));
  world.rule[Side::finops] = [](const std::string& value) { return value + "F"; };
  world.rule[Side::dataverse] = [](const std::string& value) { return value + "D"; };
  EXPECT_LE(world.settle({row({"x", "b"}), row({"a", "b"})}, 50), turn_rounds_max + 1);
  ASSERT_EQ(world.coupling.held.size(), 1u);
  EXPECT_EQ(world.coupling.held[0], HeldColumn(0, HoldReason::oscillation));
  EXPECT_TRUE(world.last.asks);
}

TEST(Turns, ValuesThatAlternateAreStoppedThoughNoReplyShowsThem) {
  Rewriters world;
  world.in_reply = false;
  world.coupling = coupled(row({"a", "b"}));
  world.rule[Side::finops] = [](const std::string&) { return "F"; };
  world.rule[Side::dataverse] = [](const std::string&) { return "D"; };
  EXPECT_LE(world.settle({row({"x", "b"}), row({"a", "b"})}, 50), turn_rounds_max + 4);
  ASSERT_EQ(world.coupling.held.size(), 1u);
  EXPECT_EQ(world.coupling.held[0].reason, HoldReason::oscillation);
}

TEST(Turns, TheOtherColumnsGoOnBesideAHeldOne) {
  Rewriters world;
  world.coupling = coupled(row({"a", "b"}));
  world.rule[Side::finops] = [](const std::string& value) { return value + "F"; };
  world.rule[Side::dataverse] = [](const std::string& value) { return value + "D"; };
  world.settle({row({"x", "b"}), row({"a", "b"})}, 50);
  Row finops = *world.coupling.sides[Side::finops].shadow;
  finops[1] = Value::string("edited");
  const Plan plan =
      run(world.coupling, present(finops, "f9"), present(*world.coupling.sides[Side::dataverse].shadow, "d9"));
  ASSERT_EQ(plan.writes.size(), 1u);
  EXPECT_EQ(plan.writes[0].cells, (std::vector<ColumnValue>{{1, Value::string("edited")}}));
}

TEST(Turns, AreCountedByWhatComesOutAndNotByWhatIsMergedFirst) {
  for (const Side winner : both_sides) {
    Policy policy = two_columns();
    policy.columns[0].conflict = winner == Side::finops ? ConflictRule::finops_wins : ConflictRule::dataverse_wins;
    Coupling coupling = coupled(row({"a", "b"}));
    (*coupling.agreed)[0].origin = winner;
    const Plan plan =
        run(coupling, present(row({"f", "b"}), "v1", stamp(3, 3)), present(row({"d", "b"}), "v1", stamp(3, 3)), policy);
    EXPECT_TRUE(plan.next.turns.empty()) << "the value was " << to_string(winner) << "'s and is so again";
    (*coupling.agreed)[0].origin = other(winner);
    const Plan turned =
        run(coupling, present(row({"f", "b"}), "v1", stamp(3, 3)), present(row({"d", "b"}), "v1", stamp(3, 3)), policy);
    EXPECT_EQ(turned.next.turns.size(), 1u);
  }
}

TEST(Turns, OfTwoPeopleAreForgottenAfterTheWindow) {
  std::vector<Turns> turns;
  Instant now = testing::at(0);
  bool stopped = false;
  for (int turn = 0; turn < 100; ++turn) {
    now += std::chrono::minutes(7);
    const Agreed replaced(Value::string(std::to_string(turn)), EditTime(now, now, TimeSource::stamp), Side::finops);
    stopped = stopped || note_turn(turns, 0, replaced, Value::string(std::to_string(turn + 1)), false, now);
  }
  EXPECT_FALSE(stopped);
  EXPECT_EQ(turns.size(), 1u);
}

}  // namespace
}  // namespace dualwrite::plan
