// The worlds: every pair of scripts of up to two operations a side, every interleaving of the two users, the daemon's
// steps and one mishap, which is a crash at any step, with or without its write landing later, or a lost reply. Counts
// are pinned: a world that changes is noticed. An end state is counted once for each pair of scripts, skew and
// granularity; two are different if the services, the stored coupling or what is on record differ.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "dualwrite/plan/settle.hpp"
#include "unit/plan/exhaustive/explorer.hpp"
#include "unit/plan/fixtures.hpp"

namespace dualwrite::plan::exhaustive {
namespace {

/// Two operations a side in programs that are optimised, one in others, where two would take many minutes.
/// DUALWRITE_EXHAUSTIVE=full or =small chooses.
/// Worlds that show little more than others do for the minutes they take are full on demand only.
enum class Size : std::uint8_t { usual, on_demand };

bool is_full(Size size) {
  const char* asked = std::getenv("DUALWRITE_EXHAUSTIVE");
  if (asked != nullptr) return std::string_view(asked) == "full";
  return DUALWRITE_EXHAUSTIVE_FULL != 0 && size == Size::usual;
}

struct Pinned {
  std::uint64_t ends;
  std::uint64_t undone;  ///< see CannotTellItsOwnCreateThatNeverCameFromOneThatWasDeleted
};

void visit(Rules rules, Pinned full, Pinned small, Size size = Size::usual) {
  rules.operations_max = is_full(size) ? 2 : 1;
  const Report report = enumerate(rules);
  std::printf("%s; %llu states, %llu worlds\n", to_string(report.counters).c_str(),
              static_cast<unsigned long long>(report.counters.states), static_cast<unsigned long long>(report.worlds));
  EXPECT_EQ(report.counters.diverged, 0U);
  EXPECT_EQ(report.counters.silent, 0U);
  EXPECT_EQ(report.counters.resurrected, 0U);
  EXPECT_EQ(report.counters.needless, 0U);
  EXPECT_EQ(report.counters.misjudged, 0U);
  EXPECT_EQ(report.counters.endless, 0U);
  EXPECT_EQ(report.smallest_trace, "");
  const Pinned& pinned = is_full(size) ? full : small;
  EXPECT_EQ(report.counters.ends, pinned.ends);
  EXPECT_EQ(report.counters.undone, pinned.undone);
}

Rules tied(Side tie_break) {
  Rules rules;
  rules.times = {Times::tie, Times::tie};
  rules.policy.tie_break = tie_break;
  return rules;
}

Rules two_symbols(Rules rules) {
  rules.values = Values::two_symbols;
  return rules;
}

Rules replying(Rules rules, Reply finops) {
  rules.replies[Side::finops] = finops;
  return rules;
}

Rules reading(Rules rules, Reads reads) {
  rules.reads = reads;
  return rules;
}

Rules with_finops_times(Times times) {
  Rules rules;
  rules.times[Side::finops] = times;
  return rules;
}

TEST(PlanExhaustive, WithoutAMishap) {
  Rules rules;
  rules.crashes = 0;
  visit(rules, {53055, 0}, {404, 0});
}

TEST(PlanExhaustive, SetsDeletesAndCreatesWithAMishap) {
  visit(Rules(), {366154, 1608}, {1621, 0});
}

TEST(PlanExhaustive, EveryTimeTiedAndDataverseBreaksTies) {
  visit(tied(Side::dataverse), {11288, 81}, {100, 0});
}

TEST(PlanExhaustive, EveryTimeTiedAndFinopsBreaksTies) {
  visit(tied(Side::finops), {11333, 81}, {100, 0});
}

TEST(PlanExhaustive, ColumnsWithRulesOfTheirOwn) {
  Rules rules = two_symbols(tied(Side::dataverse));
  rules.policy.columns[0].conflict = ConflictRule::finops_wins;
  rules.policy.columns[1].conflict = ConflictRule::dataverse_wins;
  visit(rules, {23905, 210}, {128, 0});
}

TEST(PlanExhaustive, OldValuesTypedAgain) {
  visit(two_symbols(Rules()), {680148, 4097}, {1914, 0});
}

TEST(PlanExhaustive, OldValuesTypedAgainAndEveryTimeTied) {
  visit(two_symbols(tied(Side::dataverse)), {23757, 208}, {128, 0});
}

TEST(PlanExhaustive, OldValuesTypedAgainAndEveryTimeTiedForFinops) {
  visit(two_symbols(tied(Side::finops)), {23807, 208}, {128, 0});
}

TEST(PlanExhaustive, FinopsAnswersWritesWithoutRowOrToken) {
  visit(replying(Rules(), Reply::nothing), {464683, 2013}, {2047, 0}, Size::on_demand);
}

TEST(PlanExhaustive, FinopsAnswersWritesWithoutRowOrTokenAndOldValuesAreTypedAgain) {
  visit(replying(two_symbols(tied(Side::dataverse)), Reply::nothing), {28507, 293}, {146, 0});
}

TEST(PlanExhaustive, FinopsIsReadRightAfterAWrite) {
  visit(replying(tied(Side::dataverse), Reply::row_read), {11379, 81}, {100, 0});
}

TEST(PlanExhaustive, FinopsIsReadRightAfterAWriteAndOldValuesAreTypedAgain) {
  visit(replying(two_symbols(tied(Side::dataverse)), Reply::row_read), {23932, 208}, {128, 0});
}

TEST(PlanExhaustive, FinopsIsReadRightAfterAWriteAndOnlyScanned) {
  Rules rules = replying(tied(Side::dataverse), Reply::row_read);
  rules.scanned[Side::finops] = true;
  visit(rules, {11395, 82}, {100, 0});
}

TEST(PlanExhaustive, FinopsHasNoStamps) {
  visit(with_finops_times(Times::none), {243166, 1306}, {1414, 0});
}

TEST(PlanExhaustive, FinopsHasTheTimesOfItsObservationsOnly) {
  Rules rules = with_finops_times(Times::window);
  rules.creates = false;
  visit(rules, {335120, 0}, {2460, 0}, Size::on_demand);
}

TEST(PlanExhaustive, OnlyTheReportedSideIsRead) {
  visit(reading(tied(Side::dataverse), Reads::reported), {11246, 81}, {100, 0});
}

TEST(PlanExhaustive, OnlyTheReportedSideIsReadAndOldValuesAreTypedAgain) {
  visit(reading(two_symbols(tied(Side::dataverse)), Reads::reported), {23663, 208}, {128, 0});
}

Rules deleting(DeletePolicy deletion) {
  Rules rules = tied(Side::dataverse);
  rules.policy.deletion = deletion;
  return rules;
}

Rules deciding(ConflictRule rule) {
  Rules rules = tied(Side::dataverse);
  for (ColumnPolicy& column : rules.policy.columns) column.conflict = rule;
  return rules;
}

// The rules that ask for no time: one clock is all there is to these worlds. A person who is asked chooses either side
// at any moment in which the daemon rests, and in the end somebody has chosen.
TEST(PlanExhaustive, FinopsWins) {
  visit(deciding(ConflictRule::finops_wins), {11333, 81}, {100, 0});
}

TEST(PlanExhaustive, DataverseWins) {
  visit(deciding(ConflictRule::dataverse_wins), {11288, 81}, {100, 0});
}

TEST(PlanExhaustive, EditRestores) {
  visit(deleting(DeletePolicy::edit_restores), {11779, 160}, {98, 0});
}

TEST(PlanExhaustive, Uncouple) {
  visit(deleting(DeletePolicy::uncouple), {5441, 8}, {70, 0});
}

TEST(PlanExhaustive, APersonResolvesConflicts) {
  visit(deciding(ConflictRule::manual), {13348, 86}, {108, 0});
}

TEST(PlanExhaustive, APersonResolvesContestedDeletions) {
  visit(deleting(DeletePolicy::manual), {18942, 225}, {133, 0});
}

TEST(PlanExhaustive, APersonResolvesConflictsAndContestedDeletions) {
  Rules rules = deciding(ConflictRule::manual);
  rules.policy.deletion = DeletePolicy::manual;
  visit(rules, {21827, 236}, {141, 0});
}

TEST(PlanExhaustive, EditRestoresAndAPersonResolvesConflicts) {
  Rules rules = deciding(ConflictRule::manual);
  rules.policy.deletion = DeletePolicy::edit_restores;
  visit(rules, {14244, 168}, {106, 0});
}

TEST(PlanExhaustive, UncoupleAndAPersonResolvesConflicts) {
  Rules rules = deciding(ConflictRule::manual);
  rules.policy.deletion = DeletePolicy::uncouple;
  visit(rules, {7807, 8}, {78, 0});
}

// Of two symbols that are typed again and again, too: what looks like our own write may be a person's.
TEST(PlanExhaustive, EditRestoresAndOldValuesAreTypedAgain) {
  visit(two_symbols(deleting(DeletePolicy::edit_restores)), {23442, 282}, {126, 0});
}

TEST(PlanExhaustive, UncoupleAndOldValuesAreTypedAgain) {
  visit(two_symbols(deleting(DeletePolicy::uncouple)), {10186, 20}, {91, 0});
}

TEST(PlanExhaustive, APersonResolvesConflictsAndOldValuesAreTypedAgain) {
  Rules rules = two_symbols(deciding(ConflictRule::manual));
  visit(rules, {24628, 218}, {128, 0});
}

TEST(PlanExhaustive, APersonResolvesContestedDeletionsAndOldValuesAreTypedAgain) {
  visit(two_symbols(deleting(DeletePolicy::manual)), {34292, 370}, {161, 0});
}

TEST(PlanExhaustive, APersonResolvesEverythingAndOldValuesAreTypedAgain) {
  Rules rules = two_symbols(deciding(ConflictRule::manual));
  rules.policy.deletion = DeletePolicy::manual;
  visit(rules, {35850, 392}, {161, 0});
}

// Why "undone" is not zero where rows are created and a reply may be lost. In both stories dataverse created a row, and
// our create of it in finops was in doubt when finops answered that there is no such row: the planner's input is the
// same, so is its plan, and one of the two must come out wrong. Creating the row once more loses nothing; taking it for
// deleted would delete the row in dataverse whenever a create is lost on its way.
TEST(PlanExhaustive, CannotTellItsOwnCreateThatNeverCameFromOneThatWasDeleted) {
  Coupling decided;
  decided.record = RecordRef(MapId(1), RecordKey("usmf|1"));
  decided = testing::run(decided, testing::gone(), testing::present(testing::row({"a", "b"}), "v1")).next;
  PlannedWrite create;
  create.side = Side::finops;
  create.kind = WriteKind::create;
  create.cells = {{0, Value::string("a")}, {1, Value::string("b")}};
  add_intent(decided, create, IntentId(1), testing::at(1));

  // It never came, or it came and a user deleted the row: either way there is no row, and no reply was seen.
  const Plan plan = testing::run(decided, testing::gone(), testing::present(testing::row({"a", "b"}), "v1"));
  ASSERT_EQ(plan.writes.size(), 1U);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
  EXPECT_TRUE(plan.next.agreed);
}

// The same for a removal: the row that it was to remove has been taken over by a record that was created again.
TEST(PlanExhaustive, CannotTellItsOwnLateRemovalFromAUsersDeletion) {
  Coupling decided = testing::coupled(testing::row({"a", "b"}));
  PlannedWrite removal;
  removal.side = Side::finops;
  removal.kind = WriteKind::remove;
  removal.guard = "v0";
  add_intent(decided, removal, IntentId(1), testing::at(1));
  const Plan plan = testing::run(decided, testing::gone(), testing::present(testing::row({"a", "b"}), "v0"));
  ASSERT_EQ(plan.writes.size(), 1U);
  EXPECT_EQ(plan.writes[0].side, Side::finops);
  EXPECT_EQ(plan.writes[0].kind, WriteKind::create);
}

}  // namespace
}  // namespace dualwrite::plan::exhaustive
