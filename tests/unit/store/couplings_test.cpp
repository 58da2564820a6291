#include <algorithm>

#include "store/codec/coupling_text.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::Generator;
using test::plain_coupling;

class Couplings : public test::DatabaseTest {
 protected:
  std::optional<Coupling> stored(const RecordRef& record) {
    auto read = reads().couplings({record});
    if (!read) throw std::runtime_error(read.error().text());
    return std::move(read->at(0));
  }
};

TEST_F(Couplings, RoundTripAcrossReopenWhateverTheyHold) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator generator(seed);
  std::vector<RecordRef> records;
  std::vector<Coupling> expected;
  for (int i = 0; i < 500; ++i) {
    // Keys come again with another map, and again: the last one put counts.
    const RecordRef record(MapId(static_cast<std::int32_t>(1 + generator.below(2))),
                           RecordKey(std::to_string(generator.below(200)) + generator.text()));
    Transaction transaction;
    transaction.put(generator.coupling(record));
    expected.push_back(std::get<Transaction::PutCoupling>(transaction.steps()[0]).coupling);
    records.push_back(record);
    commit(transaction);
  }

  reopen();
  const auto read = reads().couplings(records);

  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::size_t last = i;
    for (std::size_t j = i; j < records.size(); ++j) {
      if (records[j] == records[i]) last = j;
    }
    ASSERT_TRUE((*read)[i].has_value());
    ASSERT_TRUE(*(*read)[i] == expected[last]) << coupling_text(expected[last]) << '\n' << coupling_text(*(*read)[i]);
  }
}

TEST_F(Couplings, ComeInTheOrderAskedForWithNothingWhereThereIsNone) {
  Transaction transaction;
  transaction.put(plain_coupling(MapId(1), "a"));
  transaction.put(plain_coupling(MapId(1), "b"));
  commit(transaction);

  const auto read = reads().couplings({RecordRef(MapId(1), RecordKey("b")), RecordRef(MapId(2), RecordKey("b")),
                                       RecordRef(MapId(1), RecordKey("a")), RecordRef(MapId(1), RecordKey("b"))});

  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 4U);
  EXPECT_EQ(read->at(0)->record.key.text(), "b");
  EXPECT_FALSE(read->at(1));
  EXPECT_EQ(read->at(2)->record.key.text(), "a");
  EXPECT_EQ(read->at(3)->record.key.text(), "b");
}

TEST_F(Couplings, AreGoneWhenForgotten) {
  Transaction put;
  put.put(plain_coupling(MapId(1), "a"));
  commit(put);
  Transaction forget;
  forget.forget(RecordRef(MapId(1), RecordKey("a")));
  forget.forget(RecordRef(MapId(1), RecordKey("never there")));
  commit(forget);

  EXPECT_FALSE(stored(RecordRef(MapId(1), RecordKey("a"))));
  EXPECT_EQ(database->counts(std::nullopt).couplings, 0);
}

TEST_F(Couplings, AreFoundByTheRowsKeyOnEitherSide) {
  Transaction transaction;
  transaction.put(plain_coupling(MapId(1), "a"));
  transaction.put(plain_coupling(MapId(2), "a"));
  commit(transaction);

  const auto finops = reads().heads_by_endpoint_key(MapId(1), Side::finops, {"nowhere", "finops:a"});
  const auto dataverse = reads().heads_by_endpoint_key(MapId(2), Side::dataverse, {"dataverse:a", "finops:a"});

  ASSERT_TRUE(finops && dataverse);
  EXPECT_FALSE(finops->at(0));
  ASSERT_TRUE(finops->at(1));
  EXPECT_EQ(finops->at(1)->key.text(), "a");
  EXPECT_EQ(finops->at(1)->endpoint_keys, PerSide<std::string>("finops:a", "dataverse:a"));
  EXPECT_EQ(finops->at(1)->tokens, PerSide<Token>("W/\"1\"", "W/\"1\""));
  EXPECT_EQ(finops->at(1)->present, PerSide<bool>(true, true));
  EXPECT_TRUE(dataverse->at(0));
  EXPECT_FALSE(dataverse->at(1));
}

TEST_F(Couplings, AreFoundByTheNewRowKeyAndNoMoreByTheOld) {
  Coupling coupling = plain_coupling(MapId(1), "a");
  Transaction first;
  first.put(coupling);
  commit(first);
  coupling.sides[Side::dataverse].key = "another";
  coupling.sides[Side::finops].key.clear();
  Transaction second;
  second.put(coupling);
  commit(second);

  const auto heads = reads().heads_by_endpoint_key(MapId(1), Side::dataverse, {"dataverse:a", "another"});
  const auto finops = reads().heads_by_endpoint_key(MapId(1), Side::finops, {"finops:a", ""});

  ASSERT_TRUE(heads && finops);
  EXPECT_FALSE(heads->at(0));
  EXPECT_TRUE(heads->at(1));
  EXPECT_FALSE(finops->at(0));
  EXPECT_FALSE(finops->at(1));
}

TEST_F(Couplings, OfARowKeyThatMovedTheLivingOneIsFound) {
  Coupling dead = plain_coupling(MapId(1), "z-old");
  dead.tombstone = test::at(5);
  dead.agreed.reset();
  dead.sides[Side::finops].shadow.reset();
  dead.sides[Side::dataverse].shadow.reset();
  dead.sides[Side::dataverse].key = "guid";
  Coupling live = plain_coupling(MapId(1), "a-new");
  live.sides[Side::dataverse].key = "guid";
  Transaction transaction;
  transaction.put(live);
  transaction.put(dead);
  commit(transaction);

  const auto heads = reads().heads_by_endpoint_key(MapId(1), Side::dataverse, {"guid"});

  ASSERT_TRUE(heads);
  ASSERT_TRUE(heads->at(0));
  EXPECT_EQ(heads->at(0)->key.text(), "a-new");
}

TEST_F(Couplings, HeadsShowTombstonesAsAbsentOnBothSides) {
  Coupling dead = plain_coupling(MapId(1), "a");
  dead.tombstone = test::at(5);
  dead.sides[Side::finops].shadow.reset();
  Transaction transaction;
  transaction.put(dead);
  commit(transaction);

  const auto heads = reads().heads(MapId(1), {RecordKey("a"), RecordKey("b")});

  ASSERT_TRUE(heads);
  ASSERT_TRUE(heads->at(0));
  EXPECT_EQ(heads->at(0)->present, PerSide<bool>(false, true));
  EXPECT_FALSE(heads->at(1));
}

TEST_F(Couplings, PageInTheOrderOfTheirKeysWithoutTombstones) {
  std::vector<std::string> keys{"a", "B", "ä", "a|1", "🚚", "a\\|b", "10", "9", "Z"};
  Transaction transaction;
  for (const std::string& key : keys) transaction.put(plain_coupling(MapId(1), key));
  Coupling dead = plain_coupling(MapId(1), "a0");
  dead.tombstone = test::at(5);
  transaction.put(dead);
  transaction.put(plain_coupling(MapId(2), "a1"));
  commit(transaction);

  std::vector<std::string> seen;
  RecordKey after;
  while (true) {
    const auto page = reads().heads_after(MapId(1), after, 2);
    ASSERT_TRUE(page);
    if (page->empty()) break;
    ASSERT_LE(page->size(), 2U);
    for (const CouplingHead& head : *page) seen.push_back(head.key.text());
    after = page->back().key;
  }

  std::ranges::sort(keys);
  EXPECT_EQ(seen, keys);
}

TEST_F(Couplings, ThatDoNotReadAreAnErrorThatNamesRecordAndFile) {
  Transaction transaction;
  transaction.put(plain_coupling(MapId(1), "usmf|c-1"));
  commit(transaction);
  database.reset();
  sqlite::ConnectionSettings settings;
  settings.file = directory.file();
  sqlite::Connection(settings).execute("UPDATE coupling SET state = '{\"v\":1,'");
  database = test::open_database(directory.file());

  const auto read = reads().couplings({RecordRef(MapId(1), RecordKey("usmf|c-1"))});

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::storage);
  EXPECT_NE(read.error().message().find("usmf|c-1"), std::string::npos) << read.error().text();
  EXPECT_NE(read.error().message().find(directory.file()), std::string::npos) << read.error().text();
}

TEST_F(Couplings, MapsKeepTheirNumbersAcrossReopen) {
  const MapId customers = map("customers");
  const MapId vendors = map("vendors");
  EXPECT_NE(customers, vendors);
  EXPECT_EQ(map("customers"), customers);

  reopen();

  EXPECT_EQ(map("vendors"), vendors);
  EXPECT_EQ(map("customers"), customers);
}

TEST_F(Couplings, SettingsAreReplacedAndKept) {
  Transaction transaction;
  transaction.setting("state/customers", "running");
  transaction.setting("state/customers", "paused");
  transaction.setting("empty", "");
  commit(transaction);

  reopen();

  EXPECT_EQ(reads().setting("state/customers").value(), "paused");
  EXPECT_EQ(reads().setting("empty").value(), "");
  EXPECT_EQ(reads().setting("nothing").value(), std::nullopt);
}

TEST_F(Couplings, AreFoundByWhatStaysOfARenamedRow) {
  Coupling coupling = plain_coupling(MapId(1), "usmf|1");
  coupling.sides[Side::finops].row_id = "5637144576";
  Transaction first;
  first.put(coupling);
  commit(first);
  const auto ask = [&](const char* row_id) {
    auto heads = reads().heads_by_row_id(MapId(1), Side::finops, {row_id});
    return heads && heads->front() ? heads->front()->key.text() : std::string();
  };
  EXPECT_EQ(ask("5637144576"), "usmf|1");
  EXPECT_EQ(ask("5637144577"), "");
  EXPECT_EQ(ask(""), "");
  EXPECT_EQ(stored(coupling.record)->sides[Side::finops].row_id, "5637144576");
  Coupling renamed = coupling;
  renamed.record.key = RecordKey("usmf|2");
  Transaction second;
  second.forget(coupling.record);
  second.put(renamed);
  commit(second);
  EXPECT_EQ(ask("5637144576"), "usmf|2");
}

TEST_F(Couplings, OfDeletedRecordsGoAfterTheRetentionTheOldestFirstAndABoundedNumberAtATime) {
  for (int number = 0; number < 5; ++number) {
    Coupling coupling = plain_coupling(MapId(1), std::to_string(number));
    coupling.agreed.reset();
    coupling.tombstone = test::at(1000 + number);
    coupling.uncoupled = number == 0;
    for (const Side side : both_sides) coupling.sides[side].shadow.reset();
    Transaction transaction;
    transaction.put(std::move(coupling));
    commit(transaction);
  }
  const auto expire = [&](std::int64_t before, std::size_t limit) {
    Transaction transaction;
    transaction.expire_tombstones(MapId(1), test::at(before), limit);
    return commit(transaction).expired;
  };
  EXPECT_EQ(expire(1000, 10), 0U) << "none is older";
  EXPECT_EQ(expire(1004, 2), 2U);
  EXPECT_FALSE(stored(RecordRef(MapId(1), RecordKey("1"))));
  EXPECT_FALSE(stored(RecordRef(MapId(1), RecordKey("2"))));
  EXPECT_EQ(expire(1004, 2), 1U);
  EXPECT_TRUE(stored(RecordRef(MapId(1), RecordKey("0")))) << "an uncoupled record stays on its own for good";
  EXPECT_TRUE(stored(RecordRef(MapId(1), RecordKey("4"))));
}

TEST_F(Couplings, OfADeletedRecordStayWhileARowOfItCouldNotBeRemoved) {
  Coupling coupling = plain_coupling(MapId(1), "1");
  coupling.agreed.reset();
  coupling.tombstone = test::at(1000);
  coupling.sides[Side::finops].shadow.reset();
  const auto put_and_expire = [&] {
    Transaction transaction;
    transaction.put(coupling);
    transaction.expire_tombstones(MapId(1), test::at(2000), 10);
    return commit(transaction).expired;
  };
  EXPECT_EQ(put_and_expire(), 0U) << "the row in Dataverse would look like a new one";
  coupling.sides[Side::dataverse].shadow.reset();
  EXPECT_EQ(put_and_expire(), 1U);
}

TEST_F(Couplings, OfAFileOfTheFirstVersionKeepWhatTheyHoldAndTheirTombstonesGetAnEnd) {
  const Coupling live = plain_coupling(MapId(1), "live");
  Coupling deleted = plain_coupling(MapId(1), "deleted");
  deleted.agreed.reset();
  deleted.tombstone = test::at(1000);
  Transaction transaction;
  transaction.put(live);
  transaction.put(deleted);
  commit(transaction);
  database.reset();
  {
    sqlite::ConnectionSettings settings;
    settings.file = directory.file();
    sqlite::Connection connection(settings);
    connection.execute(
        "DROP INDEX coupling_finops_row; DROP INDEX coupling_tombstone_at;"
        "ALTER TABLE coupling DROP COLUMN finops_row; ALTER TABLE coupling DROP COLUMN tombstone_at;"
        "PRAGMA user_version=1");
  }
  database = test::open_database(directory.file());
  EXPECT_EQ(stored(live.record), live);
  EXPECT_EQ(stored(deleted.record), deleted);
  Transaction expire;
  expire.expire_tombstones(MapId(1), test::at(2000), 10);
  EXPECT_EQ(commit(expire).expired, 1U);
  EXPECT_EQ(stored(live.record), live);
}

}  // namespace
}  // namespace dualwrite::store
