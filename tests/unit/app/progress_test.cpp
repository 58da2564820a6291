#include "app/progress.hpp"

#include <gtest/gtest.h>

namespace dualwrite::app {
namespace {

using std::chrono::milliseconds;

TEST(Progress, ShowsBarRateAndTimeLeftWhenTheTotalIsKnown) {
  SyncProgress progress;
  progress.read = 24000;
  progress.read_to_end = true;
  progress.settled = 12000;
  progress.pending = 12000;

  EXPECT_EQ(progress_line(progress, 2000, milliseconds(5000)),
            "[##########..........] 50 %, 12,000 of 24,000 records, 2,000/s, 0:06 left");
}

TEST(Progress, ShowsNoBarWhileRowsAreStillRead) {
  SyncProgress progress;
  progress.read = 5000;
  progress.settled = 1000;
  progress.pending = 4000;
  progress.failed = 3;

  EXPECT_EQ(progress_line(progress, 0, milliseconds(2000)),
            "1,000 records settled, 5,000 rows read, 3 dead letters, 500/s");
}

TEST(Progress, GivesNoRateAndNoTimeLeftWithoutTimeOrMovement) {
  SyncProgress progress;
  progress.read_to_end = true;
  progress.settled = 1;
  progress.pending = 1;

  EXPECT_EQ(progress_line(progress, 1, milliseconds(0)), "[##########..........] 50 %, 1 of 2 records");
  EXPECT_EQ(progress_line(progress, 1, milliseconds(1000)), "[##########..........] 50 %, 1 of 2 records, 0/s");
}

}  // namespace
}  // namespace dualwrite::app
