// kill -9 in the middle of commits: nothing that was acknowledged is lost, and no transaction is there in part.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "dualwrite/async/task_group.hpp"
#include "store/sqlite/threaded_store.hpp"
#include "support/run.hpp"
#include "unit/store/fixture.hpp"

namespace dualwrite::store {
namespace {

using test::TempDir;

// One lane of the child: commits transactions and writes the number of each acknowledged mark into the pipe.
Task<void> commit_for_ever(Store& store, int lane, int pipe) {
  for (int i = 0;; ++i) {
    const std::string key = std::to_string(lane) + "-" + std::to_string(i) + "-" + std::to_string(getpid());
    Transaction transaction;
    transaction.put(test::plain_coupling(MapId(1), key));
    transaction.mark(test::plain_mark(MapId(1), key));
    JournalEntry entry;
    entry.record = RecordRef(MapId(1), RecordKey(key));
    entry.rule = "r";
    transaction.journal(entry);
    const auto committed = co_await store.commit(std::move(transaction));
    if (!committed) _exit(3);
    const std::int64_t number = committed->marks.at(0).value();
    if (write(pipe, &number, sizeof number) != static_cast<ssize_t>(sizeof number)) _exit(4);
  }
}

[[noreturn]] void run_child(const std::string& file, int pipe) {
  auto opened = sqlite::ThreadedStore::open(test::settings_for(file));
  if (!opened) _exit(2);
  boost::asio::io_context context(1);
  TaskGroup tasks(context.get_executor(), [](const std::string&, const std::string&) { _exit(5); });
  for (int lane = 0; lane < 16; ++lane) {
    tasks.spawn("lane", [&opened, lane, pipe] { return commit_for_ever(**opened, lane, pipe); });
  }
  context.run();
  _exit(6);
}

TEST(Crash, KillLosesNothingThatWasAcknowledged) {
  const TempDir directory;
  std::vector<std::int64_t> acknowledged;
  for (std::size_t round = 1; round <= 8; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      run_child(directory.file(), ends[1]);
    }
    close(ends[1]);
    // A different number of acknowledgements in each round; then the child dies wherever it is.
    const std::size_t wanted = acknowledged.size() + round * round * 17;
    std::int64_t number = 0;
    while (acknowledged.size() < wanted &&
           read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number)) {
      acknowledged.push_back(number);
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    // What it still wrote into the pipe was acknowledged too.
    while (read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number)) acknowledged.push_back(number);
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    ASSERT_GE(acknowledged.size(), wanted);

    const auto database = test::open_database(directory.file());
    const auto pending = database->reads().marks_after(MarkSeq(0), 100'000);
    ASSERT_TRUE(pending) << pending.error().text();
    std::vector<std::int64_t> found;
    std::vector<RecordRef> records;
    for (const PendingMark& mark : *pending) {
      found.push_back(mark.seq.value());
      records.emplace_back(MapId(1), mark.mark.key);
    }
    std::ranges::sort(acknowledged);
    EXPECT_TRUE(std::ranges::includes(found, acknowledged)) << "round " << round;
    EXPECT_EQ(std::ranges::adjacent_find(acknowledged), acknowledged.end()) << "a number was given twice";

    // All or nothing: as many couplings and journal lines as marks, of the same records.
    const auto couplings = database->reads().couplings(records);
    ASSERT_TRUE(couplings) << couplings.error().text();
    EXPECT_TRUE(std::ranges::all_of(*couplings, [](const auto& coupling) { return coupling.has_value(); }));
    EXPECT_EQ(database->counts(MapId(1)).couplings, static_cast<std::int64_t>(found.size()));
    Filter all;
    all.limit = 100'000;
    EXPECT_EQ(database->reads().journal(all).value().size(), found.size());
  }
}

}  // namespace
}  // namespace dualwrite::store
