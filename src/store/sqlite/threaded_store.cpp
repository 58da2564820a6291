#include "store/sqlite/threaded_store.hpp"

#include <exception>

#include "dualwrite/store/sqlite.hpp"

namespace dualwrite::store {
namespace sqlite {
namespace {

// A group's bound: what waits longer than this many steps take is worse than a second fsync.
constexpr std::size_t group_steps_max = 4096;
// 4 MB of log are cleared away when nobody waits, 32 MB in any case.
constexpr int log_pages_idle_max = 1000;
constexpr int log_pages_busy_max = 8000;

}  // namespace

Result<std::unique_ptr<ThreadedStore>> ThreadedStore::open(DatabaseSettings settings) {
  auto database = Database::open(std::move(settings));
  if (!database) return std::unexpected(std::move(database).error());
  return guarded("opening the state for reading", [&] {
    auto reading = std::make_unique<Connection>((*database)->reader_settings());
    return std::unique_ptr<ThreadedStore>(new ThreadedStore(std::move(*database), std::move(reading)));
  });
}

ThreadedStore::ThreadedStore(std::unique_ptr<Database> database, std::unique_ptr<Connection> reading)
    : database_(std::move(database)),
      reading_(std::move(reading)),
      reads_(*reading_),
      reader_("store-read"),
      writer_("store-write") {}

Task<Result<Committed>> ThreadedStore::commit(Transaction transaction) {
  // Shared with the work item: it must outlive this coroutine, should the coroutine be destroyed at shutdown.
  const auto job = std::make_shared<Job>(std::move(transaction));
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(job);
  }
  std::function<void()> work = [this, job] { write_until_done(*job); };
  co_await writer_.run(std::move(work));
  co_return std::move(*job->result);
}

// Every commit posts one of these. The first takes along all who wait by then; the others find their result.
void ThreadedStore::write_until_done(const Job& job) {
  while (!job.result) write_group();
}

void ThreadedStore::write_group() {
  std::vector<std::shared_ptr<Job>> jobs;
  std::vector<const Transaction*> group;
  {
    const std::lock_guard lock(mutex_);
    std::size_t steps = 0;
    while (!waiting_.empty() && (group.empty() || steps < group_steps_max)) {
      steps += waiting_.front()->transaction.steps().size();
      group.push_back(&waiting_.front()->transaction);
      jobs.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  try {
    std::vector<Result<Committed>> results = database_->apply(group);
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i]->result = std::move(results[i]);
  } catch (const std::exception& problem) {  // out of memory: rolled back, and everybody who waits must hear of it
    for (const auto& job : jobs) {
      job->result = fail(Errc::storage,
                         std::string("storing ") + std::to_string(jobs.size()) + " transactions: " + problem.what());
    }
  }

  if (database_->log_pages() >= log_pages_idle_max && !tidy_posted_) {
    tidy_posted_ = true;
    writer_.post([this] { tidy(); });  // behind those who wait for this group
  }
}

void ThreadedStore::tidy() {
  tidy_posted_ = false;
  bool idle = false;
  {
    const std::lock_guard lock(mutex_);
    idle = waiting_.empty();
  }
  if (idle) {
    database_->checkpoint(Database::Checkpoint::truncate);
  } else if (database_->log_pages() >= log_pages_busy_max) {
    database_->checkpoint(Database::Checkpoint::passive);
  }
}

Task<Result<MapId>> ThreadedStore::map_id(std::string name) {
  const auto found = std::make_shared<std::optional<Result<MapId>>>();
  std::function<void()> work = [this, found, name = std::move(name)] { *found = database_->map_id(name); };
  co_await writer_.run(std::move(work));
  co_return std::move(**found);
}

template <class T>
Task<Result<T>> ThreadedStore::read(std::function<Result<T>(Reads&)> query) {
  const auto found = std::make_shared<std::optional<Result<T>>>();
  std::function<void()> work = [this, found, query = std::move(query)] { *found = query(reads_); };
  co_await reader_.run(std::move(work));
  co_return std::move(**found);
}

Task<Result<std::vector<std::optional<Coupling>>>> ThreadedStore::couplings(std::vector<RecordRef> records) {
  return read<std::vector<std::optional<Coupling>>>(
      [records = std::move(records)](Reads& reads) { return reads.couplings(records); });
}

Task<Result<std::vector<std::optional<CouplingHead>>>> ThreadedStore::heads_by_endpoint_key(
    MapId map, Side side, std::vector<std::string> endpoint_keys) {
  return read<std::vector<std::optional<CouplingHead>>>([map, side, keys = std::move(endpoint_keys)](Reads& reads) {
    return reads.heads_by_endpoint_key(map, side, keys);
  });
}

Task<Result<std::vector<std::optional<CouplingHead>>>> ThreadedStore::heads_by_row_id(
    MapId map, Side side, std::vector<std::string> row_ids) {
  return read<std::vector<std::optional<CouplingHead>>>(
      [map, side, ids = std::move(row_ids)](Reads& reads) { return reads.heads_by_row_id(map, side, ids); });
}

Task<Result<std::vector<std::optional<CouplingHead>>>> ThreadedStore::heads(MapId map, std::vector<RecordKey> keys) {
  return read<std::vector<std::optional<CouplingHead>>>(
      [map, keys = std::move(keys)](Reads& reads) { return reads.heads(map, keys); });
}

Task<Result<std::vector<CouplingHead>>> ThreadedStore::heads_after(MapId map, RecordKey after, std::size_t limit) {
  return read<std::vector<CouplingHead>>(
      [map, after = std::move(after), limit](Reads& reads) { return reads.heads_after(map, after, limit); });
}

Task<Result<std::vector<PendingMark>>> ThreadedStore::marks_after(MarkSeq after, std::size_t limit) {
  return read<std::vector<PendingMark>>([after, limit](Reads& reads) { return reads.marks_after(after, limit); });
}

Task<Result<std::optional<std::string>>> ThreadedStore::setting(std::string name) {
  return read<std::optional<std::string>>([name = std::move(name)](Reads& reads) { return reads.setting(name); });
}

Task<Result<std::vector<JournalEntry>>> ThreadedStore::journal(Filter filter) {
  return read<std::vector<JournalEntry>>([filter = std::move(filter)](Reads& reads) { return reads.journal(filter); });
}

Task<Result<std::vector<DeadLetter>>> ThreadedStore::dead_letters(Filter filter) {
  return read<std::vector<DeadLetter>>(
      [filter = std::move(filter)](Reads& reads) { return reads.dead_letters(filter); });
}

Task<Result<std::optional<DeadLetter>>> ThreadedStore::dead_letter(DeadLetterId id) {
  return read<std::optional<DeadLetter>>([id](Reads& reads) { return reads.dead_letter(id); });
}

Task<Result<Counts>> ThreadedStore::counts(std::optional<MapId> map) {
  co_return database_->counts(map);
}

Task<void> ThreadedStore::answered() {
  std::function<void()> nothing_to_read = [] {};
  co_await reader_.run(std::move(nothing_to_read));
  std::function<void()> nothing_to_write = [] {};
  co_await writer_.run(std::move(nothing_to_write));
}

}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite(Executor /*executor*/, SqliteSettings settings) {
  sqlite::DatabaseSettings inner;
  inner.file = std::move(settings.file);
  auto opened = sqlite::ThreadedStore::open(std::move(inner));
  if (!opened) return std::unexpected(std::move(opened).error());
  return std::unique_ptr<Store>(std::move(*opened));
}

}  // namespace dualwrite::store
