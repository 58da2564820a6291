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
  guard.hold({});
  guard.hold({RecordKey("late")});
  EXPECT_EQ(guard.approve_held(), 30U);
  EXPECT_TRUE(guard.is_approved(RecordKey("29")));
  EXPECT_FALSE(guard.is_approved(RecordKey("late")));
  guard.settled(RecordKey("29"));
  EXPECT_FALSE(guard.is_approved(RecordKey("29")));
}

TEST(DeleteGuard, ApprovalsOfMissingRowsLastForTwoScansOfTheirSide) {
  DeleteGuard guard;
  guard.hold_rows(Side::finops, {RecordKey("a")});
  guard.approve_held();
  EXPECT_TRUE(guard.approved(Side::dataverse).empty());
  guard.scan_done(Side::finops);
  EXPECT_TRUE(guard.approved(Side::finops).contains(RecordKey("a")));
  guard.scan_done(Side::finops);
  EXPECT_TRUE(guard.approved(Side::finops).empty());
  EXPECT_TRUE(guard.is_approved(RecordKey("a"))) << "what the second scan marked is still to be sent";
  guard.scan_done(Side::finops);
  EXPECT_FALSE(guard.is_approved(RecordKey("a")));
}

TEST(DeleteGuard, ACompanyIsApprovedOnlyIfItIsOutOfSight) {
  DeleteGuard guard;
  capture::HiddenCompany hidden;
  hidden.company = "ussi";
  hidden.records = {RecordKey("ussi|1")};
  guard.set_hidden(Side::finops, {hidden});
  EXPECT_EQ(guard.approve_company("usmf"), 0U);
  EXPECT_EQ(guard.approve_company("ussi"), 1U);
  EXPECT_TRUE(guard.approved(Side::finops).contains(RecordKey("ussi|1")));
}

}  // namespace
}  // namespace dualwrite::sync
