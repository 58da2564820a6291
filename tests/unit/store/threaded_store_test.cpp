#include "store/sqlite/threaded_store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <future>
#include <set>

#include "dualwrite/async/task_group.hpp"
#include "dualwrite/store/sqlite.hpp"
#include "support/run.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using sqlite::ThreadedStore;
using test::TempDir;

std::unique_ptr<ThreadedStore> open_store(const std::string& file, int value_bytes_max = 64 << 20) {
  sqlite::DatabaseSettings settings = test::settings_for(file);
  settings.value_bytes_max = value_bytes_max;
  auto opened = ThreadedStore::open(settings);
  if (!opened) throw std::runtime_error(opened.error().text());
  return std::move(*opened);
}

// Keeps the writer thread busy until it is released, so that transactions gather behind it.
class Plug {
 public:
  explicit Plug(BlockingThread& thread) {
    auto gate = std::make_shared<std::shared_future<void>>(open_.get_future().share());
    thread.post([gate] { gate->wait(); });
  }
  void pull() { open_.set_value(); }

 private:
  std::promise<void> open_;
};

class Runner {
 public:
  void spawn(std::function<Task<void>()> body) { tasks_.spawn("test", std::move(body)); }
  // Runs what can run now; those who wait for a thread are left waiting.
  void poll() { context_.poll(); }
  void finish() {
    context_.run();
    if (!failure.empty()) throw std::runtime_error(failure);
  }
  std::string failure;

 private:
  boost::asio::io_context context_{1};
  TaskGroup tasks_{context_.get_executor(),
                   [this](const std::string& name, const std::string& what) { failure = name + ": " + what; }};
};

Task<void> commit_mark(Store& store, std::string key, std::set<MarkSeq>& seen) {
  Transaction transaction;
  transaction.mark(test::plain_mark(MapId(1), key));
  const auto committed = co_await store.commit(std::move(transaction));
  if (!committed) throw std::runtime_error(committed.error().text());
  seen.insert(committed->marks.at(0));
}

Task<void> commit_setting(Store& store, std::string name, std::size_t bytes, int& succeeded, int& failed) {
  Transaction transaction;
  transaction.setting(std::move(name), std::string(bytes, 'x'));
  const auto committed = co_await store.commit(std::move(transaction));
  ++(committed ? succeeded : failed);
}

TEST(ThreadedStore, GathersWhatComesWhileTheWriterIsBusyIntoOneCommit) {
  const TempDir directory;
  const auto store = open_store(directory.file());
  Runner runner;
  std::set<MarkSeq> seen;
  const std::int64_t before = store->database().commits();
  Plug plug(store->writer());
  for (int i = 0; i < 100; ++i) {
    runner.spawn([&store, &seen, i] { return commit_mark(*store, std::to_string(i), seen); });
  }
  runner.poll();
  plug.pull();
  runner.finish();

  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(store->database().commits() - before, 1);
}

TEST(ThreadedStore, FailsOnlyTheTransactionThatCannotBeStored) {
  const TempDir directory;
  const auto store = open_store(directory.file(), 5000);
  Runner runner;
  int succeeded = 0;
  int failed = 0;
  Plug plug(store->writer());
  for (int i = 0; i < 20; ++i) {
    const std::size_t bytes = i == 7 ? 6000 : 10;
    runner.spawn([&store, &succeeded, &failed, i, bytes] {
      return commit_setting(*store, std::to_string(i), bytes, succeeded, failed);
    });
  }
  runner.poll();
  plug.pull();
  runner.finish();

  EXPECT_EQ(succeeded, 19);
  EXPECT_EQ(failed, 1);
}

TEST(ThreadedStore, NumbersManyConcurrentCommitsOnceEach) {
  const TempDir directory;
  const auto store = open_store(directory.file());
  Runner runner;
  std::set<MarkSeq> seen;
  std::function<Task<void>(int)> lane = [&store, &seen](int number) -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      const std::string key = std::to_string(number * 1000 + i);
      Task<void> one = commit_mark(*store, key, seen);
      co_await std::move(one);
    }
  };
  for (int i = 0; i < 50; ++i) runner.spawn([&lane, i] { return lane(i); });
  runner.finish();

  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(seen.begin()->value(), 1);
  EXPECT_EQ(seen.rbegin()->value(), 1000);
  EXPECT_EQ(store->database().counts(MapId(1)).marks, 1000);
}

// Puts and reads one record again and again: every read must show the put before it.
Task<int> put_and_read(Store& store, std::string key, int rounds) {
  int stale = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string name = std::to_string(i);
    Transaction transaction;
    transaction.put(test::plain_coupling(MapId(1), key, name));
    const auto committed = co_await store.commit(std::move(transaction));
    if (!committed) throw std::runtime_error(committed.error().text());
    std::vector<RecordRef> records;
    records.emplace_back(MapId(1), RecordKey(key));
    const auto read = co_await store.couplings(std::move(records));
    if (!read) throw std::runtime_error(read.error().text());
    if (!read->at(0) || read->at(0)->agreed->at(0).value.text() != name) ++stale;
  }
  co_return stale;
}

TEST(ThreadedStore, AReadAfterACommitSeesIt) {
  const TempDir directory;
  const auto store = open_store(directory.file());
  Runner runner;
  int stale = 0;
  std::function<Task<void>(int)> lane = [&store, &stale](int number) -> Task<void> {
    const int found = co_await put_and_read(*store, std::to_string(number), 50);
    stale += found;
  };
  for (int i = 0; i < 8; ++i) runner.spawn([&lane, i] { return lane(i); });
  runner.finish();

  EXPECT_EQ(stale, 0);
}

TEST(ThreadedStore, ClearsTheLogAwayWhenNobodyWaits) {
  const TempDir directory;
  auto store = open_store(directory.file());
  int succeeded = 0;
  int failed = 0;
  Runner runner;
  runner.spawn([&] { return commit_setting(*store, "big", std::size_t{6} << 20U, succeeded, failed); });
  runner.finish();
  Runner barrier;
  std::function<Task<void>()> behind = [&store]() -> Task<void> {
    std::function<void()> nothing = [] {};
    co_await store->writer().run(std::move(nothing));
    std::function<void()> nothing_again = [] {};
    co_await store->writer().run(std::move(nothing_again));
  };
  barrier.spawn([&behind] { return behind(); });
  barrier.finish();

  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(std::filesystem::file_size(directory.file() + "-wal"), 0U);
}

// One call of everything, through the public seam.
Task<void> use_everything(Store& store, Counts& counts) {
  const auto map = co_await store.map_id("customers");
  EXPECT_TRUE(map);
  const auto same = co_await store.map_id("customers");
  EXPECT_EQ(map.value(), same.value());

  Transaction transaction;
  transaction.put(test::plain_coupling(*map, "a"));
  transaction.mark(test::plain_mark(*map, "a"));
  transaction.setting("s", "v");
  JournalEntry entry;
  entry.record = RecordRef(*map, RecordKey("a"));
  entry.kind = JournalKind::lost;
  transaction.journal(entry);
  DeadLetter letter;
  letter.record = entry.record;
  transaction.dead_letter(letter);
  const auto committed = co_await store.commit(std::move(transaction));
  EXPECT_TRUE(committed);
  EXPECT_EQ(committed->marks.size(), 1U);

  std::vector<RecordKey> keys;
  keys.emplace_back("a");
  const auto heads = co_await store.heads(*map, keys);
  EXPECT_TRUE(heads->at(0).has_value());
  std::vector<std::string> row_keys;
  row_keys.emplace_back("dataverse:a");
  const auto by_row = co_await store.heads_by_endpoint_key(*map, Side::dataverse, row_keys);
  EXPECT_TRUE(by_row->at(0).has_value());
  const RecordKey start;
  const auto page = co_await store.heads_after(*map, start, 10);
  EXPECT_EQ(page->size(), 1U);
  const auto marks = co_await store.marks_after(MarkSeq(0), 10);
  EXPECT_EQ(marks->size(), 1U);
  const auto setting = co_await store.setting("s");
  EXPECT_EQ(*setting, "v");
  const Filter all;
  const auto journal = co_await store.journal(all);
  EXPECT_EQ(journal->size(), 1U);
  const auto letters = co_await store.dead_letters(all);
  EXPECT_EQ(letters->size(), 1U);
  const DeadLetterId id = letters->at(0).id;
  const auto one = co_await store.dead_letter(id);
  EXPECT_TRUE(one->has_value());
  const auto found = co_await store.counts(std::nullopt);
  counts = *found;
}

TEST(ThreadedStore, DoesAllThatTheSeamPromises) {
  const TempDir directory;
  Counts counts;
  dualwrite::test::run<void>([&](Executor executor) -> Task<void> {
    auto opened = open_sqlite(executor, SqliteSettings{directory.file()});
    EXPECT_TRUE(opened);
    co_await use_everything(**opened, counts);
  });

  EXPECT_EQ(counts.couplings, 1);
  EXPECT_EQ(counts.marks, 1);
  EXPECT_EQ(counts.conflicts, 1);
  EXPECT_EQ(counts.dead_letters_open, 1);
}

TEST(ThreadedStore, RefusesASecondDaemonOnTheSameFile) {
  const TempDir directory;
  const auto store = open_store(directory.file());
  boost::asio::io_context context;

  const auto second = open_sqlite(context.get_executor(), SqliteSettings{directory.file()});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::storage);
  EXPECT_NE(second.error().message().find(directory.file()), std::string::npos) << second.error().text();
}

}  // namespace
}  // namespace dualwrite::store
