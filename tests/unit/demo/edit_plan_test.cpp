#include "demo/edit_plan.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support.hpp"

namespace dualwrite::demo {
namespace {

std::map<std::string, PerSide<SideTable>> tables_with(std::size_t customers) {
  std::map<std::string, PerSide<SideTable>> tables;
  for (std::size_t i = 0; i < customers; ++i) {
    const std::string key = "usmf|c" + std::to_string(i);
    for (const Side side : both_sides) tables["customers"][side].rows[key] = customer("c" + std::to_string(i), "Name");
  }
  return tables;
}

std::vector<EditStep> all_steps(const EditPlan& plan) {
  std::vector<EditStep> steps = plan.steps;
  steps.insert(steps.end(), plan.ordered.begin(), plan.ordered.end());
  return steps;
}

TEST(EditPlan, HasTheCountsThatWereAskedFor) {
  const EditCounts counts;
  const auto plan = plan_edits({customer_map()}, tables_with(200), counts, 1);
  ASSERT_TRUE(plan) << plan.error().text();

  PerSide<std::size_t> updates(0, 0);
  PerSide<std::size_t> removals(0, 0);
  PerSide<std::size_t> creations(0, 0);
  std::size_t conflicts = 0;
  for (const EditStep& step : plan->steps) {
    for (const Edit& edit : step.edits) {
      if (edit.kind == EditKind::update) ++updates[edit.side];
      if (edit.kind == EditKind::remove) ++removals[edit.side];
      if (edit.kind == EditKind::create) ++creations[edit.side];
    }
    if (step.edits.size() == 2 && step.edits[0].column == step.edits[1].column) ++conflicts;
  }
  for (const Side side : both_sides) {
    EXPECT_EQ(updates[side], counts.edits + counts.edited_deletes);
    EXPECT_EQ(removals[side], counts.deletes);
    EXPECT_EQ(creations[side], counts.creates);
  }
  EXPECT_EQ(conflicts, counts.conflicts);
  EXPECT_EQ(plan->ordered.size(), 2 * counts.ordered);
}

TEST(EditPlan, EditsEachRecordAndColumnAtMostOnceOnEachSide) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto plan = plan_edits({customer_map()}, tables_with(200), EditCounts{}, seed);
    ASSERT_TRUE(plan);
    std::set<std::string> seen;
    for (const EditStep& step : all_steps(*plan)) {
      for (const Edit& edit : step.edits) {
        const std::string cell = edit.key + "/" + edit.column;
        EXPECT_TRUE(seen.insert(std::string(to_string(edit.side)) + cell).second) << cell << ", seed " << seed;
        EXPECT_NE(edit.key, plan->dead_letter_record.second) << "seed " << seed;
        if (edit.kind == EditKind::update) EXPECT_NE(edit.to, edit.from);
      }
    }
    EXPECT_EQ(plan->dead_letter_record.first, "customers");
  }
}

TEST(EditPlan, LetsBothSidesEditOneColumnOnlyInConflicts) {
  const EditCounts counts;
  const auto plan = plan_edits({customer_map()}, tables_with(200), counts, 2);
  ASSERT_TRUE(plan);
  std::map<std::string, std::size_t> edits_of;
  std::size_t merges = 0;
  for (const EditStep& step : plan->steps) {
    for (const Edit& edit : step.edits) {
      if (edit.kind == EditKind::update) ++edits_of[edit.key + "/" + edit.column];
    }
    if (step.edits.size() == 2 && step.edits[0].kind == EditKind::update &&
        step.edits[0].column != step.edits[1].column) {
      ++merges;
    }
  }
  std::size_t twice = 0;
  for (const auto& [cell, number] : edits_of) twice += number == 2 ? 1 : 0;
  EXPECT_EQ(twice, counts.conflicts);
  EXPECT_GE(merges, 5u);
}

TEST(EditPlan, NeverWritesTheSameValueTwice) {
  const auto plan = plan_edits({customer_map()}, tables_with(200), EditCounts{}, 3);
  ASSERT_TRUE(plan);
  std::set<std::string> values;
  for (const EditStep& step : all_steps(*plan)) {
    for (const Edit& edit : step.edits) {
      if (edit.kind == EditKind::update) EXPECT_TRUE(values.insert(edit.column + "=" + edit.to).second) << edit.to;
    }
  }
}

TEST(EditPlan, OrdersConflictsBothWays) {
  const auto plan = plan_edits({customer_map()}, tables_with(200), EditCounts{}, 4);
  ASSERT_TRUE(plan);
  PerSide<std::size_t> first(0, 0);
  for (const EditStep& pair : plan->ordered) {
    ASSERT_EQ(pair.edits.size(), 2u);
    EXPECT_EQ(pair.edits[0].expected, Expectation::must_lose);
    EXPECT_EQ(pair.edits[1].expected, Expectation::must_win);
    EXPECT_EQ(pair.edits[1].side, other(pair.edits[0].side));
    EXPECT_EQ(pair.edits[0].column, pair.edits[1].column);
    ++first[pair.edits[0].side];
  }
  EXPECT_GE(first[Side::finops], 3u);
  EXPECT_GE(first[Side::dataverse], 3u);
}

TEST(EditPlan, RefusesTooFewRecords) {
  const auto plan = plan_edits({customer_map()}, tables_with(30), EditCounts{}, 1);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), Errc::limit);
}

}  // namespace
}  // namespace dualwrite::demo
