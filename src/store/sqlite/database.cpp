#include "store/sqlite/database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/writes.hpp"

namespace dualwrite::store::sqlite {
namespace {

int count_commit(void* counter) {
  static_cast<std::atomic<std::int64_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
  return 0;
}

int note_log_pages(void* pages, sqlite3* /*db*/, const char* /*name*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

// The lock is on a name, so two names of one file must come to the same.
std::string one_name(const std::string& file) {
  std::error_code problem;
  const std::filesystem::path path = std::filesystem::weakly_canonical(file, problem);
  return problem ? file : path.string();
}

// Business data: for this user's eyes only. SQLite gives the log and its index the file's mode.
void create_private(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) close(descriptor);  // if not, it exists, or SQLite says why not
}

std::string attempt(std::span<const Transaction* const> group) {
  return group.size() == 1 ? "storing a transaction" : "storing " + std::to_string(group.size()) + " transactions";
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(DatabaseSettings settings) {
  const std::string attempt = "opening the state";
  FileLock lock;
  if (settings.lock) {
    settings.file = one_name(settings.file);
    auto taken = FileLock::take(settings.file);
    if (!taken) return std::unexpected(std::move(taken).error().while_doing(attempt));
    lock = std::move(*taken);
    create_private(settings.file);
  }
  return guarded(attempt,
                 [&] { return std::unique_ptr<Database>(new Database(std::move(settings), std::move(lock))); });
}

Database::Database(DatabaseSettings settings, FileLock lock)
    : settings_(std::move(settings)),
      lock_(std::move(lock)),
      connection_(ConnectionSettings{settings_.file, settings_.vfs, false, settings_.value_bytes_max}),
      reads_(connection_) {
  prepare_schema(connection_);
  sqlite3_commit_hook(connection_.handle(), &count_commit, &commits_);
  // Takes the place of the automatic checkpoint, which would run inside of a commit: checkpoint() is called when idle.
  sqlite3_wal_hook(connection_.handle(), &note_log_pages, &log_pages_);
  if (settings_.pages_max > 0) {
    auto limited = limit_pages(settings_.pages_max);
    if (!limited) throw Failure(std::move(limited).error());
  }
  counters_.rebuild(connection_);
}

Database::~Database() = default;

std::vector<Committed> Database::write(std::span<const Transaction* const> group) {
  std::vector<Committed> out;
  out.reserve(group.size());
  CountsDelta delta;
  Scope scope(connection_, Scope::Kind::write);
  for (const Transaction* transaction : group) out.push_back(write_steps(connection_, *transaction, delta));
  scope.commit();
  counters_.add(delta);
  return out;
}

std::vector<Result<Committed>> Database::apply(std::span<const Transaction* const> group) {
  std::vector<Result<Committed>> out;
  out.reserve(group.size());
  if (group.empty()) return out;
  auto written = guarded(attempt(group), [&] { return write(group); });
  if (written) {
    for (Committed& committed : *written) out.emplace_back(std::move(committed));
  } else if (group.size() == 1) {
    out.emplace_back(std::unexpected(std::move(written).error()));
  } else {
    for (const Transaction* transaction : group) out.push_back(apply(*transaction));
  }
  return out;
}

Result<Committed> Database::apply(const Transaction& transaction) {
  const Transaction* const one = &transaction;
  return std::move(apply(std::span(&one, 1)).front());
}

Result<MapId> Database::map_id(const std::string& name) {
  const auto known = map_ids_.find(name);
  if (known != map_ids_.end()) return known->second;
  return guarded("looking up the map " + name, [&] {
    Scope scope(connection_, Scope::Kind::write);
    Query(connection_, "INSERT INTO map(name) VALUES(?) ON CONFLICT(name) DO NOTHING").bind(name).run();
    MapId id;
    {
      Query query(connection_, "SELECT id FROM map WHERE name = ?");
      query.bind(name);
      if (query.next()) id = MapId(static_cast<std::int32_t>(query.integer(0)));
    }
    scope.commit();
    map_ids_.emplace(name, id);
    return id;
  });
}

ConnectionSettings Database::reader_settings() const {
  return {settings_.file, settings_.vfs, true, settings_.value_bytes_max};
}

void Database::checkpoint(Checkpoint kind) {
  sqlite3* db = connection_.handle();
  if (kind == Checkpoint::passive) {
    sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    return;
  }
  sqlite3_busy_timeout(db, 0);
  if (sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) == SQLITE_OK) log_pages_ = 0;
  sqlite3_busy_timeout(db, busy_timeout_ms_);
}

void Database::wait_for_others(std::chrono::milliseconds limit) {
  busy_timeout_ms_ = static_cast<int>(limit.count());
  sqlite3_busy_timeout(connection_.handle(), busy_timeout_ms_);
}

Result<void> Database::limit_pages(std::int64_t pages_max) {
  return guarded("limiting the state file's size", [&] {
    // No limit, in SQLite's words, is its largest page number.
    const std::int64_t pages = pages_max > 0 ? pages_max : 4294967294;
    connection_.number(("PRAGMA max_page_count=" + std::to_string(pages)).c_str());
    settings_.pages_max = pages_max;
  });
}

}  // namespace dualwrite::store::sqlite
