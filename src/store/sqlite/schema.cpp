#include "store/sqlite/schema.hpp"

namespace dualwrite::store::sqlite {
namespace {

// Times are milliseconds since the epoch. Words are words, so that the sqlite3 shell shows them.
//
// coupling has a rowid, and its key an index of its own: the state is about a kilobyte, and a WITHOUT ROWID table of
// such rows has four to a page on every level (measured with 300 000: a fourth of the read rate, three times the size).
// mark has no second index: it is an append-only log that is scheduled in memory.
// AUTOINCREMENT: a number that a mark, journal line or dead letter once had is never given again.
constexpr const char* tables = R"sql(
CREATE TABLE map(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE coupling(
  id INTEGER PRIMARY KEY,
  map INTEGER NOT NULL,
  key TEXT NOT NULL,
  finops_key TEXT,
  dataverse_key TEXT,
  finops_token TEXT,
  dataverse_token TEXT,
  live INTEGER NOT NULL,            -- 0: a tombstone
  finops_present INTEGER NOT NULL,  -- a row is known there
  dataverse_present INTEGER NOT NULL,
  state TEXT NOT NULL               -- one line of JSON
) STRICT;
CREATE UNIQUE INDEX coupling_key ON coupling(map, key);
CREATE INDEX coupling_finops_key ON coupling(map, finops_key) WHERE finops_key IS NOT NULL;
CREATE INDEX coupling_dataverse_key ON coupling(map, dataverse_key) WHERE dataverse_key IS NOT NULL;
CREATE INDEX coupling_tombstone ON coupling(map) WHERE live = 0;
CREATE TABLE mark(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  map INTEGER NOT NULL,
  side TEXT NOT NULL,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  endpoint_key TEXT NOT NULL,
  time_from INTEGER NOT NULL,
  time_to INTEGER NOT NULL,
  time_source TEXT NOT NULL,
  deleted INTEGER NOT NULL
) STRICT;
CREATE TABLE journal(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  map INTEGER NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  side TEXT NOT NULL,
  column_name TEXT NOT NULL,
  rule TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX journal_record ON journal(map, key);
CREATE INDEX journal_kind ON journal(kind);
CREATE TABLE dead_letter(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  map INTEGER NOT NULL,
  key TEXT NOT NULL,
  side TEXT NOT NULL,
  state TEXT NOT NULL,
  error_class TEXT NOT NULL,
  error TEXT NOT NULL,
  hint TEXT NOT NULL,
  attempted TEXT NOT NULL,
  finops_row TEXT NOT NULL,
  dataverse_row TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  closed_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX dead_letter_open ON dead_letter(map, key, side) WHERE state = 'open';
CREATE INDEX dead_letter_record ON dead_letter(map, key);
CREATE INDEX dead_letter_state ON dead_letter(state);
CREATE TABLE setting(
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

[[noreturn]] void refuse(const Connection& connection, const std::string& why, std::string hint) {
  throw Failure(Error(Errc::storage, "state file " + connection.file() + ": " + why, std::move(hint)));
}

void check_owner(Connection& connection) {
  const std::int64_t owner = connection.number("PRAGMA application_id");
  const std::int64_t version = connection.number("PRAGMA user_version");
  const bool empty = connection.number("SELECT count(*) FROM sqlite_master") == 0;
  if (owner != application_id && !(owner == 0 && version == 0 && empty)) {
    refuse(connection, "it is the SQLite database of another program", "name another file, or one that does not exist");
  }
  if (version > schema_version) {
    refuse(connection,
           "it was written by a newer version of dualwrite (format " + std::to_string(version) + "; this one knows " +
               std::to_string(schema_version) + ')',
           "run that newer version, or restore the backup that was made before it was installed");
  }
}

// Version 2: rows are found when their key has changed, and tombstones have an end. A tombstone of an uncoupled record
// has none. What version 1 knew of F&O's rows is learnt as they are read.
constexpr const char* version_2 = R"sql(
ALTER TABLE coupling ADD COLUMN finops_row TEXT;       -- F&O: what stays of the row when its key changes
ALTER TABLE coupling ADD COLUMN tombstone_at INTEGER;
CREATE INDEX coupling_finops_row ON coupling(map, finops_row) WHERE finops_row IS NOT NULL;
CREATE INDEX coupling_tombstone_at ON coupling(map, tombstone_at) WHERE tombstone_at IS NOT NULL;
UPDATE coupling SET tombstone_at = json_extract(state, '$.deleted')
  WHERE live = 0 AND json_extract(state, '$.uncoupled') IS NULL;
)sql";

void bring_up_tables(Connection& connection) {
  Scope transaction(connection, Scope::Kind::write);
  const std::int64_t version = connection.number("PRAGMA user_version");
  if (version == 0) {
    connection.execute(tables);
    connection.execute(("PRAGMA application_id=" + std::to_string(application_id)).c_str());
  }
  if (version < 2) connection.execute(version_2);
  if (version < schema_version) {
    connection.execute(("PRAGMA user_version=" + std::to_string(schema_version)).c_str());
  }
  transaction.commit();
}

}  // namespace

void prepare_schema(Connection& connection) {
  check_owner(connection);
  // SQLite opens what it may not write for reading, and would only say so at the first change.
  if (sqlite3_db_readonly(connection.handle(), "main") != 0) {
    refuse(connection, "this user may only read it", "give this user the right to write the file and its directory");
  }
  connection.execute("PRAGMA synchronous=FULL");
  bring_up_tables(connection);
  const std::string mode = connection.text("PRAGMA journal_mode=WAL");
  if (mode != "wal") {
    refuse(connection, "its file system cannot hold a write-ahead log (SQLite answered '" + mode + "')",
           "put the state file on a local file system");
  }
  // What a reader made the log grow to is given back once it starts anew.
  connection.execute("PRAGMA journal_size_limit=67108864");
}

}  // namespace dualwrite::store::sqlite
