#include "demo/accounting.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace dualwrite::demo {
namespace {

constexpr const char* key = "usmf|c1";
constexpr const char* name_column = "OrganizationName";

Instant at(int seconds) {
  return Instant(std::chrono::seconds(1'800'000'000 + seconds));
}

/// One customer, c1, named "old" on both sides before and after; the tests plant what happened to it.
class Accounting : public ::testing::Test {
 protected:
  Accounting() {
    evidence_.maps = {customer_map()};
    for (const Side side : both_sides) {
      evidence_.baseline["customers"][side].rows[key] = customer("c1", "old", "Oslo");
      evidence_.last["customers"][side].rows[key] = customer("c1", "old", "Oslo");
    }
  }

  Edit& edit(Side side, const std::string& to, int second, EditKind kind = EditKind::update) {
    Edit edit;
    edit.kind = kind;
    edit.side = side;
    edit.map = "customers";
    edit.key = key;
    edit.column = name_column;
    edit.from = "old";
    edit.to = to;
    edit.before = at(second);
    edit.after = at(second + 1);
    edit.acknowledged = true;
    evidence_.edits.push_back(edit);
    return evidence_.edits.back();
  }

  void final_name(const std::string& finops, const std::string& dataverse) {
    evidence_.last["customers"][Side::finops].rows[key] = customer("c1", finops, "Oslo");
    evidence_.last["customers"][Side::dataverse].rows[key] = customer("c1", dataverse, "Oslo");
  }

  void final_gone() {
    for (const Side side : both_sides) evidence_.last["customers"][side].rows.erase(key);
  }

  void loser(Side side, const std::string& lost, const std::string& won) {
    evidence_.losers.push_back({"customers", key, name_column, side, lost, won, "newest-wins"});
  }

  void written(Side target, const std::string& to, int second) {
    evidence_.writes[{"customers", key}].push_back({target, name_column, to, at(second)});
  }

  void expect_clean() {
    const Account result = account(evidence_);
    EXPECT_TRUE(result.unaccounted.empty()) << result.unaccounted.front().what;
    EXPECT_TRUE(result.phantoms.empty()) << result.phantoms.front().what;
  }

  void expect_unaccounted(std::size_t count) { EXPECT_EQ(account(evidence_).unaccounted.size(), count); }

  Evidence evidence_;
};

TEST_F(Accounting, AcceptsAnEditThatIsFinalOnBothSides) {
  edit(Side::finops, "new", 0);
  final_name("new", "new");

  expect_clean();
  EXPECT_EQ(account(evidence_).survived, 1u);
}

TEST_F(Accounting, FindsALostEdit) {
  edit(Side::finops, "new", 0);

  expect_unaccounted(1);
}

TEST_F(Accounting, FindsAnEditThatReachedOnlyOneSide) {
  edit(Side::finops, "new", 0);
  final_name("new", "old");

  expect_unaccounted(1);
}

TEST_F(Accounting, AcceptsAJournalledLoserWhoseWinnerStands) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "d", 0);
  final_name("d", "d");
  loser(Side::finops, "f", "d");

  expect_clean();
  EXPECT_EQ(account(evidence_).lost, 1u);
}

TEST_F(Accounting, FindsALoserThatTheJournalDoesNotName) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "d", 0);
  final_name("d", "d");
  expect_unaccounted(1);

  loser(Side::dataverse, "f", "d");  // the wrong side
  loser(Side::finops, "g", "d");     // another value
  loser(Side::finops, "f", "e");     // lost to something else
  expect_unaccounted(1);
}

TEST_F(Accounting, FindsAnEditThatWasDroppedWithAJournalLineButWithoutARival) {
  edit(Side::finops, "new", 0);
  loser(Side::finops, "new", "old");

  expect_unaccounted(1);
}

TEST_F(Accounting, FindsTwoRivalsThatBothLost) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "d", 0);
  loser(Side::finops, "f", "d");
  loser(Side::dataverse, "d", "f");

  expect_unaccounted(2);
}

TEST_F(Accounting, AcceptsAnOverwriteByASideThatHadSeenTheValue) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "d", 10);
  final_name("d", "d");
  written(Side::dataverse, "f", 3);

  expect_clean();
  EXPECT_EQ(account(evidence_).overwritten, 1u);
}

TEST_F(Accounting, RefusesAnOverwriteThatWasWrittenTooLateOrToTheWrongSide) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "d", 10);
  final_name("d", "d");
  written(Side::dataverse, "f", 60);
  written(Side::finops, "f", 3);

  expect_unaccounted(1);
}

TEST_F(Accounting, FindsAWrongWinnerOfAnOrderedConflict) {
  edit(Side::finops, "earlier", 0).expected = Expectation::must_lose;
  edit(Side::dataverse, "later", 5).expected = Expectation::must_win;
  final_name("earlier", "earlier");
  loser(Side::dataverse, "later", "earlier");

  expect_unaccounted(2);
}

TEST_F(Accounting, AcceptsTheRightWinnerOfAnOrderedConflict) {
  edit(Side::finops, "earlier", 0).expected = Expectation::must_lose;
  edit(Side::dataverse, "later", 5).expected = Expectation::must_win;
  final_name("later", "later");
  loser(Side::finops, "earlier", "later");

  expect_clean();
}

TEST_F(Accounting, WantsAJournalLineForTheLoserOfAnOrderedConflict) {
  edit(Side::finops, "earlier", 0).expected = Expectation::must_lose;
  edit(Side::dataverse, "later", 5).expected = Expectation::must_win;
  final_name("later", "later");
  written(Side::dataverse, "earlier", 2);  // impossible while the map is paused

  expect_unaccounted(1);
}

TEST_F(Accounting, AcceptsAnEditBeforeADeleteOfTheSameSide) {
  edit(Side::finops, "new", 0);
  edit(Side::finops, "", 5, EditKind::remove);
  final_gone();

  expect_clean();
  EXPECT_EQ(account(evidence_).deleted, 2u);
}

TEST_F(Accounting, FindsAnEditThatWentDownSilentlyWithADeleteOfTheOtherSide) {
  edit(Side::finops, "new", 0);
  edit(Side::dataverse, "", 0, EditKind::remove);
  final_gone();
  expect_unaccounted(1);

  loser(Side::finops, "new", "");
  expect_clean();
}

TEST_F(Accounting, AcceptsAnEditThatTheDeleterHadSeen) {
  edit(Side::finops, "new", 0);
  edit(Side::dataverse, "", 5, EditKind::remove);
  final_gone();
  written(Side::dataverse, "new", 2);

  expect_clean();
}

TEST_F(Accounting, FindsADeleteThatCameBack) {
  edit(Side::finops, "", 0, EditKind::remove);

  expect_unaccounted(1);
}

TEST_F(Accounting, FindsADeleteOnOneSideOnly) {
  edit(Side::finops, "", 0, EditKind::remove);
  evidence_.last["customers"][Side::finops].rows.erase(key);

  expect_unaccounted(1);
}

TEST_F(Accounting, FindsARecordThatNobodyDeleted) {
  edit(Side::finops, "new", 0);
  final_gone();

  const Account result = account(evidence_);
  EXPECT_EQ(result.unaccounted.size(), 1u);
  EXPECT_EQ(result.phantoms.size(), 2u);  // gone from each side
}

TEST_F(Accounting, FindsAValueThatNobodyWrote) {
  final_name("ghost", "ghost");

  EXPECT_EQ(account(evidence_).phantoms.size(), 2u);
}

TEST_F(Accounting, FindsARowThatNobodyCreated) {
  evidence_.last["customers"][Side::dataverse].rows["usmf|c9"] = customer("c9", "ghost");

  EXPECT_EQ(account(evidence_).phantoms.size(), 1u);
}

TEST_F(Accounting, WantsACreatedRowOnBothSidesAsItWasGiven) {
  Edit& created = edit(Side::dataverse, "", 0, EditKind::create);
  created.key = "usmf|c2";
  created.values = {{name_column, "fresh"}};
  expect_unaccounted(1);

  for (const Side side : both_sides) evidence_.last["customers"][side].rows["usmf|c2"] = customer("c2", "fresh");
  expect_clean();

  evidence_.last["customers"][Side::finops].rows["usmf|c2"] = customer("c2", "stale");
  expect_unaccounted(1);
}

TEST_F(Accounting, LetsAnEditInDoubtTakeEffectOrNot) {
  edit(Side::finops, "maybe", 0).acknowledged = false;
  expect_clean();

  final_name("maybe", "maybe");
  expect_clean();
}

TEST_F(Accounting, CountsAnEditInDoubtAsARival) {
  edit(Side::finops, "f", 0);
  edit(Side::dataverse, "maybe", 0).acknowledged = false;
  final_name("maybe", "maybe");
  loser(Side::finops, "f", "maybe");

  expect_clean();
}

}  // namespace
}  // namespace dualwrite::demo
