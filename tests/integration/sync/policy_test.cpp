// The policies that need a person, or that undo a deletion, end to end.
#include <gtest/gtest.h>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {
namespace {

constexpr const char* finops_row = "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true";

void name_is_manual(maps::TableMap& map) {
  for (maps::Column& column : map.columns) {
    if (column.name() == "OrganizationName") column.conflict = ConflictRule::manual;
  }
}

/// Both sides change the name while nothing is written.
Task<void> edit_both(Stage& stage) {
  co_await stage.add_customer("C1", "Before");
  co_await stage.synced("customers");
  auto paused = co_await stage.control().pause("customers");
  EXPECT_TRUE(paused);
  co_await stage.patch_dataverse("C1", R"({"name":"From dataverse","description":"memo"})");
  co_await stage.patch_finops("C1", R"({"OrganizationName":"From finops"})");
  auto resumed = co_await stage.control().resume("customers");
  EXPECT_TRUE(resumed);
}

/// F&O deletes the row while Dataverse edits it.
Task<void> delete_against_edit(Stage& stage) {
  co_await stage.add_customer("C1", "Before");
  co_await stage.add_customer("C2", "Beside");  // a company of which nothing is left is out of sight, not deleted
  co_await stage.synced("customers");
  auto paused = co_await stage.control().pause("customers");
  EXPECT_TRUE(paused);
  auto gone = co_await stage.finops().send("DELETE", finops_row);
  EXPECT_EQ(gone.status, 204);
  co_await stage.patch_dataverse("C1", R"({"name":"Edited"})");
  auto resumed = co_await stage.control().resume("customers");
  EXPECT_TRUE(resumed);
}

TEST(Policies, AManualConflictKeepsBothValuesUntilAPersonChooses) {
  play_with(name_is_manual, [](Stage& stage) -> Task<void> {
    co_await edit_both(stage);
    auto letter = co_await stage.open_letter(store::DeadLetterClass::conflict);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_NE(letter->attempted.find("From finops"), std::string::npos) << letter->attempted;
    EXPECT_NE(letter->attempted.find("From dataverse"), std::string::npos);
    const bool memo = co_await stage.until([&]() -> Task<bool> {
      auto row = co_await stage.finops_customer("C1");
      co_return row && row->find("SalesMemo")->text() == "memo";
    });
    EXPECT_TRUE(memo) << "the other columns go on";
    co_await stage.quiet("customers");
    std::string finops = co_await stage.finops_name("C1");
    std::string dataverse = co_await stage.dataverse_name("C1");
    EXPECT_EQ(finops, "From finops");
    EXPECT_EQ(dataverse, "From dataverse");
    auto replayed = co_await stage.control().replay(letter->id);
    EXPECT_TRUE(replayed);
    if (replayed) EXPECT_EQ(*replayed, sync::ReplayOutcome::refused) << "a replay decides nothing";

    co_await stage.stop_engine();
    co_await stage.start_engine();
    auto resolved = co_await stage.control().resolve(letter->id, Side::dataverse);
    EXPECT_TRUE(resolved);
    if (resolved) EXPECT_EQ(*resolved, sync::ReplayOutcome::resolved);
    finops = co_await stage.finops_name("C1");
    EXPECT_EQ(finops, "From dataverse");
    auto closed = co_await stage.control().dead_letter(letter->id);
    EXPECT_TRUE(closed);
    if (closed) EXPECT_EQ(closed->closed_by, "chosen");
    store::Filter filter;
    filter.kind = store::JournalKind::lost;
    auto lost = co_await stage.control().journal(filter);
    EXPECT_TRUE(lost);
    if (!lost) co_return;
    EXPECT_EQ(lost->size(), 1u);
    EXPECT_EQ(lost->front().rule, "manual");
  });
}

TEST(Policies, AManualConflictClosesWhenTheSidesBecomeEqual) {
  play_with(name_is_manual, [](Stage& stage) -> Task<void> {
    co_await edit_both(stage);
    auto letter = co_await stage.open_letter(store::DeadLetterClass::conflict);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    co_await stage.patch_dataverse("C1", R"({"name":"From finops"})");
    const bool closed = co_await stage.until([&]() -> Task<bool> {
      auto now = co_await stage.control().dead_letter(letter->id);
      co_return now && now->state == store::DeadLetterState::resolved;
    });
    EXPECT_TRUE(closed);
    co_await stage.patch_finops("C1", R"({"OrganizationName":"Later"})");
    const bool there = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.dataverse_name("C1");
      co_return name == "Later";
    });
    EXPECT_TRUE(there) << "the column is synchronised again";
  });
}

TEST(Policies, OnlyWhatWaitsForAChoiceCanBeResolved) {
  play([](Stage& stage) -> Task<void> {
    co_await stage.add_customer("C1", "Before");
    co_await stage.synced("customers");
    co_await stage.patch_dataverse("C1", R"({"name":")" + std::string(150, 'x') + R"("})");
    auto letter = co_await stage.open_letter(store::DeadLetterClass::refused);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    auto resolved = co_await stage.control().resolve(letter->id, Side::finops);
    EXPECT_FALSE(resolved);
  });
}

TEST(Policies, AnEditRestoresARowThatItsDeleterHadNotSeenEdited) {
  const auto restoring = [](maps::TableMap& map) { map.deletion = DeletePolicy::edit_restores; };
  play_with(restoring, [](Stage& stage) -> Task<void> {
    co_await delete_against_edit(stage);
    const bool restored = co_await stage.until([&]() -> Task<bool> {
      const std::string name = co_await stage.finops_name("C1");
      co_return name == "Edited";
    });
    EXPECT_TRUE(restored);
    auto report = co_await stage.control().explain("customers", "usmf|C1");
    EXPECT_TRUE(report);
    if (!report) co_return;
    EXPECT_EQ(report->incarnation, 1u);
    bool recorded = false;
    for (const store::JournalEntry& entry : report->journal) {
      recorded = recorded || (entry.kind == store::JournalKind::lost && entry.rule == "edit-restores" &&
                              entry.column.empty() && entry.side == Side::finops);
    }
    EXPECT_TRUE(recorded);
  });
}

TEST(Policies, AnUncoupledRowStaysAndIsNotCreatedAgain) {
  const auto uncoupling = [](maps::TableMap& map) { map.deletion = DeletePolicy::uncouple; };
  play_with(uncoupling, [](Stage& stage) -> Task<void> {
    co_await delete_against_edit(stage);
    const bool uncoupled = co_await stage.until([&]() -> Task<bool> {
      auto report = co_await stage.control().explain("customers", "usmf|C1");
      co_return report && report->state == "uncoupled";
    });
    EXPECT_TRUE(uncoupled);
    co_await stage.patch_dataverse("C1", R"({"name":"On its own"})");
    co_await stage.quiet("customers");
    auto row = co_await stage.finops_customer("C1");
    EXPECT_FALSE(row);
    const std::string name = co_await stage.dataverse_name("C1");
    EXPECT_EQ(name, "On its own");
    co_await stage.add_customer("C1", "Created again");
    const bool coupled = co_await stage.until([&]() -> Task<bool> {
      auto report = co_await stage.control().explain("customers", "usmf|C1");
      co_return report && report->state == "coupled";
    });
    EXPECT_TRUE(coupled);
  });
}

TEST(Policies, AContestedDeletionWaitsForAPersonUnderManual) {
  const auto asking = [](maps::TableMap& map) { map.deletion = DeletePolicy::manual; };
  play_with(asking, [](Stage& stage) -> Task<void> {
    co_await delete_against_edit(stage);
    auto letter = co_await stage.open_letter(store::DeadLetterClass::conflict);
    EXPECT_TRUE(letter);
    if (!letter) co_return;
    EXPECT_NE(letter->error.find("deleted in finops"), std::string::npos) << letter->error;
    co_await stage.quiet("customers");
    const std::string name = co_await stage.dataverse_name("C1");
    EXPECT_EQ(name, "Edited") << "nothing is written meanwhile";
    auto still = co_await stage.control().dead_letter(letter->id);
    EXPECT_TRUE(still);
    if (still) EXPECT_EQ(still->attempts, 1) << "scans that see nothing new ask nothing again";
    auto resolved = co_await stage.control().resolve(letter->id, Side::finops);
    EXPECT_TRUE(resolved);
    if (resolved) EXPECT_EQ(*resolved, sync::ReplayOutcome::resolved);
    auto row = co_await stage.dataverse_customer("C1");
    EXPECT_FALSE(row);
  });
}

}  // namespace
}  // namespace dualwrite::test
