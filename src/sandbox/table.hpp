#pragma once
// Tables in memory with their indexes and change logs, and the transaction through which alone they are written.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/archive.hpp"
#include "sandbox/row.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

struct Record {
  Row row;
  std::int64_t version = 0;  ///< Dataverse: versionnumber; F&O: RecVersion
  std::int64_t rec_id = 0;   ///< F&O: RecId
};

/// The part of an index key that one cell gives: strings without regard to case and trailing spaces.
std::string key_part(const Column& column, std::string_view text);
/// Joins parts to an index key.
std::string join_key(const std::vector<std::string>& parts);
/// The index key of a row; nothing if a cell is null and `null_is_empty` is not set.
std::optional<std::string> key_of(const TableSchema& schema, const Key& key, const Row& row, bool null_is_empty);

struct Hit {
  const std::string* key = nullptr;  ///< primary index key; valid as long as the row is there
  const Record* record = nullptr;
  explicit operator bool() const noexcept { return record != nullptr; }
};

/// Rows by primary key in key order, hash indexes for alternate keys, and the changes by version.
class Table {
 public:
  using Rows = std::map<std::string, Record, std::less<>>;
  struct Deletion {
    std::int64_t version = 0;
    std::string key;
  };

  Table(const TableSchema& schema, bool log_changes);

  [[nodiscard]] const TableSchema& schema() const noexcept { return *schema_; }
  [[nodiscard]] const Rows& rows() const noexcept { return rows_; }
  [[nodiscard]] Hit find(std::string_view key) const;
  /// By the alternate key of that number.
  [[nodiscard]] Hit find_by(std::size_t index, std::string_view key) const;

  /// The rows whose last change has a version above `version` and is not above `until`, oldest first, at most `limit`.
  [[nodiscard]] std::vector<Hit> changed_after(std::int64_t version, std::int64_t until, std::size_t limit) const;
  /// Each row once, by its last deletion; none that is there again by then.
  [[nodiscard]] std::vector<const Deletion*> deleted_after(std::int64_t version, std::int64_t until) const;

  /// The lookups whose targets can be deleted under them.
  [[nodiscard]] const std::vector<ColumnId>& lookups() const noexcept { return lookups_; }
  /// The keys of the rows whose lookup `column`, one of lookups(), points to that key.
  [[nodiscard]] std::vector<std::string> referring(ColumnId column, std::string_view key) const;
  /// Deletions up to this version have been forgotten.
  [[nodiscard]] std::int64_t forgotten() const noexcept { return forgotten_; }

  void save(Writer& to) const;
  /// Replaces everything by what was saved. Throws ArchiveError, and then holds nothing of use.
  void load(Reader& from);

 private:
  friend class Transaction;
  struct LogEntry {
    std::int64_t version = 0;
    const std::string* key = nullptr;  ///< nullptr: a later entry took its place
  };
  void write(const std::string& key, std::optional<Record> record);
  void index(const std::string& key, const Row& row, bool add);
  void count_references(const Row& row, bool add);
  void rebuild_log();
  void log(const std::string& key, std::int64_t version_before, std::int64_t deletion_version);

  const TableSchema* schema_;
  bool log_changes_;
  Rows rows_;
  std::vector<std::unordered_map<std::string, const std::string*>> indexes_;
  std::vector<ColumnId> lookups_;
  std::vector<TextMap<std::uint32_t>> references_;  ///< for each of lookups_: how many rows point to a key
  std::deque<LogEntry> log_;
  std::size_t dead_log_entries_ = 0;
  std::deque<Deletion> deletions_;
  std::int64_t forgotten_ = 0;
};

class Transaction;

/// Asked before each write of a transaction: where rows can be locked by others. Throws if the write cannot be done
/// now.
class WriteGate {
 public:
  virtual ~WriteGate() = default;
  /// `before` and `after` are nullptr where there is no row.
  virtual void before_write(Transaction& transaction, const Table& table, const std::string& key, const Row* before,
                            const Row* after) = 0;
};

/// All writes of one request or change set. Not committed: everything is undone when it goes.
class Transaction {
 public:
  Transaction() = default;
  /// `gate` may be nullptr, and must outlive it.
  explicit Transaction(WriteGate* gate) : gate_(gate) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// The alternate key that another row already has, or nothing if the row was written.
  std::optional<std::size_t> put(Table& table, const std::string& key, Record record);
  /// `deletion_version` is the version under which a change log reports it.
  void erase(Table& table, const std::string& key, std::int64_t deletion_version);
  /// Something to do once the writes are final.
  void after_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }
  void commit();
  void rollback();

  struct Undo {
    Table* table = nullptr;
    std::string key;
    std::optional<Record> before;
    std::int64_t version = 0;  ///< of this write
  };
  /// What has been written and is not final yet, in order.
  [[nodiscard]] const std::vector<Undo>& writes() const noexcept { return undo_; }

 private:
  WriteGate* gate_ = nullptr;
  std::vector<Undo> undo_;
  std::vector<std::function<void()>> after_commit_;
};

}  // namespace dualwrite::sandbox
