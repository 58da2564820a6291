// What happens to a transaction that cannot be stored, and to those beside it.
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using sqlite::Database;
using test::plain_coupling;
using test::TempDir;

std::unique_ptr<Database> open_with(const sqlite::DatabaseSettings& settings) {
  auto opened = Database::open(settings);
  if (!opened) throw std::runtime_error(opened.error().text());
  return std::move(*opened);
}

Transaction setting(const std::string& name, const std::string& value) {
  Transaction out;
  out.setting(name, value);
  return out;
}

TEST(Failures, AFullDiskIsAnErrorAndWhatWasStoredStays) {
  const TempDir directory;
  sqlite::DatabaseSettings settings = test::settings_for(directory.file());
  settings.pages_max = 60;
  auto database = open_with(settings);
  const std::string big(2000, 'x');
  int stored = 0;
  std::optional<Error> problem;
  while (!problem && stored < 1000) {
    Transaction transaction;
    transaction.put(plain_coupling(MapId(1), "k" + std::to_string(stored), big));
    transaction.mark(test::plain_mark(MapId(1), "k"));
    auto committed = database->apply(transaction);
    if (committed) {
      ++stored;
    } else {
      problem = std::move(committed).error();
    }
  }

  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code(), Errc::storage);
  EXPECT_NE(problem->message().find(directory.file()), std::string::npos) << problem->text();
  EXPECT_NE(problem->message().find("full"), std::string::npos) << problem->text();
  EXPECT_NE(problem->hint().find("free space"), std::string::npos) << problem->text();
  ASSERT_GT(stored, 5);
  EXPECT_EQ(database->counts(MapId(1)).couplings, stored);
  EXPECT_EQ(database->counts(MapId(1)).marks, stored);

  // Once there is space again, so is the store.
  ASSERT_TRUE(database->limit_pages(0));
  Transaction more;
  more.put(plain_coupling(MapId(1), "more", big));
  EXPECT_TRUE(database->apply(more));

  database.reset();
  database = test::open_database(directory.file());
  EXPECT_EQ(database->counts(MapId(1)).couplings, stored + 1);
  EXPECT_EQ(database->counts(MapId(1)).marks, stored);
  for (int i = 0; i < stored; ++i) {
    const auto read = database->reads().couplings({RecordRef(MapId(1), RecordKey("k" + std::to_string(i)))});
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->at(0).has_value()) << i;
  }
}

TEST(Failures, OfOneStepTakeBackTheWholeTransaction) {
  const TempDir directory;
  sqlite::DatabaseSettings settings = test::settings_for(directory.file());
  settings.value_bytes_max = 5000;
  const auto database = open_with(settings);
  Transaction transaction;
  transaction.setting("small", "x");
  transaction.mark(test::plain_mark(MapId(1), "k"));
  transaction.setting("too long", std::string(6000, 'x'));

  const auto committed = database->apply(transaction);

  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), Errc::storage);
  EXPECT_NE(committed.error().message().find("too big"), std::string::npos) << committed.error().text();
  EXPECT_EQ(database->reads().setting("small").value(), std::nullopt);
  EXPECT_EQ(database->counts(MapId(1)).marks, 0);
}

TEST(Failures, OfOneTransactionLeaveTheOthersOfItsGroupAlone) {
  const TempDir directory;
  sqlite::DatabaseSettings settings = test::settings_for(directory.file());
  settings.value_bytes_max = 5000;
  const auto database = open_with(settings);
  const std::vector<Transaction> transactions{setting("a", "1"), setting("b", std::string(6000, 'x')),
                                              setting("c", "3")};
  std::vector<const Transaction*> group;
  for (const Transaction& transaction : transactions) group.push_back(&transaction);

  const auto results = database->apply(group);

  ASSERT_EQ(results.size(), 3U);
  EXPECT_TRUE(results[0]);
  EXPECT_FALSE(results[1]);
  EXPECT_TRUE(results[2]);
  EXPECT_EQ(database->reads().setting("a").value(), "1");
  EXPECT_EQ(database->reads().setting("b").value(), std::nullopt);
  EXPECT_EQ(database->reads().setting("c").value(), "3");
}

TEST(Failures, AGroupIsOneCommit) {
  const TempDir directory;
  const auto database = test::open_database(directory.file());
  std::vector<Transaction> transactions;
  for (int i = 0; i < 50; ++i) transactions.push_back(setting(std::to_string(i), "x"));
  std::vector<const Transaction*> group;
  for (const Transaction& transaction : transactions) group.push_back(&transaction);
  const std::int64_t before = database->commits();

  const auto results = database->apply(group);

  for (const auto& result : results) EXPECT_TRUE(result);
  EXPECT_EQ(database->commits() - before, 1);
}

TEST(Failures, AnotherProgramThatHoldsTheFileIsNamedInTheError) {
  const TempDir directory;
  const auto database = test::open_database(directory.file());
  sqlite::ConnectionSettings other_settings;
  other_settings.file = directory.file();
  sqlite::Connection other(other_settings);
  const sqlite::Scope held(other, sqlite::Scope::Kind::write);
  database->wait_for_others(std::chrono::milliseconds(0));

  const auto committed = database->apply(setting("a", "1"));

  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), Errc::storage);
  EXPECT_NE(committed.error().hint().find("another program"), std::string::npos) << committed.error().text();
}

TEST(Failures, ATruncatingCheckpointEmptiesTheLogAndGivesUpWhileSomebodyReads) {
  const TempDir directory;
  const auto database = test::open_database(directory.file());
  ASSERT_TRUE(database->apply(setting("a", std::string(100'000, 'x'))));
  const std::string log = directory.file() + "-wal";
  ASSERT_GT(database->log_pages(), 10);
  {
    sqlite::Connection reading(database->reader_settings());
    const sqlite::Scope snapshot(reading, sqlite::Scope::Kind::read);
    ASSERT_GT(reading.number("SELECT count(*) FROM setting"), 0);
    database->checkpoint(Database::Checkpoint::truncate);
    EXPECT_GT(std::filesystem::file_size(log), 0U);
  }

  database->checkpoint(Database::Checkpoint::truncate);

  EXPECT_EQ(std::filesystem::file_size(log), 0U);
  EXPECT_EQ(database->log_pages(), 0);
  EXPECT_EQ(database->reads().setting("a").value().value().size(), 100'000U);
}

}  // namespace
}  // namespace dualwrite::store
