#pragma once
// One SQLite connection with its prepared statements. Inside of src/store/sqlite a failure travels as an exception,
// because every single call can fail; Database turns it into a Result at its edge, with guarded().
#include <sqlite3.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "dualwrite/base/error.hpp"
#include "dualwrite/base/time.hpp"

namespace dualwrite::store::sqlite {

/// SQLite said no. It does not leave the room.
class Failure : public std::exception {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.message().c_str(); }
  [[nodiscard]] Error& error() noexcept { return error_; }

 private:
  Error error_;
};

/// The result of `work()`, or the Failure that it threw, with `attempt` in front.
template <class Work>
auto guarded(const std::string& attempt, Work work) -> Result<std::invoke_result_t<Work&>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (Failure& failure) {
    return std::unexpected(std::move(failure.error()).while_doing(attempt));
  }
}

// Another program may hold the file for a moment: the sqlite3 shell, a backup.
constexpr int busy_timeout_ms = 5000;

struct ConnectionSettings {
  std::string file;
  std::string vfs;         ///< a registered SQLite VFS; empty: the operating system's
  bool read_only = false;  ///< needs a writing connection beside it
  /// The longest text or row; more is refused as a failure of that transaction.
  int value_bytes_max = 64 << 20;
};

/// Used by one thread at a time. Throws Failure.
class Connection {
 public:
  explicit Connection(const ConnectionSettings& settings);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs statements without parameters and without result.
  void execute(const char* sql);
  /// The first column of the first row: PRAGMA values.
  std::int64_t number(const char* sql);
  std::string text(const char* sql);

  /// The prepared statement of that text, made on first use. One use at a time: see Query.
  sqlite3_stmt* statement(std::string_view sql);

  /// Throws the last error as a Failure.
  [[noreturn]] void raise();
  [[nodiscard]] sqlite3* handle() noexcept { return db_; }
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  std::string file_;
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements_;
};

/// One use of a prepared statement: parameters in order, then rows. Bound text must outlive the Query.
class Query {
 public:
  Query(Connection& connection, std::string_view sql);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::int64_t value);
  Query& bind(Instant at) { return bind(static_cast<std::int64_t>(at.time_since_epoch().count())); }
  Query& bind(std::string_view text);
  Query& bind(const std::string& text) { return bind(std::string_view(text)); }
  Query& bind(std::string&&) = delete;  // would be gone before the row is written
  Query& bind(const char*) = delete;
  Query& bind_null();
  /// NULL where the text is empty.
  Query& bind_unless_empty(std::string_view text) { return text.empty() ? bind_null() : bind(text); }

  /// True while there is a row.
  bool next();
  /// Runs a statement that has no rows.
  void run();
  /// Ready for another set of parameters.
  Query& again();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] Instant instant(int column) const { return Instant(std::chrono::milliseconds(integer(column))); }
  /// Valid until next(). Empty for NULL.
  [[nodiscard]] std::string_view view(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// A read snapshot or a write transaction; rolled back unless committed.
class Scope {
 public:
  enum class Kind : std::uint8_t { read, write };
  Scope(Connection& connection, Kind kind);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace dualwrite::store::sqlite
