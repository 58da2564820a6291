// Properties of the planner over generated stories (story.hpp), shrunk to the shortest that breaks one. A failure
// prints the story, and RC_PARAMS to run it again.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <sstream>
#include <tuple>

#include "unit/plan/fixtures.hpp"
#include "unit/plan/story.hpp"

namespace dualwrite::plan::testing {

/// A story whose policy may ask a person, undo deletions and merge columns together.
struct AskingStory {
  Story story;
};

std::ostream& operator<<(std::ostream& out, const AskingStory& asking) {
  return out << asking.story;
}

}  // namespace dualwrite::plan::testing

namespace rc {

using dualwrite::ColumnPolicy;
using dualwrite::ConflictRule;
using dualwrite::DeletePolicy;
using dualwrite::Direction;
using dualwrite::PerSide;
using dualwrite::Policy;
using dualwrite::Side;
using dualwrite::plan::testing::AskingStory;
using dualwrite::plan::testing::Fate;
using dualwrite::plan::testing::Step;
using dualwrite::plan::testing::Story;
using dualwrite::plan::testing::story_values;

template <>
struct Arbitrary<Step> {
  static Gen<Step> arbitrary() {
    using Kind = Step::Kind;
    const auto side = gen::element(Side::finops, Side::dataverse);
    const auto fate = gen::weightedElement<Fate>(
        {{6, Fate::answered}, {1, Fate::answered_without_row}, {2, Fate::reply_lost}, {2, Fate::request_lost}});
    return gen::build<Step>(
        gen::set(&Step::kind,
                 gen::weightedElement<Kind>({{6, Kind::edit}, {5, Kind::round}, {1, Kind::remove}, {2, Kind::create}})),
        gen::set(&Step::side, side), gen::set(&Step::column, gen::inRange<std::size_t>(0, 3)),
        gen::set(&Step::typed,
                 gen::container<std::vector<std::uint8_t>>(4, gen::inRange<std::uint8_t>(0, story_values))),
        gen::set(&Step::fates, gen::map(gen::pair(fate, fate), [](const std::pair<Fate, Fate>& both) {
          return PerSide<Fate>(both.first, both.second);
        })));
  }
};

template <>
struct Arbitrary<Story> {
  static Gen<Story> arbitrary() {
    const auto rule = gen::element(ConflictRule::newest_wins, ConflictRule::finops_wins, ConflictRule::dataverse_wins);
    const auto direction = gen::weightedElement<Direction>(
        {{4, Direction::both}, {1, Direction::to_dataverse}, {1, Direction::to_finops}});
    const auto column = gen::build<ColumnPolicy>(gen::set(&ColumnPolicy::direction, direction),
                                                 gen::set(&ColumnPolicy::conflict, rule));
    const auto columns = gen::mapcat(gen::inRange<std::size_t>(1, 4), [column](std::size_t count) {
      return gen::container<std::vector<ColumnPolicy>>(count, column);
    });
    const auto side = gen::element(Side::finops, Side::dataverse);
    const auto policy = gen::map(gen::pair(columns, side), [](const std::pair<std::vector<ColumnPolicy>, Side>& parts) {
      Policy made;
      made.columns = parts.first;
      made.columns.insert(made.columns.begin(), ColumnPolicy());
      made.columns.front().key = true;
      made.tie_break = parts.second;
      return made;
    });
    const auto master = gen::element<std::optional<Side>>(std::nullopt, Side::finops, Side::dataverse);
    return gen::build<Story>(gen::set(&Story::policy, policy), gen::set(&Story::master, master),
                             gen::set(&Story::grain, gen::inRange<std::int64_t>(0, 5)),
                             gen::set(&Story::steps, gen::arbitrary<std::vector<Step>>()));
  }
};

template <>
struct Arbitrary<AskingStory> {
  static Gen<AskingStory> arbitrary() {
    const auto deletion = gen::element(DeletePolicy::delete_wins, DeletePolicy::edit_restores, DeletePolicy::uncouple,
                                       DeletePolicy::manual);
    const auto manual = gen::container<std::vector<bool>>(4, gen::arbitrary<bool>());
    return gen::map(gen::tuple(gen::arbitrary<Story>(), deletion, manual, gen::arbitrary<bool>()),
                    [](const std::tuple<Story, DeletePolicy, std::vector<bool>, bool>& parts) {
                      AskingStory asking{std::get<0>(parts)};
                      Policy& policy = asking.story.policy;
                      policy.deletion = std::get<1>(parts);
                      const ColumnPolicy* first = nullptr;
                      for (std::size_t column = 1; column < policy.columns.size(); ++column) {
                        ColumnPolicy& rule = policy.columns[column];
                        if (std::get<2>(parts)[column]) rule.conflict = ConflictRule::manual;
                        if (!std::get<3>(parts) || rule.direction != Direction::both) continue;
                        if (first == nullptr) first = &rule;
                        rule.group = 1;
                        rule.conflict = first->conflict;
                      }
                      asking.story.counts_turns = true;
                      return asking;
                    });
  }
};

}  // namespace rc

namespace dualwrite::plan {
namespace {

using testing::AskingStory;
using testing::Stage;
using testing::Step;
using testing::Story;
using testing::story_values;

/// RapidCheck's own 100 cases find too little; RC_PARAMS=max_success=N asks for other numbers.
const bool has_cases = setenv("RC_PARAMS", "max_success=2000", 0) == 0;

void put(std::ostream& out, const PlannedWrite& write, Side side) {
  out << to_string(side) << " " << to_string(write.kind) << " " << write.guard << " " << write.key;
  for (const ColumnValue& cell : write.cells) out << " " << cell.column << "=" << cell.value;
  out << "\n";
}

std::string text(const Plan& plan) {
  std::ostringstream out;
  out << static_cast<int>(plan.verdict) << plan.changed << "\n";
  for (const PlannedWrite& write : plan.writes) put(out, write, write.side);
  for (const Loser& loser : plan.losers) {
    out << loser.column << to_string(loser.side) << loser.lost << loser.won << loser.rule << "\n";
  }
  return out.str();
}

std::string text(const std::optional<Row>& row) {
  std::ostringstream out;
  if (!row) out << "no row";
  if (row) std::ranges::copy(*row, std::ostream_iterator<Value>(out, " "));
  return out.str();
}

std::set<Value> values_of(const std::optional<Row>& row) {
  return row ? std::set<Value>(row->begin(), row->end()) : std::set<Value>();
}

std::set<Value> known_values(const Stage& stage) {
  std::set<Value> all{Value::null(), Value()};
  for (const Side side : both_sides) {
    const SideState& state = stage.coupling().sides[side];
    all.merge(values_of(stage.row(side)));
    all.merge(values_of(state.shadow));
    for (const Intent& intent : state.intents) {
      for (const ColumnValue& cell : intent.cells) all.insert(cell.value);
    }
  }
  if (stage.coupling().agreed) {
    for (const Agreed& agreed : *stage.coupling().agreed) all.insert(agreed.value);
  }
  return all;
}

void is_deterministic(const Story& story) {
  Stage stage(story);
  stage.play();
  const Plan one = stage.plan();
  const Plan two = stage.plan();
  RC_ASSERT(text(one) == text(two));
  RC_ASSERT(one.next == two.next);
}

RC_GTEST_PROP(PlanProperties, TheSameInputGivesTheSamePlan, (const Story& story)) {
  is_deterministic(story);
}

RC_GTEST_PROP(AskingProperties, TheSameInputGivesTheSamePlan, (const AskingStory& asking)) {
  is_deterministic(asking.story);
}

RC_GTEST_PROP(PlanProperties, WhateverHappenedItComesToRestWithinThreeRounds, (const Story& story)) {
  Stage stage(story);
  stage.play();
  RC_ASSERT(stage.settle() <= 3);
}

RC_GTEST_PROP(PlanProperties, PlanningAgainAfterThePlanGivesNothing, (const Story& story)) {
  Stage stage(story);
  stage.play();
  const int rounds = stage.settle();
  RC_ASSERT(rounds <= Stage::rounds_max);
  const Plan plan = stage.plan();
  RC_ASSERT(plan.writes.empty());
  RC_ASSERT(plan.losers.empty());
  RC_ASSERT(!plan.changed);
}

RC_GTEST_PROP(PlanProperties, APlanWhoseWritesAreLostIsMadeAgain, (const Story& story)) {
  Stage stage(story);
  stage.play();
  const Plan first = stage.plan();
  Step lost;
  lost.kind = Step::Kind::round;
  lost.fates = {testing::Fate::request_lost, testing::Fate::request_lost};
  stage.play(lost);
  const Plan second = stage.plan();
  RC_ASSERT(second.writes.size() == first.writes.size());
  RC_ASSERT(second.losers.empty());
  RC_ASSERT(second.next.agreed == first.next.agreed);
}

RC_GTEST_PROP(PlanProperties, BothSidesAgreeInTheEnd, (const Story& story)) {
  Stage stage(story);
  stage.play();
  stage.settle();
  const std::optional<Row>& finops = stage.row(Side::finops);
  const std::optional<Row>& dataverse = stage.row(Side::dataverse);
  RC_ASSERT(finops.has_value() == dataverse.has_value());
  if (!finops) return;
  for (std::size_t column = 0; column < finops->size(); ++column) {
    if (story.policy.columns[column].direction == Direction::both) RC_ASSERT((*finops)[column] == (*dataverse)[column]);
  }
}

void is_symmetric(const Story& story) {
  Stage stage(story);
  Stage mirror(mirrored(story));
  stage.play();
  mirror.play();
  stage.settle();
  mirror.settle();
  for (const Side side : both_sides) RC_ASSERT(text(stage.row(side)) == text(mirror.row(other(side))));
  RC_ASSERT(stage.coupling().held == mirror.coupling().held);
  RC_ASSERT(stage.coupling().uncoupled == mirror.coupling().uncoupled);
}

RC_GTEST_PROP(PlanProperties, ExchangingTheSidesAndTheirPoliciesExchangesTheOutcome, (const Story& story)) {
  is_symmetric(story);
}

RC_GTEST_PROP(AskingProperties, ExchangingTheSidesAndTheirPoliciesExchangesTheOutcome, (const AskingStory& asking)) {
  is_symmetric(asking.story);
}

void invents_nothing(const Story& story) {
  Stage stage(story);
  stage.play();
  const std::set<Value> known = known_values(stage);
  const auto is_known = [&](const Value& value) { return known.contains(value); };
  const Plan plan = stage.plan();
  for (const PlannedWrite& write : plan.writes) {
    for (const ColumnValue& cell : write.cells) RC_ASSERT(is_known(cell.value));
  }
  for (const Loser& loser : plan.losers) RC_ASSERT(is_known(loser.lost) && is_known(loser.won));
  if (plan.next.agreed) {
    for (const Agreed& agreed : *plan.next.agreed) RC_ASSERT(is_known(agreed.value));
  }
  for (const Side side : both_sides) {
    for (const Value& value : values_of(plan.next.sides[side].shadow)) RC_ASSERT(is_known(value));
  }
}

RC_GTEST_PROP(PlanProperties, EveryValueThatComesOutWentIn, (const Story& story)) {
  invents_nothing(story);
}

RC_GTEST_PROP(AskingProperties, EveryValueThatComesOutWentIn, (const AskingStory& asking)) {
  invents_nothing(asking.story);
}

void disjoint_edits_commute(const Story& story) {
  Story two_way = story;
  for (ColumnPolicy& column : two_way.policy.columns) {
    column.direction = Direction::both;
    column.group = 0;  // columns of a group are one
  }
  two_way.counts_turns = false;
  Stage start(two_way);
  start.play();
  start.settle();
  const bool waits = !start.coupling().held.empty() || start.coupling().held_deletion;
  if (waits || !start.row(Side::finops) || !start.row(Side::dataverse)) return;
  // Each side edits columns of its own; then the other side's edits come a round later, or earlier.
  const auto edits_of = [&](Side side) {
    std::vector<Step> edits;
    for (std::size_t column = 0; column + 1 < two_way.policy.columns.size(); ++column) {
      Step edit;
      edit.side = side;
      edit.column = column;
      edit.typed = {static_cast<std::uint8_t>(story_values + column)};  // news: no write in doubt holds it
      const bool finops_owns = (column + static_cast<std::size_t>(story.grain)) % 2 == 0;
      if (finops_owns == (side == Side::finops)) edits.push_back(edit);
    }
    return edits;
  };
  Stage together = start;
  for (const Side side : both_sides) {
    for (const Step& edit : edits_of(side)) together.play(edit);
  }
  together.settle();
  for (const Side first : both_sides) {
    Stage one_by_one = start;
    for (const Side side : {first, other(first)}) {
      for (const Step& edit : edits_of(side)) one_by_one.play(edit);
      one_by_one.settle();
    }
    for (const Side side : both_sides) RC_ASSERT(text(one_by_one.row(side)) == text(together.row(side)));
  }
}

RC_GTEST_PROP(PlanProperties, EditsOfDifferentColumnsCommute, (const Story& story)) {
  disjoint_edits_commute(story);
}

RC_GTEST_PROP(AskingProperties, EditsOfDifferentColumnsCommute, (const AskingStory& asking)) {
  disjoint_edits_commute(asking.story);
}

RC_GTEST_PROP(AskingProperties, WhateverWaitsItComesToRestAndAsksOnce, (const AskingStory& asking)) {
  Stage stage(asking.story);
  stage.play();
  RC_ASSERT(stage.settle() <= Stage::rounds_max);
  const Plan plan = stage.plan();
  RC_ASSERT(plan.writes.empty());
  RC_ASSERT(plan.losers.empty());
  RC_ASSERT(!plan.asks);
  RC_ASSERT(!plan.changed);
}

RC_GTEST_PROP(AskingProperties, BothSidesAgreeInAllThatDoesNotWait, (const AskingStory& asking)) {
  Stage stage(asking.story);
  stage.play();
  stage.settle();
  const Coupling& coupling = stage.coupling();
  const std::optional<Row>& finops = stage.row(Side::finops);
  const std::optional<Row>& dataverse = stage.row(Side::dataverse);
  const bool alone = coupling.uncoupled || coupling.held_deletion.has_value();
  RC_ASSERT((finops.has_value() != dataverse.has_value()) == alone);
  if (alone || !finops) return;
  for (std::size_t column = 0; column < finops->size(); ++column) {
    const ColumnPolicy& rule = asking.story.policy.columns[column];
    if (rule.direction != Direction::both) continue;
    const bool held = std::ranges::find(coupling.held, column, &HeldColumn::column) != coupling.held.end();
    const bool equal = (*finops)[column] == (*dataverse)[column];
    if (!held) RC_ASSERT(equal);
    if (held && rule.group == 0) RC_ASSERT(!equal);
  }
}

RC_GTEST_PROP(AskingProperties, AChoiceEndsAllWaiting, (const AskingStory& asking)) {
  for (const Side winner : both_sides) {
    Stage stage(asking.story);
    stage.play();
    stage.settle();
    const PerSide<Observation> seen = stage.look();
    const Plan chosen = plan(Input{stage.coupling(), seen, asking.story.policy, std::nullopt, Instant{}, winner});
    RC_ASSERT(chosen.next.held.empty());
    RC_ASSERT(!chosen.next.held_deletion);
  }
}

}  // namespace
}  // namespace dualwrite::plan
