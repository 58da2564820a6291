#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::plain_mark;

class Marks : public test::DatabaseTest {
 protected:
  MarkSeq add(const std::string& key) {
    Transaction transaction;
    transaction.mark(plain_mark(MapId(1), key));
    return commit(transaction).marks.at(0);
  }
  std::vector<std::string> keys(MarkSeq after = {}, std::size_t limit = 100) {
    std::vector<std::string> out;
    const auto pending = reads().marks_after(after, limit);
    if (!pending) throw std::runtime_error(pending.error().text());
    for (const PendingMark& one : *pending) out.push_back(one.mark.key.text());
    return out;
  }
};

TEST_F(Marks, RoundTripWithAllTheyHold) {
  test::Generator generator(11);
  std::vector<Mark> expected;
  Transaction transaction;
  for (int i = 0; i < 200; ++i) {
    Mark mark;
    mark.map = MapId(static_cast<std::int32_t>(generator.below(3)));
    mark.side = generator.side();
    mark.source = static_cast<CaptureSource>(generator.below(7));
    mark.key = RecordKey(generator.text());
    mark.endpoint_key = generator.text();
    mark.time = generator.edit_time();
    mark.deleted = generator.one_in(2);
    expected.push_back(mark);
    transaction.mark(mark);
  }
  const Committed committed = commit(transaction);

  reopen();
  const auto pending = reads().marks_after(MarkSeq(0), 1000);

  ASSERT_TRUE(pending) << pending.error().text();
  ASSERT_EQ(pending->size(), expected.size());
  ASSERT_EQ(committed.marks.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Mark& mark = (*pending)[i].mark;
    EXPECT_EQ((*pending)[i].seq, committed.marks[i]);
    EXPECT_EQ(mark.map, expected[i].map);
    EXPECT_EQ(mark.side, expected[i].side);
    EXPECT_EQ(mark.source, expected[i].source);
    EXPECT_EQ(mark.key, expected[i].key);
    EXPECT_EQ(mark.endpoint_key, expected[i].endpoint_key);
    EXPECT_EQ(mark.time, expected[i].time);
    EXPECT_EQ(mark.deleted, expected[i].deleted);
  }
}

TEST_F(Marks, KeepTheirOrderAcrossReopen) {
  add("c");
  add("a");
  reopen();
  add("b");

  EXPECT_EQ(keys(), (std::vector<std::string>{"c", "a", "b"}));
}

TEST_F(Marks, NumbersAreNeverReusedEvenWhenTheLogWasEmpty) {
  const MarkSeq first = add("a");
  const MarkSeq second = add("b");
  Transaction drop;
  drop.drop({first, second});
  commit(drop);
  EXPECT_EQ(keys(), std::vector<std::string>());

  reopen();
  const MarkSeq third = add("c");

  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(Marks, AreDroppedByNumberAndOnlyThose) {
  const MarkSeq a = add("a");
  add("b");
  const MarkSeq c = add("c");
  Transaction drop;
  drop.drop({c, a, MarkSeq(999), a});
  commit(drop);

  EXPECT_EQ(keys(), std::vector<std::string>{"b"});
  EXPECT_EQ(database->counts(MapId(1)).marks, 1);
}

TEST_F(Marks, PageByNumber) {
  const MarkSeq a = add("a");
  add("b");
  add("c");

  EXPECT_EQ(keys(MarkSeq(0), 2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(keys(a, 2), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(keys(a, 1), std::vector<std::string>{"b"});
}

}  // namespace
}  // namespace dualwrite::store
