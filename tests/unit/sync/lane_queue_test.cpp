#include "sync/lane_queue.hpp"

#include <gtest/gtest.h>

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;

RecordKey key(const char* text) {
  return RecordKey(text);
}

Mark mark(Side side = Side::finops, CaptureSource source = CaptureSource::scan) {
  Mark made;
  made.map = MapId(1);
  made.side = side;
  made.source = source;
  return made;
}

SeenRow seen(std::uint64_t number) {
  SeenRow row;
  row.read_number = number;
  return row;
}

TEST(LaneQueue, FoldsTheMarksOfOneRecord) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), std::nullopt);
  lanes.add(key("a"), MarkSeq(2), mark(Side::dataverse), std::nullopt);
  auto taken = lanes.take(10, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].second.marks, (std::vector<MarkSeq>{MarkSeq(1), MarkSeq(2)}));
  EXPECT_TRUE(taken[0].second.dirty[Side::finops]);
  EXPECT_TRUE(taken[0].second.dirty[Side::dataverse]);
}

TEST(LaneQueue, NeverGivesOneRecordToTwoWorkers) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), std::nullopt);
  ASSERT_EQ(lanes.take(10, milliseconds(0)).size(), 1u);
  lanes.add(key("a"), MarkSeq(2), mark(), std::nullopt);
  EXPECT_TRUE(lanes.take(10, milliseconds(0)).empty());
  lanes.done(key("a"));
  auto again = lanes.take(10, milliseconds(0));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].second.marks, (std::vector<MarkSeq>{MarkSeq(2)}));
  lanes.done(key("a"));
  EXPECT_EQ(lanes.size(), 0u);
}

TEST(LaneQueue, DropsARowThatWasReadWhileTheLaneWasAtWork) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), std::nullopt);
  auto first = lanes.take(1, milliseconds(0));
  lanes.add(key("a"), MarkSeq(2), mark(), seen(5));
  lanes.done(key("a"));
  auto second = lanes.take(1, milliseconds(0));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_FALSE(second[0].second.seen[Side::finops]);
}

TEST(LaneQueue, AMarkAfterAReadRowMakesTheRowWorthless) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), seen(5));
  lanes.add(key("a"), MarkSeq(2), mark(), std::nullopt);
  EXPECT_FALSE(lanes.take(1, milliseconds(0))[0].second.seen[Side::finops]);
}

TEST(LaneQueue, KeepsMarksOfARoundWithoutAnEnd) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), std::nullopt);
  auto taken = lanes.take(1, milliseconds(0));
  lanes.add(key("a"), MarkSeq(2), mark(), std::nullopt);
  taken[0].second.attempts = 1;
  lanes.again(key("a"), std::move(taken[0].second), milliseconds(50));
  EXPECT_TRUE(lanes.take(1, milliseconds(49)).empty());
  EXPECT_EQ(lanes.next_due(), milliseconds(50));
  auto later = lanes.take(1, milliseconds(50));
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].second.marks, (std::vector<MarkSeq>{MarkSeq(1), MarkSeq(2)}));
}

TEST(LaneQueue, ReleasesAChildWhenItsParentArrivesAndNotBefore) {
  LaneQueue lanes;
  const RecordRef parent(MapId(2), key("usd"));
  lanes.add(key("child"), MarkSeq(1), mark(), std::nullopt);
  auto taken = lanes.take(1, milliseconds(0));
  lanes.park_on_parent(key("child"), std::move(taken[0].second), {parent}, milliseconds(1000));
  EXPECT_EQ(lanes.parked(), 1u);
  lanes.add(key("child"), MarkSeq(2), mark(), std::nullopt);
  EXPECT_TRUE(lanes.take(1, milliseconds(10)).empty());
  lanes.release(RecordRef(MapId(2), key("eur")));
  EXPECT_TRUE(lanes.take(1, milliseconds(10)).empty());
  lanes.release(parent);
  EXPECT_EQ(lanes.parked(), 0u);
  EXPECT_EQ(lanes.take(1, milliseconds(10)).size(), 1u);
}

TEST(LaneQueue, LetsTheNextMarkReleaseARecordThatWaitsForProof) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(Side::dataverse), std::nullopt);
  auto taken = lanes.take(1, milliseconds(0));
  lanes.park_for_proof(key("a"), std::move(taken[0].second), milliseconds(1000));
  EXPECT_TRUE(lanes.take(1, milliseconds(0)).empty());
  Mark deletion = mark(Side::finops);
  deletion.deleted = true;
  lanes.add(key("a"), MarkSeq(2), deletion, std::nullopt);
  auto released = lanes.take(1, milliseconds(0));
  ASSERT_EQ(released.size(), 1u);
  EXPECT_TRUE(released[0].second.deleted[Side::finops]);
  EXPECT_TRUE(released[0].second.dirty[Side::dataverse]);
}

TEST(LaneQueue, DoesNotCountADeletionThatWaitsForProof) {
  LaneQueue lanes;
  Mark deleted = mark();
  deleted.deleted = true;
  lanes.add(key("a"), MarkSeq(1), deleted, std::nullopt);
  EXPECT_EQ(lanes.deletions(), 1u);
  auto taken = lanes.take(1, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(lanes.is_deletion(key("a")));
  lanes.park_for_proof(key("a"), std::move(taken[0].second), milliseconds(1000));
  EXPECT_EQ(lanes.deletions(), 0u);
  EXPECT_TRUE(lanes.marked_deleted().empty());
  lanes.release_proofs();
  EXPECT_EQ(lanes.deletions(), 1u);
  ASSERT_EQ(lanes.take(1, milliseconds(0)).size(), 1u);
  lanes.done(key("a"));
  EXPECT_EQ(lanes.deletions(), 0u);
}

TEST(LaneQueue, KeepsTheProofOfADeletionWhenALateEventComesAfterIt) {
  LaneQueue lanes;
  Mark deletion = mark(Side::dataverse, CaptureSource::delta);
  deletion.deleted = true;
  lanes.add(key("a"), MarkSeq(1), deletion, std::nullopt);
  lanes.add(key("a"), MarkSeq(2), mark(Side::dataverse, CaptureSource::webhook), std::nullopt);
  EXPECT_TRUE(lanes.take(1, milliseconds(0))[0].second.deleted[Side::dataverse]);
}

TEST(LaneQueue, AsksByKeyWhenTwoMarksNameDifferentRows) {
  LaneQueue lanes;
  for (const char* guid : {"g1", "g2"}) {
    Mark named = mark(Side::dataverse, CaptureSource::webhook);
    named.endpoint_key = guid;
    lanes.add(key("a"), MarkSeq(1), named, std::nullopt);
  }
  EXPECT_TRUE(lanes.take(1, milliseconds(0))[0].second.ask_by_key);
}

TEST(LaneQueue, AWindowCoversBothObservations) {
  LaneQueue lanes;
  Mark first = mark();
  first.time = EditTime(Instant(milliseconds(10)), Instant(milliseconds(20)), TimeSource::window);
  Mark second = mark();
  second.time = EditTime(Instant(milliseconds(20)), Instant(milliseconds(30)), TimeSource::window);
  lanes.add(key("a"), MarkSeq(1), first, std::nullopt);
  lanes.add(key("a"), MarkSeq(2), second, std::nullopt);
  const EditTime time = lanes.take(1, milliseconds(0))[0].second.time[Side::finops];
  EXPECT_EQ(time.from, Instant(milliseconds(10)));
  EXPECT_EQ(time.to, Instant(milliseconds(30)));
}

TEST(LaneQueue, WaitsOnlyOnTheSideThatWasMarked) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(Side::dataverse), std::nullopt);
  EXPECT_TRUE(lanes.is_waiting(key("a"), Side::dataverse, false));
  EXPECT_FALSE(lanes.is_waiting(key("a"), Side::finops, false));
}

TEST(LaneQueue, CountsTheRecordsOfAnInitialSyncUntilTheyAreDone) {
  LaneQueue lanes;
  for (const char* name : {"a", "b"})
    lanes.add(key(name), MarkSeq(1), mark(Side::finops, CaptureSource::initial), seen(1));
  EXPECT_EQ(lanes.initial(), 2u);
  auto taken = lanes.take(2, milliseconds(0));
  EXPECT_EQ(lanes.initial(), 2u);
  lanes.again(key("a"), std::move(taken[0].second), milliseconds(0));
  EXPECT_EQ(lanes.initial(), 2u);
  lanes.done(key("b"));
  EXPECT_EQ(lanes.initial(), 1u);
  lanes.take(1, milliseconds(0));
  lanes.done(key("a"));
  EXPECT_EQ(lanes.initial(), 0u);
}

TEST(LaneQueue, PrefersABetterSourceOfTime) {
  LaneQueue lanes;
  Mark window = mark();
  window.time = EditTime(Instant(milliseconds(5)), Instant(milliseconds(90)), TimeSource::window);
  Mark event = mark(Side::finops, CaptureSource::posted);
  event.time = EditTime(Instant(milliseconds(40)), Instant(milliseconds(40)), TimeSource::event);
  lanes.add(key("a"), MarkSeq(1), event, std::nullopt);
  lanes.add(key("a"), MarkSeq(2), window, std::nullopt);
  EXPECT_EQ(lanes.take(1, milliseconds(0))[0].second.time[Side::finops].source, TimeSource::event);
}

TEST(LaneQueue, AClaimedRecordIsGivenToNobodyUntilItIsUnclaimed) {
  LaneQueue lanes;
  lanes.add(key("a"), MarkSeq(1), mark(), std::nullopt);
  ASSERT_TRUE(lanes.claim(key("a")));
  EXPECT_FALSE(lanes.claim(key("a")));
  EXPECT_TRUE(lanes.take(10, milliseconds(0)).empty());
  lanes.add(key("a"), MarkSeq(2), mark(Side::dataverse), std::nullopt);
  EXPECT_TRUE(lanes.take(10, milliseconds(0)).empty());
  lanes.unclaim(key("a"));
  auto taken = lanes.take(10, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].second.marks, (std::vector<MarkSeq>{MarkSeq(1), MarkSeq(2)})) << "nothing was lost";
}

TEST(LaneQueue, AClaimLeavesNothingBehind) {
  LaneQueue lanes;
  ASSERT_TRUE(lanes.claim(key("a")));
  lanes.unclaim(key("a"));
  EXPECT_EQ(lanes.size(), 0u);
  lanes.add(key("b"), MarkSeq(1), mark(), std::nullopt);
  ASSERT_EQ(lanes.take(1, milliseconds(0)).size(), 1u);
  EXPECT_FALSE(lanes.claim(key("b"))) << "somebody works on it";
  lanes.park_on_parent(key("b"), Dirt(), {}, milliseconds(100));
  EXPECT_TRUE(lanes.claim(key("b")));
  lanes.unclaim(key("b"));
}

TEST(LaneQueue, RemembersWhoseLaneWasToldUntilTheRowIsMarkedAgain) {
  LaneQueue lanes;
  lanes.add(key("d"), MarkSeq(1), mark(Side::dataverse), std::nullopt);
  auto taken = lanes.take(1, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  taken[0].second.told.emplace(key("f"), "v1");
  lanes.again(key("d"), std::move(taken[0].second), milliseconds(0));
  taken = lanes.take(1, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(taken[0].second.told);
  EXPECT_EQ(taken[0].second.told->token, "v1") << "a retry tells nobody anew";
  lanes.add(key("d"), MarkSeq(2), mark(Side::dataverse), std::nullopt);
  lanes.again(key("d"), std::move(taken[0].second), milliseconds(0));
  taken = lanes.take(1, milliseconds(0));
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(taken[0].second.told) << "that record is to be told if the row has become another's";
  EXPECT_EQ(taken[0].second.told->token, "");
}

}  // namespace
}  // namespace dualwrite::sync
