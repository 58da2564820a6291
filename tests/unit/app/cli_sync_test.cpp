#include "cli_fixture.hpp"

namespace dualwrite::test {
namespace {

using namespace dualwrite::app;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CliSync : public CliTest {};

TEST_F(CliSync, StartBeginsAndReturns) {
  control.status_calls_until_done = 100;

  const CliResult result = run({"sync", "start", "vendors", "--master", "dataverse"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_THAT(result.out, HasSubstr("initial sync of vendors has begun"));
  EXPECT_THAT(control.calls, ElementsAre("initial_sync master=dataverse vendors"));
}

TEST_F(CliSync, WaitReturnsWhenItHasEnded) {
  control.status_calls_until_done = 3;

  const CliResult result = run({"sync", "start", "vendors", "--wait"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_THAT(result.out, HasSubstr("Initial sync    done\n"));
  EXPECT_THAT(result.err, IsEmpty()) << "no progress where there is no terminal";
  EXPECT_THAT(control.calls, ElementsAre("initial_sync master=finops vendors"));
}

TEST_F(CliSync, WaitDrawsProgressOnATerminal) {
  control.status_calls_until_done = 3;
  control.link.maps[1].initial_sync.settled = 500;

  const CliResult result = run({"sync", "start", "vendors", "--wait"}, true);

  EXPECT_THAT(result.err, HasSubstr("\r\x1b[K500 records settled, 0 rows read"));
  EXPECT_EQ(result.err.back(), '\n') << "the line is ended";
}

TEST_F(CliSync, WaitWithJsonPrintsTheLastStateOnly) {
  control.status_calls_until_done = 3;

  const CliResult result = run({"sync", "start", "vendors", "--wait", "--json"});

  EXPECT_EQ(nlohmann::json::parse(result.out).at("state"), "done") << "one document";
}

TEST_F(CliSync, DeadLettersAndFailuresAreFindings) {
  EXPECT_EQ(run({"sync", "status", "customers"}).status, exit_fine);

  control.link.maps[0].initial_sync.failed = 2;
  EXPECT_EQ(run({"sync", "status", "customers"}).status, exit_findings);

  control.link.maps[0].initial_sync.failed = 0;
  control.link.maps[0].initial_sync.state = sync::InitialSyncProgress::State::failed;
  control.link.maps[0].initial_sync.error = "the token was refused";
  const CliResult failed = run({"sync", "status", "customers"});
  EXPECT_EQ(failed.status, exit_findings);
  EXPECT_THAT(failed.out, HasSubstr("Failed because       the token was refused\n"));
}

TEST_F(CliSync, StatusShowsBothLegs) {
  EXPECT_THAT(run({"sync", "status", "customers"}).out, HasSubstr("Read from finops     1,200 rows, all of them\n"));
}

}  // namespace
}  // namespace dualwrite::test
