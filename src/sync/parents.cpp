// Rows that a write refers to and that are not there yet: which records bring them, and what to do where those wait for
// this very record.
#include <spdlog/logger.h>

#include <algorithm>
#include <set>

#include "dualwrite/maps/translate.hpp"
#include "sync/round.hpp"

namespace dualwrite::sync {
namespace {

/// The value that a column of the child gives to a key column of the parent; absent if none does.
Value given_by_child(const maps::TableMap& child, const std::string& navigation, const std::string& parent_path,
                     const std::vector<ColumnValue>& cells) {
  for (const ColumnValue& cell : cells) {
    const maps::Column& column = child.columns[cell.column];
    if (!column.lookup || column.lookup->navigation != navigation) continue;
    if (column.lookup->column == parent_path) return cell.value;
  }
  return {};
}

/// The key of a related record: its own key columns are the lookup's values, its company is the record's.
std::optional<RecordKey> parent_key(const maps::TableMap& child, const RecordKey& child_key,
                                    const maps::TableMap& parent, const std::string& navigation, const Value& value,
                                    const std::vector<ColumnValue>& cells) {
  Row row(parent.columns.size());
  bool placed = false;
  for (const std::size_t column : parent.key_columns()) {
    const Value given = given_by_child(child, navigation, parent.columns[column].dataverse, cells);
    if (!given.is_absent()) {
      row[column] = given;
      placed = true;
    } else if (parent.company_column() == column) {
      const auto company = child.company_column();
      const std::vector<std::size_t> keys = child.key_columns();
      const std::vector<std::string> parts = maps::key_parts(child_key);
      for (std::size_t index = 0; index < keys.size() && index < parts.size(); ++index) {
        if (company == keys[index]) row[column] = Value::string(parts[index]);
      }
    } else if (!placed) {
      row[column] = value;
      placed = true;
    } else {
      return std::nullopt;  // a key of several columns cannot come from one value
    }
  }
  auto key = maps::key_of(parent, row);
  if (!key) return std::nullopt;
  return std::move(*key);
}

}  // namespace

/// The records of other maps, or of this one, that the write's lookups name.
std::vector<Round::Candidate> Round::possible_parents(const Item& item, const Sent& sent) const {
  std::vector<Candidate> candidates;
  const auto add = [&](const std::string& set, const std::string& own_navigation, const std::string& navigation,
                       const Value& value) {
    const MapRuntime* parent = services_.map_of_set(set);
    if (parent == nullptr) return;
    auto key = parent_key(map_.map(), item.key, parent->map(), navigation, value, sent.write.cells);
    if (key) candidates.emplace_back(RecordRef(parent->id(), std::move(*key)), own_navigation);
  };
  for (const ColumnValue& cell : sent.write.cells) {
    const maps::Column& column = map_.map().columns[cell.column];
    if (!column.lookup || cell.value.is_null()) continue;
    const maps::Lookup& lookup = *column.lookup;
    add(lookup.entity_set, lookup.navigation, lookup.navigation, cell.value);
    for (const maps::Lookup& other : lookup.others) add(other.entity_set, lookup.navigation, {}, cell.value);
  }
  return candidates;
}

Task<void> Round::find_parents() {
  for (Item& item : items_) {
    for (const Sent& sent : item.sent) {
      if (sent.reply.outcome != endpoint::WriteOutcome::parent_missing) continue;
      const std::vector<Candidate> candidates = possible_parents(item, sent);
      if (candidates.empty()) continue;
      std::vector<RecordRef> records;
      for (const Candidate& candidate : candidates) records.push_back(candidate.parent);
      auto couplings = co_await services_.store.couplings(std::move(records));
      if (!couplings) continue;
      std::set<std::string> arrived;  // of several tables where the row may be, one is enough
      for (std::size_t index = 0; index < candidates.size(); ++index) {
        const std::optional<Coupling>& parent = (*couplings)[index];
        if (parent && parent->sides[sent.write.side].shadow) arrived.insert(candidates[index].navigation);
      }
      for (const Candidate& candidate : candidates) {
        if (!arrived.contains(candidate.navigation)) item.parents.push_back(candidate.parent);
      }
      services_.log->debug("a row that it refers to is not there map={} record=\"{}\" parents={} why=\"{}\"",
                           map_.map().name, item.key.text(), item.parents.size(), sent.reply.error);
    }
    services_.lacking.note(ref(item), item.parents);
  }
  cut_cycles();
}

/// A row that is to be created, and refers to one that waits for it, is created without that reference. What is left
/// out is written by the next rounds, which wait for it as for any parent.
void Round::cut_cycles() {
  for (Item& item : items_) {
    if (item.parents.empty()) continue;
    for (const Sent& sent : item.sent) {
      const bool new_row = sent.write.side == Side::dataverse && sent.write.kind == WriteKind::create &&
                           sent.reply.outcome == endpoint::WriteOutcome::parent_missing;
      if (!new_row) continue;
      for (const Candidate& candidate : possible_parents(item, sent)) {
        const bool lacking = std::ranges::find(item.parents, candidate.parent) != item.parents.end();
        if (lacking && services_.lacking.leads(candidate.parent, ref(item))) leave_out(item, candidate.navigation);
      }
    }
  }
}

/// Nothing is left out of the record's key: without that the row would be another one.
void Round::leave_out(Item& item, const std::string& navigation) {
  std::vector<std::size_t> columns;
  const std::vector<maps::Column>& all = map_.map().columns;
  for (std::size_t column = 0; column < all.size(); ++column) {
    if (!all[column].lookup || all[column].lookup->navigation != navigation) continue;
    if (all[column].key) return;
    if (std::ranges::find(item.dirt.left_out, column) == item.dirt.left_out.end()) columns.push_back(column);
  }
  if (columns.empty()) return;
  item.dirt.left_out.insert(item.dirt.left_out.end(), columns.begin(), columns.end());
  item.cut = true;
  services_.log->info("a cycle of references: the row is created without one first map={} record=\"{}\" lookup={}",
                      map_.map().name, item.key.text(), navigation);
}

}  // namespace dualwrite::sync
