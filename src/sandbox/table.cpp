#include "sandbox/table.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_set>

#include "dualwrite/base/text.hpp"

namespace dualwrite::sandbox {
namespace {
// A unit separator: it does not occur in text that people type.
constexpr char separator = '\x1f';
// Obsolete log entries are dropped when they are more than this and more than half of the log.
constexpr std::size_t dead_log_entries_kept = 4096;
// Rows come and go for ever; a reader who is further behind than this has to read everything.
constexpr std::size_t deletions_kept = 200000;
}  // namespace

std::string key_part(const Column& column, std::string_view text) {
  if (column.type != Type::string) return std::string(text);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return ascii_lower(text);
}

std::string join_key(const std::vector<std::string>& parts) {
  std::string key;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i != 0) key.push_back(separator);
    key += parts[i];
  }
  return key;
}

std::optional<std::string> key_of(const TableSchema& schema, const Key& key, const Row& row, bool null_is_empty) {
  std::string result;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const auto text = row.get(key.columns[i]);
    if (!text && !null_is_empty) return std::nullopt;
    if (i != 0) result.push_back(separator);
    if (text) result += key_part(schema.column(key.columns[i]), *text);
  }
  return result;
}

Table::Table(const TableSchema& schema, bool log_changes)
    : schema_(&schema), log_changes_(log_changes), indexes_(schema.keys.size()) {
  for (ColumnId id = 0; id < schema.columns.size(); ++id) {
    const Column& column = schema.columns[id];
    // Users, teams and business units do not go while rows are theirs.
    if (!column.targets.empty() && !column.read_only && column.source_type != "Owner") lookups_.push_back(id);
  }
  references_.resize(lookups_.size());
}

Hit Table::find(std::string_view key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? Hit{} : Hit{&found->first, &found->second};
}

Hit Table::find_by(std::size_t index, std::string_view key) const {
  const auto found = indexes_[index].find(std::string(key));
  return found == indexes_[index].end() ? Hit{} : find(*found->second);
}

std::vector<Hit> Table::changed_after(std::int64_t version, std::int64_t until, std::size_t limit) const {
  std::vector<Hit> hits;
  auto at = std::ranges::upper_bound(log_, version, {}, &LogEntry::version);
  for (; at != log_.end() && at->version <= until && hits.size() < limit; ++at) {
    if (at->key != nullptr) hits.push_back(find(*at->key));
  }
  return hits;
}

std::vector<const Table::Deletion*> Table::deleted_after(std::int64_t version, std::int64_t until) const {
  std::vector<const Deletion*> found;
  auto at = std::ranges::upper_bound(deletions_, version, {}, &Deletion::version);
  for (; at != deletions_.end() && at->version <= until; ++at) found.push_back(&*at);
  // Of a row that was deleted more than once the last deletion counts, and of one that is there again by then, none. A
  // row that is there again later than `until` is still a deletion here.
  std::unordered_set<std::string_view> told;
  std::vector<const Deletion*> last;
  for (auto deletion = found.rbegin(); deletion != found.rend(); ++deletion) {
    if (!told.insert((*deletion)->key).second) continue;
    const Hit row = find((*deletion)->key);
    if (row && row.record->version > (*deletion)->version && row.record->version <= until) continue;
    last.push_back(*deletion);
  }
  std::ranges::reverse(last);
  return last;
}

std::vector<std::string> Table::referring(ColumnId column, std::string_view key) const {
  const auto place = static_cast<std::size_t>(std::ranges::find(lookups_, column) - lookups_.begin());
  const auto count = references_[place].find(key);
  std::vector<std::string> keys;
  if (count == references_[place].end()) return keys;
  for (const auto& [row_key, record] : rows_) {
    if (record.row.get(column) == key) keys.push_back(row_key);
    if (keys.size() == count->second) break;
  }
  return keys;
}

void Table::count_references(const Row& row, bool add) {
  if (lookups_.empty()) return;
  row.for_each([&](ColumnId column, std::string_view target) {
    const auto lookup = std::ranges::lower_bound(lookups_, column);
    if (lookup == lookups_.end() || *lookup != column) return;
    TextMap<std::uint32_t>& counts = references_[static_cast<std::size_t>(lookup - lookups_.begin())];
    const auto found = counts.find(target);
    if (add && found == counts.end()) {
      counts.emplace(target, 1U);
    } else if (add) {
      ++found->second;
    } else if (--found->second == 0) {
      counts.erase(found);
    }
  });
}

void Table::index(const std::string& key, const Row& row, bool add) {
  count_references(row, add);
  for (std::size_t i = 0; i < indexes_.size(); ++i) {
    auto alternate = key_of(*schema_, schema_->keys[i], row, false);
    if (!alternate) continue;
    if (add) {
      indexes_[i].insert_or_assign(std::move(*alternate), &key);
    } else {
      indexes_[i].erase(*alternate);
    }
  }
}

void Table::write(const std::string& key, std::optional<Record> record) {
  auto found = rows_.find(key);
  if (found != rows_.end()) index(found->first, found->second.row, false);
  if (!record) {
    if (found != rows_.end()) rows_.erase(found);
    return;
  }
  if (found == rows_.end()) found = rows_.try_emplace(key).first;
  found->second = std::move(*record);
  index(found->first, found->second.row, true);
}

void Table::log(const std::string& key, std::int64_t version_before, std::int64_t deletion_version) {
  if (!log_changes_) return;
  if (version_before != 0) {
    const auto at = std::ranges::lower_bound(log_, version_before, {}, &LogEntry::version);
    if (at != log_.end() && at->version == version_before) {
      at->key = nullptr;
      ++dead_log_entries_;
    }
  }
  // A transaction that was open for a while comes with versions that are older than the last ones.
  const auto found = rows_.find(key);
  if (found != rows_.end()) {
    const std::int64_t version = found->second.version;
    log_.insert(std::ranges::upper_bound(log_, version, {}, &LogEntry::version), LogEntry{version, &found->first});
  } else {
    deletions_.insert(std::ranges::upper_bound(deletions_, deletion_version, {}, &Deletion::version),
                      Deletion{deletion_version, key});
  }
  if (deletions_.size() > deletions_kept) {
    forgotten_ = deletions_.front().version;
    deletions_.pop_front();
  }
  if (dead_log_entries_ > dead_log_entries_kept && dead_log_entries_ * 2 > log_.size()) {
    std::erase_if(log_, [](const LogEntry& entry) { return entry.key == nullptr; });
    dead_log_entries_ = 0;
  }
}

void Table::save(Writer& to) const {
  to.text(schema_->name);
  to.number(static_cast<std::int64_t>(schema_->columns.size()));
  for (const Column& column : schema_->columns) to.text(column.name);
  to.number(static_cast<std::int64_t>(rows_.size()));
  for (const auto& [key, record] : rows_) {
    to.text(key);
    to.text(record.row.bytes());
    to.number(record.version);
    to.number(record.rec_id);
  }
  to.number(static_cast<std::int64_t>(deletions_.size()));
  for (const Deletion& deletion : deletions_) {
    to.number(deletion.version);
    to.text(deletion.key);
  }
}

void Table::load(Reader& from) {
  from.expect(schema_->name);
  if (from.count() != schema_->columns.size()) throw ArchiveError(schema_->name + " has other columns there");
  for (const Column& column : schema_->columns) from.expect(column.name);
  rows_.clear();
  for (auto& index : indexes_) index.clear();
  for (auto& counts : references_) counts.clear();
  deletions_.clear();
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::string key(from.text());
    auto row = Row::from_bytes(from.text(), schema_->columns.size());
    if (!row) throw ArchiveError("a row of " + schema_->name + " cannot be read");
    Record record{std::move(*row), 0, 0};
    record.version = from.number();
    record.rec_id = from.number();
    write(key, std::move(record));
  }
  for (std::size_t left = from.count(); left > 0; --left) {
    const std::int64_t version = from.number();
    deletions_.push_back({version, std::string(from.text())});
  }
  rebuild_log();
}

// Every row stands in the log under its last version, so the rows say all that the log does.
void Table::rebuild_log() {
  log_.clear();
  dead_log_entries_ = 0;
  if (!log_changes_) return;
  for (const auto& [key, record] : rows_) log_.push_back({record.version, &key});
  std::ranges::sort(log_, {}, &LogEntry::version);
}

Transaction::~Transaction() {
  rollback();
}

std::optional<std::size_t> Transaction::put(Table& table, const std::string& key, Record record) {
  if (gate_ != nullptr) {
    const Hit before = table.find(key);
    gate_->before_write(*this, table, key, before ? &before.record->row : nullptr, &record.row);
  }
  for (std::size_t i = 0; i < table.indexes_.size(); ++i) {
    const auto alternate = key_of(table.schema(), table.schema().keys[i], record.row, false);
    if (!alternate) continue;
    const auto found = table.indexes_[i].find(*alternate);
    if (found != table.indexes_[i].end() && *found->second != key) return i;
  }
  const Hit old = table.find(key);
  undo_.push_back({&table, key, old ? std::optional<Record>(*old.record) : std::nullopt, record.version});
  table.write(key, std::move(record));
  return std::nullopt;
}

void Transaction::erase(Table& table, const std::string& key, std::int64_t deletion_version) {
  const Hit old = table.find(key);
  assert(old);
  if (gate_ != nullptr) gate_->before_write(*this, table, key, &old.record->row, nullptr);
  undo_.push_back({&table, key, *old.record, deletion_version});
  // The index keeps pointers to the key inside the map, so the row's own copy must not be the argument.
  table.write(undo_.back().key, std::nullopt);
}

void Transaction::commit() {
  // Each row is logged once, under its last version, and with the version that it had before the transaction.
  std::map<std::pair<const Table*, std::string_view>, std::pair<const Undo*, const Undo*>> first_and_last;
  for (const Undo& write : undo_) {
    const auto [at, is_new] = first_and_last.try_emplace({write.table, write.key}, &write, &write);
    if (!is_new) at->second.second = &write;
  }
  std::vector<std::pair<const Undo*, const Undo*>> writes;
  writes.reserve(first_and_last.size());
  for (const auto& [key, pair] : first_and_last) writes.push_back(pair);
  std::ranges::sort(writes, {}, [](const auto& pair) { return pair.second->version; });
  for (const auto& [first, last] : writes) {
    const std::int64_t version_before = first->before ? first->before->version : 0;
    last->table->log(last->key, version_before, last->version);
  }
  undo_.clear();
  const auto actions = std::move(after_commit_);
  after_commit_.clear();
  for (const auto& action : actions) action();
}

void Transaction::rollback() {
  while (!undo_.empty()) {
    Undo last = std::move(undo_.back());
    undo_.pop_back();
    last.table->write(last.key, std::move(last.before));
  }
  after_commit_.clear();
}

}  // namespace dualwrite::sandbox
