#include "cli_fixture.hpp"

namespace dualwrite::test {
namespace {

using namespace dualwrite::app;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CliDeadLetters : public CliTest {};

TEST_F(CliDeadLetters, AreListedOpenOnesFirstOfAll) {
  const CliResult result = run({"dead-letters", "list"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_EQ(control.last_filter->state, store::DeadLetterState::open);
  EXPECT_EQ(result.out,
            "ID  MAP        KEY          SIDE       STATE  CLASS    TRIES  LAST TRY  ERROR\n"
            " 7  customers  usmf|us-001  dataverse  open   refused      2  95 s ago  the name is longer than 160 "
            "characters\n");

  EXPECT_EQ(run({"dead-letters", "list", "--class", "duplicate"}).out, "no dead letters\n");
  (void)run({"dead-letters", "list", "--state", "all"});
  EXPECT_EQ(control.last_filter->state, std::nullopt);
}

TEST_F(CliDeadLetters, AreShownWithWhatWasTriedBesideWhatEachSideHeld) {
  const CliResult result = run({"dead-letters", "show", "7"});

  EXPECT_THAT(result.out, HasSubstr("What to do   correct the value on either side; then replay\n"));
  EXPECT_THAT(result.out, HasSubstr("First        2026-01-02T03:00:30Z (3 min ago)\n"));
  EXPECT_THAT(result.out, HasSubstr("CreditLimit       12345678901234567890.10  12345678901234567890.10  null\n"));
}

TEST_F(CliDeadLetters, ReplaySaysWhatCameOfEach) {
  store::DeadLetter other = control.letters.front();
  other.id = store::DeadLetterId(5);
  control.letters.push_back(other);

  const CliResult result = run({"dead-letters", "replay", "7", "5"});

  EXPECT_EQ(result.status, exit_fine);
  EXPECT_EQ(result.out, "7 resolved\n5 resolved\n");
}

TEST_F(CliDeadLetters, ReplayThatIsRefusedAgainIsAFinding) {
  control.outcome = sync::ReplayOutcome::refused;

  const CliResult result = run({"dead-letters", "replay", "7", "8"});

  EXPECT_EQ(result.status, exit_findings);
  EXPECT_EQ(result.out, "7 refused\n");
  EXPECT_THAT(result.err, HasSubstr("there is no dead letter 8"));
  EXPECT_THAT(control.calls, ElementsAre("replay 7", "replay 8")) << "it goes on after a failure";
}

TEST_F(CliDeadLetters, ReplayOfAllTakesAFilter) {
  const CliResult result = run({"dead-letters", "replay", "--all", "--map", "customers", "--class", "refused"});

  EXPECT_EQ(result.out, "1 dead letters queued for replay\n");
  EXPECT_THAT(control.calls, ElementsAre("replay_all class=refused"));
}

TEST_F(CliDeadLetters, ReplayWantsEitherNumbersOrAll) {
  EXPECT_EQ(run({"dead-letters", "replay"}).status, exit_usage);
  EXPECT_EQ(run({"dead-letters", "replay", "7", "--all"}).status, exit_usage);
  EXPECT_EQ(run({"dead-letters", "replay", "7", "--map", "customers"}).status, exit_usage);
  EXPECT_THAT(control.calls, IsEmpty());
}

TEST_F(CliDeadLetters, ResolveNeedsTheSideThatCounts) {
  EXPECT_EQ(run({"dead-letters", "resolve", "7"}).status, exit_usage);
  EXPECT_EQ(run({"dead-letters", "resolve", "7", "--winner", "both"}).status, exit_usage);
  EXPECT_THAT(control.calls, IsEmpty());
  EXPECT_EQ(run({"dead-letters", "resolve", "7", "--winner", "dataverse"}).out, "7 resolved\n");
  EXPECT_THAT(control.calls, ElementsAre("resolve 7 dataverse"));
  control.outcome = sync::ReplayOutcome::refused;
  EXPECT_EQ(run({"dead-letters", "resolve", "7", "--winner", "finops"}).status, exit_findings);
}

TEST_F(CliDeadLetters, DiscardNeedsAReason) {
  EXPECT_EQ(run({"dead-letters", "discard", "7"}).status, exit_usage);
  EXPECT_EQ(run({"dead-letters", "discard", "7", "--reason", "test \"data\""}).out, "7 discarded\n");
  EXPECT_THAT(control.calls, ElementsAre("discard 7 test \"data\""));
}

TEST_F(CliDeadLetters, HaveKnownClassesAndNumbers) {
  const CliResult unknown = run({"dead-letters", "list", "--class", "refuse"});
  const CliResult word = run({"dead-letters", "show", "abc"});

  EXPECT_EQ(unknown.status, exit_usage);
  EXPECT_THAT(unknown.err,
              HasSubstr("error: --class: \"refuse\" is not refused, missing-parent, duplicate, unsettled, "
                        "unmappable, unreadable, key-changed, conflict or oscillation; did you mean refused?\n"));
  EXPECT_EQ(word.status, exit_usage);
  EXPECT_THAT(word.err, HasSubstr("error: ID: \"abc\" is not the number of a dead letter; `dualwrite dead-letters "
                                  "list` shows them\n"));
  EXPECT_EQ(run({"dead-letters", "show", "0"}).status, exit_usage);
}

}  // namespace
}  // namespace dualwrite::test
