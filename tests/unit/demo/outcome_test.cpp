#include "demo/outcome.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dualwrite::demo {
namespace {

RunOutcome good() {
  RunOutcome outcome;
  outcome.conflicts = 3;
  outcome.dead_letters_replayed = 1;
  outcome.rows = 100;
  outcome.initial_sync_seconds = 2;
  return outcome;
}

TEST(Outcome, IsFineOnlyIfEverythingHolds) {
  EXPECT_TRUE(good().fine());
  for (auto RunOutcome::* member : {&RunOutcome::differences, &RunOutcome::edits_unaccounted, &RunOutcome::phantoms,
                                    &RunOutcome::dead_letters_open}) {
    RunOutcome outcome = good();
    outcome.*member = 1;
    EXPECT_FALSE(outcome.fine());
  }
  for (auto RunOutcome::* member : {&RunOutcome::conflicts, &RunOutcome::dead_letters_replayed}) {
    RunOutcome outcome = good();
    outcome.*member = 0;
    EXPECT_FALSE(outcome.fine());
  }
}

TEST(Outcome, OfARunThatBrokeOffIsNeverFine) {
  RunOutcome outcome = good();
  outcome.error = "the daemon ended";
  EXPECT_FALSE(outcome.fine());
  EXPECT_EQ(nlohmann::json::parse(to_json(outcome)).at("error"), "the daemon ended");
}

TEST(Outcome, TellsItInOneJsonLine) {
  const std::string text = to_json(good());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("rowsPerSecond"), 50);
  EXPECT_EQ(json.at("ok"), true);
  for (const char* name :
       {"rows", "finopsToDataverse", "dataverseToFinops", "conflicts", "deadLettersReplayed", "echoesSuppressed",
        "apiCalls", "differences", "editsUnaccounted", "editsAcknowledged", "deletes", "seconds", "seed"}) {
    EXPECT_TRUE(json.contains(name)) << name;
  }
}

}  // namespace
}  // namespace dualwrite::demo
