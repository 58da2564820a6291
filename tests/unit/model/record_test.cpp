#include "dualwrite/model/record.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

#include "dualwrite/model/change.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/edit_time.hpp"
#include "dualwrite/model/plan.hpp"
#include "dualwrite/model/policy.hpp"
#include "dualwrite/model/side.hpp"

namespace dualwrite {
namespace {

using std::chrono::milliseconds;

EditTime span(int from, int to) {
  return {Instant{milliseconds{from}}, Instant{milliseconds{to}}, TimeSource::stamp};
}

TEST(Side, HasAnOtherOne) {
  EXPECT_EQ(other(Side::finops), Side::dataverse);
  EXPECT_EQ(other(Side::dataverse), Side::finops);
  EXPECT_EQ(to_string(Side::finops), "finops");
}

TEST(Side, PerSideKeepsOneForEach) {
  PerSide<int> numbers(1, 2);
  numbers[Side::dataverse] = 5;

  EXPECT_EQ(numbers[Side::finops], 1);
  EXPECT_EQ(numbers, PerSide<int>(1, 5));
}

TEST(EditTime, IsBeforeAnotherOnlyIfTheyDoNotTouch) {
  EXPECT_TRUE(certainly_before(span(1, 2), span(3, 4)));
  EXPECT_FALSE(certainly_before(span(1, 3), span(3, 4)));
  EXPECT_FALSE(certainly_before(span(3, 4), span(1, 2)));
  EXPECT_FALSE(certainly_before(span(1, 1), span(1, 1)));
  EXPECT_FALSE(certainly_before(EditTime(), span(3, 4)));
  EXPECT_FALSE(certainly_before(span(3, 4), EditTime()));
}

TEST(Policy, DirectionSaysWhoseEditsCount) {
  EXPECT_TRUE(flows_from(Direction::both, Side::finops));
  EXPECT_TRUE(flows_from(Direction::both, Side::dataverse));
  EXPECT_TRUE(flows_from(Direction::to_dataverse, Side::finops));
  EXPECT_FALSE(flows_from(Direction::to_dataverse, Side::dataverse));
  EXPECT_FALSE(flows_from(Direction::to_finops, Side::finops));
  EXPECT_TRUE(flows_from(Direction::to_finops, Side::dataverse));
}

TEST(RecordRef, ComparesAndHashesByMapAndKey) {
  const RecordRef a(MapId{1}, RecordKey("usmf|us-001"));
  const RecordRef b(MapId{2}, RecordKey("usmf|us-001"));
  const std::unordered_set<RecordRef> set{a, b, a};

  EXPECT_EQ(set.size(), 2U);
  EXPECT_LT(a, b);
  EXPECT_TRUE(RecordRef().key.empty());
}

TEST(Coupling, ComparesDeeply) {
  Coupling a;
  a.record = RecordRef(MapId{1}, RecordKey("k"));
  a.agreed = std::vector<Agreed>{Agreed(Value::string("x"), span(1, 2), Side::finops)};
  a.sides[Side::finops].shadow = Row{Value::string("x")};
  Coupling b = a;

  EXPECT_EQ(a, b);
  b.sides[Side::finops].intents.emplace_back();
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace dualwrite
