#pragma once
// The Store over a Database: a thread that writes and a thread that reads, each with its connection.
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/async/blocking_thread.hpp"
#include "dualwrite/store/store.hpp"
#include "store/sqlite/database.hpp"

namespace dualwrite::store::sqlite {

/// Group commit needs no timer: what arrives while one group is written is the next group. The queue before the writer
/// holds one entry for each coroutine that waits in commit(), so its bound is theirs.
class ThreadedStore final : public Store {
 public:
  static Result<std::unique_ptr<ThreadedStore>> open(DatabaseSettings settings);

  Task<Result<MapId>> map_id(std::string name) override;
  Task<Result<Committed>> commit(Transaction transaction) override;
  Task<Result<std::vector<std::optional<Coupling>>>> couplings(std::vector<RecordRef> records) override;
  Task<Result<std::vector<std::optional<CouplingHead>>>> heads_by_endpoint_key(
      MapId map, Side side, std::vector<std::string> endpoint_keys) override;
  Task<Result<std::vector<std::optional<CouplingHead>>>> heads_by_row_id(MapId map, Side side,
                                                                         std::vector<std::string> row_ids) override;
  Task<Result<std::vector<std::optional<CouplingHead>>>> heads(MapId map, std::vector<RecordKey> keys) override;
  Task<Result<std::vector<CouplingHead>>> heads_after(MapId map, RecordKey after, std::size_t limit) override;
  Task<Result<std::vector<PendingMark>>> marks_after(MarkSeq after, std::size_t limit) override;
  Task<Result<std::optional<std::string>>> setting(std::string name) override;
  Task<Result<std::vector<JournalEntry>>> journal(Filter filter) override;
  Task<Result<std::vector<DeadLetter>>> dead_letters(Filter filter) override;
  Task<Result<std::optional<DeadLetter>>> dead_letter(DeadLetterId id) override;
  Task<Result<Counts>> counts(std::optional<MapId> map) override;
  Task<void> answered() override;

  // For tests.
  [[nodiscard]] BlockingThread& writer() noexcept { return writer_; }
  [[nodiscard]] BlockingThread& reader() noexcept { return reader_; }
  [[nodiscard]] const Database& database() const noexcept { return *database_; }
  /// On the writer thread.
  Result<void> limit_pages(std::int64_t pages_max) { return database_->limit_pages(pages_max); }

 private:
  struct Job {
    Transaction transaction;
    std::optional<Result<Committed>> result;  // the writer's, until the job's own work item has run
    explicit Job(Transaction t) : transaction(std::move(t)) {}
  };

  ThreadedStore(std::unique_ptr<Database> database, std::unique_ptr<Connection> reading);

  // On the writer thread.
  void write_until_done(const Job& job);
  void write_group();
  void tidy();

  template <class T>
  Task<Result<T>> read(std::function<Result<T>(Reads&)> query);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Connection> reading_;  // closed before the writer, which can then clear the log away
  Reads reads_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Job>> waiting_;  // guarded by mutex_
  bool tidy_posted_ = false;                  // the writer thread's
  BlockingThread reader_;                     // last: joined before anything above is destroyed
  BlockingThread writer_;
};

}  // namespace dualwrite::store::sqlite
