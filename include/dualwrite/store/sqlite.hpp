#pragma once
// The SQLite backend: WAL, synchronous=FULL, one writer thread with natural group commit, one reader thread.
#include <memory>
#include <string>

#include "dualwrite/store/store.hpp"

namespace dualwrite::store {

struct SqliteSettings {
  std::string file;  ///< created if it does not exist; its directory must exist
};

/// Opens or creates the state file and locks it for this process. Fails with Errc::storage: a file from a newer
/// version, a directory that is not writable, a second daemon on the same file; the message names the file.
Result<std::unique_ptr<Store>> open_sqlite(Executor executor, SqliteSettings settings);

}  // namespace dualwrite::store
