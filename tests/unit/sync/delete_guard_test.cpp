#include "sync/delete_guard.hpp"

#include <gtest/gtest.h>

namespace dualwrite::sync {
namespace {

using std::chrono::milliseconds;
using Verdict = DeleteGuard::Verdict;

constexpr milliseconds now{0};

std::vector<RecordKey> keys(int from, int to) {
  std::vector<RecordKey> made;
  for (int number = from; number < to; ++number) made.emplace_back(std::to_string(number));
  return made;
}

bool none_marked(const RecordKey&) {
  return false;
}

TEST(DeleteGuard, LetsAFewGoAndCountsThemWithinTheWindow) {
  DeleteGuard guard;
  EXPECT_EQ(guard.judge(keys(0, 15), 15, 20, now), Verdict::send);
  EXPECT_EQ(guard.judge(keys(0, 15), 15, 20, now), Verdict::send) << "a repeated one counts once";
  for (const RecordKey& key : keys(0, 15)) guard.settled(key);
  EXPECT_EQ(guard.judge(keys(15, 18), 3, 20, now), Verdict::send);
  EXPECT_EQ(guard.judge(keys(18, 25), 10, 20, now), Verdict::hold);
  EXPECT_EQ(guard.counted(), 25U);
}

TEST(DeleteGuard, ForgetsWhatWasSentBeforeTheWindow) {
  DeleteGuard guard;
  EXPECT_EQ(guard.judge(keys(0, 15), 15, 20, now), Verdict::send);
  const milliseconds later = DeleteGuard::window + milliseconds(1);
  EXPECT_EQ(guard.judge(keys(15, 30), 15, 20, later), Verdict::send);
}

TEST(DeleteGuard, LooksAtEveryMarkedRecordBeforeTheFirstIsSent) {
  DeleteGuard guard;
  EXPECT_EQ(guard.judge(keys(0, 10), 40, 20, now), Verdict::wait);
  EXPECT_EQ(guard.judge(keys(10, 20), 40, 20, now), Verdict::wait);
  // The other twenty marks were nothing: echoes, or rows that are there.
  EXPECT_EQ(guard.judge(keys(0, 20), 20, 20, now), Verdict::send);
}

TEST(DeleteGuard, ApprovesExactlyWhatWasHeldFirst) {
  DeleteGuard guard;
  EXPECT_EQ(guard.judge(keys(0, 30), 30, 20, now), Verdict::hold);
  guard.hold(guard.waiting(), std::nullopt);
  guard.hold({RecordKey("late")}, std::nullopt);
  EXPECT_EQ(guard.approve_held(), 30U);
  EXPECT_TRUE(guard.is_approved(RecordKey("29")));
  EXPECT_FALSE(guard.is_approved(RecordKey("late")));
  guard.settled(RecordKey("29"));
  EXPECT_FALSE(guard.is_approved(RecordKey("29")));
}

TEST(DeleteGuard, ApprovalsOfMissingRowsLastForTwoScansOfTheirSide) {
  DeleteGuard guard;
  guard.hold({RecordKey("a")}, Side::finops);
  guard.approve_held();
  EXPECT_TRUE(guard.approved(Side::dataverse).empty());
  guard.scan_done(guard.approved(Side::finops), none_marked);
  EXPECT_TRUE(guard.approved(Side::finops).contains(RecordKey("a")));
  guard.scan_done(guard.approved(Side::finops), none_marked);
  EXPECT_TRUE(guard.approved(Side::finops).empty());
  EXPECT_FALSE(guard.is_approved(RecordKey("a")));
}

TEST(DeleteGuard, AnApprovalThatScansHaveConfirmedLastsUntilTheRecordEnds) {
  DeleteGuard guard;
  guard.hold({RecordKey("a"), RecordKey("b")}, Side::finops);
  guard.approve_held();
  guard.scan_done(guard.approved(Side::finops), none_marked);
  const DeleteGuard::Among marked = [](const RecordKey& key) { return key == RecordKey("a"); };
  guard.scan_done(guard.approved(Side::finops), marked);
  EXPECT_FALSE(guard.is_approved(RecordKey("b")));
  for (int scan = 0; scan < 3; ++scan) {
    EXPECT_TRUE(guard.is_approved(RecordKey("a"))) << "its deletion is still to be sent";
    EXPECT_TRUE(guard.approved(Side::finops).contains(RecordKey("a"))) << "it does not count as missing anew";
    guard.scan_done(guard.approved(Side::finops), none_marked);
  }
  guard.settled(RecordKey("a"));
  EXPECT_FALSE(guard.is_approved(RecordKey("a")));
}

TEST(DeleteGuard, AScanThatBeganBeforeAnApprovalDoesNotUseItUp) {
  DeleteGuard guard;
  guard.hold({RecordKey("a")}, Side::finops);
  const capture::RecordKeys before = guard.approved(Side::finops);
  guard.approve_held();
  for (int scan = 0; scan < 3; ++scan) guard.scan_done(before, none_marked);
  EXPECT_TRUE(guard.is_approved(RecordKey("a")));
}

TEST(DeleteGuard, WhatComesToItsEndWhileItIsHeldIsNotApproved) {
  DeleteGuard guard;
  guard.hold({RecordKey("a"), RecordKey("b")}, std::nullopt);
  guard.settled(RecordKey("a"));
  EXPECT_EQ(guard.approve_held(), 1U);
  EXPECT_FALSE(guard.is_approved(RecordKey("a")));
  EXPECT_TRUE(guard.is_approved(RecordKey("b")));
}

TEST(DeleteGuard, AHoldThatIsLeftWithoutApprovalLeavesNothingToApprove) {
  DeleteGuard guard;
  guard.hold({RecordKey("a")}, Side::finops);
  guard.drop_held();
  EXPECT_FALSE(guard.holds());
  EXPECT_EQ(guard.approve_held(), 0U);
  EXPECT_FALSE(guard.is_approved(RecordKey("a")));
}

TEST(DeleteGuard, CountsOnlyThoseApprovalsWhoseRecordsAreMarked) {
  DeleteGuard guard;
  guard.hold({RecordKey("a"), RecordKey("b")}, Side::finops);
  guard.approve_held();
  EXPECT_EQ(guard.count_approved(none_marked), 0U);
  EXPECT_EQ(guard.count_approved([](const RecordKey& key) { return key == RecordKey("a"); }), 1U);
}

TEST(DeleteGuard, ApprovalsDoNotHideMarkedRecordsThatNobodyHasLookedAt) {
  DeleteGuard guard;
  capture::RecordKeys approved;
  for (const RecordKey& key : keys(100, 130)) approved.insert(key);
  guard.hold(approved, Side::finops);
  guard.approve_held();
  EXPECT_EQ(guard.judge(keys(0, 10), 40, 20, now), Verdict::wait);
}

TEST(DeleteGuard, WhatTurnsOutUnprovenIsNoLongerCountedAsJudged) {
  DeleteGuard guard;
  EXPECT_EQ(guard.judge(keys(0, 10), 40, 20, now), Verdict::wait);
  for (const RecordKey& key : keys(0, 10)) guard.unproven(key);
  EXPECT_TRUE(guard.waiting().empty());
  EXPECT_EQ(guard.judge(keys(10, 20), 30, 20, now), Verdict::wait);
  EXPECT_EQ(guard.judge(keys(10, 20), 10, 20, now), Verdict::send);
}

TEST(DeleteGuard, ACompanyIsApprovedOnlyIfItIsOutOfSight) {
  DeleteGuard guard;
  capture::HiddenCompany hidden;
  hidden.company = "ussi";
  hidden.records = {RecordKey("ussi|1")};
  guard.set_hidden(Side::finops, {hidden});
  EXPECT_TRUE(guard.hidden_in("usmf")[Side::finops].empty());
  EXPECT_TRUE(guard.hidden_in("ussi")[Side::dataverse].empty());
  guard.approve_rows(Side::finops, guard.hidden_in("ussi")[Side::finops]);
  EXPECT_TRUE(guard.approved(Side::finops).contains(RecordKey("ussi|1")));
}

}  // namespace
}  // namespace dualwrite::sync
