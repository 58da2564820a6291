#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::Generator;

std::string shown(const Counts& counts) {
  return std::to_string(counts.couplings) + ' ' + std::to_string(counts.marks) + ' ' +
         std::to_string(counts.dead_letters_open) + ' ' + std::to_string(counts.conflicts);
}

class CountsOfTheStore : public test::DatabaseTest {
 protected:
  Transaction random_steps(Generator& generator) {
    Transaction transaction;
    for (std::size_t i = 1 + generator.below(6); i > 0; --i) {
      const RecordRef record(MapId(static_cast<std::int32_t>(1 + generator.below(2))),
                             RecordKey(std::to_string(generator.below(6))));
      switch (generator.below(8)) {
        case 0:
        case 1:
          transaction.put(generator.coupling(record));
          break;
        case 2:
          transaction.forget(record);
          break;
        case 3:
          transaction.mark(test::plain_mark(record.map, record.key.text()));
          break;
        case 4:
          transaction.drop({MarkSeq(static_cast<std::int64_t>(generator.below(100)))});
          break;
        case 5: {
          JournalEntry entry;
          entry.record = record;
          entry.kind = static_cast<JournalKind>(generator.below(9));
          transaction.journal(entry);
          break;
        }
        case 6: {
          DeadLetter letter;
          letter.record = record;
          letter.side = generator.side();
          transaction.dead_letter(letter);
          break;
        }
        default:
          transaction.close_dead_letter(record, generator.side(), static_cast<DeadLetterState>(generator.below(3)), "x",
                                        test::at(1));
      }
    }
    return transaction;
  }
};

TEST_F(CountsOfTheStore, AreTheSameAsCountedAnewAfterReopen) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);

  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20; ++i) commit(random_steps(generator));
    const std::vector<std::string> kept{shown(database->counts(MapId(1))), shown(database->counts(MapId(2))),
                                        shown(database->counts(std::nullopt))};
    reopen();
    const std::vector<std::string> counted{shown(database->counts(MapId(1))), shown(database->counts(MapId(2))),
                                           shown(database->counts(std::nullopt))};
    ASSERT_EQ(kept, counted) << "round " << round;
  }
}

TEST_F(CountsOfTheStore, OfCouplingsLeaveTombstonesOut) {
  Coupling coupling = test::plain_coupling(MapId(1), "a");
  Transaction put;
  put.put(coupling);
  put.put(test::plain_coupling(MapId(1), "b"));
  put.put(coupling);
  commit(put);
  EXPECT_EQ(database->counts(MapId(1)).couplings, 2);

  coupling.tombstone = test::at(1);
  Transaction bury;
  bury.put(coupling);
  commit(bury);

  EXPECT_EQ(database->counts(MapId(1)).couplings, 1);
  EXPECT_EQ(database->counts(MapId(2)).couplings, 0);
}

}  // namespace
}  // namespace dualwrite::store
