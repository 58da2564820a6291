#include "store/sqlite/connection.hpp"

namespace dualwrite::store::sqlite {
namespace {

std::string hint_for(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "free space on that disk; what was stored before is intact";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds the file open for writing: end it";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "give this user the right to write the file and its directory";
    case SQLITE_CANTOPEN:
      return "check that the directory exists and that this user may write in it";
    case SQLITE_CORRUPT:
      return "stop, keep a copy of the file, and restore it from a backup";
    case SQLITE_NOTADB:
      return "name another file: this one holds something else";
    case SQLITE_IOERR:
      return "check the disk and the kernel's log";
    default:
      return {};
  }
}

}  // namespace

Connection::Connection(const ConnectionSettings& settings) : file_(settings.file) {
  const int access = settings.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const char* vfs = settings.vfs.empty() ? nullptr : settings.vfs.c_str();
  const int code = sqlite3_open_v2(file_.c_str(), &db_, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
  try {
    if (code != SQLITE_OK) raise();
    sqlite3_busy_timeout(db_, busy_timeout_ms);
    sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, settings.value_bytes_max);
    execute("PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768");
  } catch (...) {  // the destructor does not run for a half-made object
    sqlite3_close_v2(db_);
    throw;
  }
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

void Connection::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) raise();
}

std::int64_t Connection::number(const char* sql) {
  Query query(*this, sql);
  return query.next() ? query.integer(0) : 0;
}

std::string Connection::text(const char* sql) {
  Query query(*this, sql);
  return query.next() ? query.text(0) : std::string();
}

sqlite3_stmt* Connection::statement(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
      SQLITE_OK) {
    raise();
  }
  statements_.emplace(std::string(sql), made);
  return made;
}

void Connection::raise() {
  const int code = db_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(db_);
  std::string message = "state file " + file_ + ": ";
  message += db_ == nullptr ? "out of memory" : sqlite3_errmsg(db_);
  message += " (SQLite code " + std::to_string(code) + ')';
  throw Failure(Error(Errc::storage, std::move(message), hint_for(code)));
}

Query::Query(Connection& connection, std::string_view sql)
    : connection_(connection), statement_(connection.statement(sql)) {}

Query::~Query() {
  sqlite3_reset(statement_);  // repeats the error of the last step, which was reported there
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
  if (sqlite3_bind_int64(statement_, ++bound_, value) != SQLITE_OK) connection_.raise();
  return *this;
}

Query& Query::bind(std::string_view text) {
  // A view without storage would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  if (sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
    connection_.raise();
  }
  return *this;
}

Query& Query::bind_null() {
  if (sqlite3_bind_null(statement_, ++bound_) != SQLITE_OK) connection_.raise();
  return *this;
}

bool Query::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_.raise();
  return false;
}

void Query::run() {
  while (next()) {
  }
}

Query& Query::again() {
  sqlite3_reset(statement_);
  bound_ = 0;
  return *this;
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Query::view(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  const int bytes = sqlite3_column_bytes(statement_, column);
  if (text == nullptr) {
    if (sqlite3_errcode(connection_.handle()) == SQLITE_NOMEM) connection_.raise();
    return {};
  }
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes)};
}

Scope::Scope(Connection& connection, Kind kind) : connection_(connection) {
  // IMMEDIATE: a transaction that reads first and then writes could not wait for another writer, only fail.
  Query(connection_, kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Scope::~Scope() {
  // After some errors (disk full, out of memory) SQLite has rolled back by itself.
  if (open_ && sqlite3_get_autocommit(connection_.handle()) == 0) {
    sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Scope::commit() {
  Query(connection_, "COMMIT").run();
  open_ = false;
}

}  // namespace dualwrite::store::sqlite
