#pragma once
// The state file without threads and coroutines: what a single-threaded simulation, a fault-injecting VFS, and the
// threaded Store drive alike.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dualwrite/store/store.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/counters.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/reads.hpp"

namespace dualwrite::store::sqlite {

struct DatabaseSettings {
  std::string file;
  std::string vfs;                 ///< a registered SQLite VFS; empty: the operating system's
  bool lock = true;                ///< hold "<file>.lock"; without it the caller knows that nobody else opens the file
  std::int64_t pages_max = 0;      ///< the file's bound in pages of 4096 bytes; 0: the disk's
  int value_bytes_max = 64 << 20;  ///< the longest text; a transaction with a longer one fails
};

/// The one connection that writes, with the lock on the file. Used by one thread at a time, except where a function
/// says any thread. All failures are Errc::storage.
class Database {
 public:
  /// Opens or creates the file, see open_sqlite().
  static Result<std::unique_ptr<Database>> open(DatabaseSettings settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Commits the transactions as one, with one fsync, and returns a result for each. If that fails, each is tried
  /// alone, so that one that cannot be stored does not take the others with it.
  std::vector<Result<Committed>> apply(std::span<const Transaction* const> group);
  Result<Committed> apply(const Transaction& transaction);

  Result<MapId> map_id(const std::string& name);

  /// Reads on this connection: they see what apply() has committed.
  [[nodiscard]] Reads& reads() noexcept { return reads_; }
  /// Settings of a second, read-only connection, for another thread.
  [[nodiscard]] ConnectionSettings reader_settings() const;

  /// Any thread.
  [[nodiscard]] Counts counts(std::optional<MapId> map) const { return counters_.get(map); }
  /// SQLite transactions committed since the file was opened. Any thread.
  [[nodiscard]] std::int64_t commits() const noexcept { return commits_.load(std::memory_order_relaxed); }

  /// Pages in the write-ahead log after the last commit. It grows until its owner calls checkpoint(): SQLite's
  /// automatic one, which would run inside of a commit, is off.
  [[nodiscard]] int log_pages() const noexcept { return log_pages_; }
  enum class Checkpoint : std::uint8_t {
    passive,   ///< moves what it can into the file
    truncate,  ///< moves everything and cuts the log to nothing; gives up at once if somebody reads
  };
  /// Nothing depends on it but the log's size: a failure shows up in the next commit too.
  void checkpoint(Checkpoint kind);

  /// How long a commit waits while another program holds the file; 5 s at first.
  void wait_for_others(std::chrono::milliseconds limit);

  /// Changes DatabaseSettings::pages_max.
  Result<void> limit_pages(std::int64_t pages_max);

 private:
  Database(DatabaseSettings settings, FileLock lock);
  /// One SQLite transaction; throws Failure.
  std::vector<Committed> write(std::span<const Transaction* const> group);

  DatabaseSettings settings_;
  FileLock lock_;  // released after the connection is closed
  std::atomic<std::int64_t> commits_{0};
  int log_pages_ = 0;
  int busy_timeout_ms_ = busy_timeout_ms;
  Connection connection_;
  Reads reads_;
  Counters counters_;
  std::unordered_map<std::string, MapId> map_ids_;
};

}  // namespace dualwrite::store::sqlite
