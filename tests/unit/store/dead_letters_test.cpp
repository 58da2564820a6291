#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::at;

DeadLetter letter_for(const std::string& key, Side side = Side::finops) {
  DeadLetter out;
  out.record = RecordRef(MapId(1), RecordKey(key));
  out.side = side;
  out.error_class = DeadLetterClass::refused;
  out.error = "Name is too long";
  out.hint = "shorten it";
  out.attempted = R"({"Name":"x"})";
  out.finops_row = R"({"Name":"y"})";
  out.first_at = at(1000);
  out.last_at = at(1000);
  return out;
}

class DeadLetters : public test::DatabaseTest {
 protected:
  void put(const DeadLetter& letter) {
    Transaction transaction;
    transaction.dead_letter(letter);
    commit(transaction);
  }
  void close(const std::string& key, Side side, DeadLetterState state, const std::string& by) {
    Transaction transaction;
    transaction.close_dead_letter(RecordRef(MapId(1), RecordKey(key)), side, state, by, at(9000));
    commit(transaction);
  }
  std::vector<DeadLetter> letters(const Filter& filter = {}) {
    auto read = reads().dead_letters(filter);
    if (!read) throw std::runtime_error(read.error().text());
    return std::move(*read);
  }
  std::int64_t open_count() { return database->counts(MapId(1)).dead_letters_open; }
};

TEST_F(DeadLetters, RoundTripAllTheyHold) {
  put(letter_for("a", Side::dataverse));
  reopen();

  const auto read = letters();
  ASSERT_EQ(read.size(), 1U);
  const DeadLetter expected = letter_for("a", Side::dataverse);
  EXPECT_EQ(read[0].record, expected.record);
  EXPECT_EQ(read[0].side, Side::dataverse);
  EXPECT_EQ(read[0].state, DeadLetterState::open);
  EXPECT_EQ(read[0].error_class, expected.error_class);
  EXPECT_EQ(read[0].error, expected.error);
  EXPECT_EQ(read[0].hint, expected.hint);
  EXPECT_EQ(read[0].attempted, expected.attempted);
  EXPECT_EQ(read[0].finops_row, expected.finops_row);
  EXPECT_EQ(read[0].dataverse_row, "");
  EXPECT_EQ(read[0].attempts, 1);
  EXPECT_EQ(read[0].first_at, at(1000));
  EXPECT_EQ(read[0].last_at, at(1000));
  EXPECT_EQ(read[0].closed_by, "");
  const auto one = reads().dead_letter(read[0].id);
  ASSERT_TRUE(one && *one);
  EXPECT_EQ((*one)->error, expected.error);
  EXPECT_EQ(reads().dead_letter(DeadLetterId(999)).value().has_value(), false);
}

TEST_F(DeadLetters, OfOneRecordAndSideAreOneWithNumberAndFirstTimeKept) {
  put(letter_for("a"));
  const DeadLetterId id = letters().at(0).id;
  DeadLetter again = letter_for("a");
  again.error = "still too long";
  again.error_class = DeadLetterClass::unsettled;
  again.finops_row.clear();
  again.first_at = at(5000);
  again.last_at = at(5000);
  put(again);
  put(letter_for("a", Side::dataverse));

  const auto read = letters();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].id, id);
  EXPECT_EQ(read[1].attempts, 2);
  EXPECT_EQ(read[1].error, "still too long");
  EXPECT_EQ(read[1].error_class, DeadLetterClass::unsettled);
  EXPECT_EQ(read[1].finops_row, "");
  EXPECT_EQ(read[1].first_at, at(1000));
  EXPECT_EQ(read[1].last_at, at(5000));
  EXPECT_EQ(open_count(), 2);
}

TEST_F(DeadLetters, CloseOnlyTheOpenOneOfThatRecordAndSide) {
  put(letter_for("a"));
  put(letter_for("a", Side::dataverse));
  put(letter_for("b"));
  close("a", Side::finops, DeadLetterState::resolved, "replayed");
  close("nowhere", Side::finops, DeadLetterState::resolved, "replayed");

  Filter closed;
  closed.state = DeadLetterState::resolved;
  const auto read = letters(closed);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].record.key.text(), "a");
  EXPECT_EQ(read[0].side, Side::finops);
  EXPECT_EQ(read[0].closed_by, "replayed");
  EXPECT_EQ(open_count(), 2);
}

TEST_F(DeadLetters, StartANewOneOnceTheOldOneIsClosed) {
  put(letter_for("a"));
  close("a", Side::finops, DeadLetterState::discarded, "not wanted");
  put(letter_for("a"));
  close("a", Side::finops, DeadLetterState::resolved, "converged");
  put(letter_for("a"));

  const auto read = letters();
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].state, DeadLetterState::open);
  EXPECT_EQ(read[0].attempts, 1);
  EXPECT_EQ(read[1].state, DeadLetterState::resolved);
  EXPECT_EQ(read[2].state, DeadLetterState::discarded);
  EXPECT_EQ(open_count(), 1);
}

TEST_F(DeadLetters, AreFilteredAndPagedNewestFirst) {
  for (int i = 0; i < 7; ++i) {
    DeadLetter letter = letter_for("k" + std::to_string(i));
    if (i % 2 == 1) letter.error_class = DeadLetterClass::missing_parent;
    put(letter);
  }
  close("k5", Side::finops, DeadLetterState::discarded, "x");

  Filter filter;
  filter.map = MapId(1);
  filter.state = DeadLetterState::open;
  filter.error_class = DeadLetterClass::missing_parent;
  filter.limit = 1;
  auto page = letters(filter);
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(page[0].record.key.text(), "k3");
  filter.before_id = page[0].id.value();
  page = letters(filter);
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(page[0].record.key.text(), "k1");

  Filter by_key;
  by_key.map = MapId(1);
  by_key.key = RecordKey("k2");
  EXPECT_EQ(letters(by_key).size(), 1U);
  by_key.map = MapId(2);
  EXPECT_EQ(letters(by_key).size(), 0U);
}

}  // namespace
}  // namespace dualwrite::store
