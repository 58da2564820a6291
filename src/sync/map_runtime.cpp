#include "sync/map_runtime.hpp"

#include <spdlog/logger.h>

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/endpoint/metadata.hpp"
#include "dualwrite/maps/translate.hpp"

namespace dualwrite::sync {
namespace {

/// More remembered decisions than this are thinned out to those that an open page read may still contradict.
constexpr std::size_t touched_max = 20000;

}  // namespace

MapRuntime::MapRuntime(Services& services, maps::TableMap definition, MapId id)
    : work(services.executor),
      progress(services.executor),
      services_(services),
      map_(std::move(definition)),
      policy_(map_.policy()),
      id_(id),
      transitions_(services.executor, 1) {}

void MapRuntime::take_mark(MarkSeq seq, const Mark& given, std::optional<SeenRow> row) {
  Mark mark = given;
  // From the last complete scan before the mark: the record may wait, and later scans tell nothing of it meanwhile.
  if (mark.time.source == TimeSource::none) {
    mark.time = EditTime(last_scan_start[mark.side], services_.clock.now(), TimeSource::window);
  }
  if (mark.key.empty()) {
    hints_[mark.endpoint_key].fold(seq, mark, std::nullopt);
  } else {
    if (row && touched_since(mark.key, row->read_number)) row.reset();
    lanes_.add(mark.key, seq, mark, std::move(row));
  }
  work.notify();
}

bool MapRuntime::touched_since(const RecordKey& key, std::uint64_t read_number) const {
  const auto touched = touched_.find(key);
  return touched != touched_.end() && touched->second > read_number;
}

void MapRuntime::touch(const RecordKey& key) {
  if (services_.oldest_open_read() == UINT64_MAX) {
    touched_.clear();
    return;
  }
  if (touched_.size() > touched_max) {
    const std::uint64_t oldest = services_.oldest_open_read();
    std::erase_if(touched_, [&](const auto& entry) { return entry.second < oldest; });
  }
  touched_[key] = services_.next_read_number();
}

Task<Result<bool>> MapRuntime::move_state(std::vector<store::MapState> from, store::MapState state, std::string why) {
  store::Transaction nothing_else;
  co_return co_await move_state(std::move(from), state, std::move(why), std::move(nothing_else));
}

Task<Result<bool>> MapRuntime::move_state(std::vector<store::MapState> from, store::MapState state, std::string why,
                                          store::Transaction extra) {
  const Semaphore::Permit turn = co_await transitions_.acquire();
  if (std::ranges::find(from, state_) == from.end()) co_return false;
  auto changed = co_await change_state(state, std::move(why), std::move(extra));
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return true;
}

Task<Result<bool>> MapRuntime::hold_deletions(std::vector<store::MapState> from, capture::RecordKeys records,
                                              std::optional<Side> scanned, std::string why) {
  const Semaphore::Permit turn = co_await transitions_.acquire();
  if (std::ranges::find(from, state_) == from.end() || deletes.holds()) co_return false;
  store::JournalEntry entry;
  entry.at = services_.clock.now();
  entry.record.map = id_;
  entry.kind = store::JournalKind::held;
  entry.side = scanned.value_or(entry.side);
  entry.rule = why;
  store::Transaction transaction;
  transaction.journal(std::move(entry));
  auto changed = co_await change_state(store::MapState::held, std::move(why), std::move(transaction));
  if (!changed) co_return std::unexpected(std::move(changed).error());
  // What came to its end during the commit would keep its approval for ever.
  if (!scanned) std::erase_if(records, [&](const RecordKey& key) { return !lanes_.contains(key); });
  deletes.hold(records, scanned);
  co_return true;
}

Task<Result<void>> MapRuntime::change_state(store::MapState state, std::string why, store::Transaction transaction) {
  transaction.setting("state/" + map_.name, std::string(store::to_string(state)));
  transaction.setting("reason/" + map_.name, why);
  auto committed = co_await services_.store.commit(std::move(transaction));
  if (!committed) co_return std::unexpected(std::move(committed).error());
  const auto level = state == store::MapState::held ? spdlog::level::warn : spdlog::level::info;
  services_.log->log(level, "map state changed map={} from={} to={} why=\"{}\"", map_.name, store::to_string(state_),
                     store::to_string(state), why);
  // Whoever waits for the end of the initial sync is told, whatever ended it.
  const bool ends_it = state == store::MapState::held || state == store::MapState::stopped;
  if (state_ == store::MapState::initial_sync && ends_it) {
    initial.state = InitialSyncProgress::State::failed;
    initial.error = why.empty() ? "stopped by request" : why;
    initial.finished_at = services_.clock.now();
  }
  restore_state(state, std::move(why));
  co_return Result<void>();
}

void MapRuntime::restore_state(store::MapState state, std::string why) {
  state_ = state;
  reason = std::move(why);
  // Records that somebody waits for go before those that are only behind.
  endpoint::Urgency urgency = endpoint::Urgency::live;
  if (state == store::MapState::catching_up) urgency = endpoint::Urgency::catch_up;
  if (state == store::MapState::initial_sync) urgency = endpoint::Urgency::initial_sync;
  for (const Side side : both_sides) services_.endpoint(side).set_urgency(map_.name, urgency);
  work.notify();
  progress.notify();
}

Letter MapRuntime::letter(const RecordKey& key, Side side) const {
  const auto found = letters_.find(key);
  return found == letters_.end() ? Letter::none : found->second[side];
}

void MapRuntime::note_letter(const RecordKey& key, Side side, Letter letter) {
  PerSide<Letter>& sides = letters_[key];
  sides[side] = letter;
  if (sides == PerSide<Letter>()) letters_.erase(key);
}

Task<Result<void>> MapRuntime::learn_companies() {
  if (!map_.binds_by_company() || !companies_.empty()) co_return Result<void>();
  const maps::Column& column = map_.columns[*map_.company_column()];
  auto ids = co_await services_.endpoint(Side::dataverse).lookup_ids(*column.lookup);
  if (!ids) co_return std::unexpected(std::move(ids).error());
  for (const std::string& company : map_.companies) {
    if (ids->contains(ascii_lower(company))) continue;
    co_return fail(Errc::not_found, "the company " + company + " is not among the " + column.lookup->entity_set,
                   "create it in Dataverse, or take it out of the map " + map_.name);
  }
  companies_ = std::move(*ids);
  co_return Result<void>();
}

Task<Result<void>> MapRuntime::learn_values() {
  const auto unknown = [](const maps::Column& column) { return column.by_label && column.values.empty(); };
  if (std::ranges::none_of(map_.columns, unknown)) co_return Result<void>();
  endpoint::MetadataQuery query = endpoint::query_of(map_);
  auto metadata = co_await endpoint::read_metadata(services_.endpoint(Side::finops),
                                                   services_.endpoint(Side::dataverse), std::move(query));
  if (!metadata) co_return std::unexpected(std::move(metadata).error());
  for (maps::Column& column : map_.columns) {
    if (!unknown(column) || !metadata->finops || !metadata->dataverse) continue;
    const maps::PropertyFacts* finops = metadata->finops->find(column.finops);
    const maps::PropertyFacts* dataverse = metadata->dataverse->find(column.dataverse);
    if (finops != nullptr && dataverse != nullptr) column.values = maps::pairs_by_name(*finops, *dataverse);
    if (!column.values.empty()) continue;
    co_return fail(Errc::invalid,
                   "no member of " + column.finops + " bears the name of an option of " + column.dataverse,
                   "write the pairs of the column in the map " + map_.name);
  }
  co_return Result<void>();
}

std::string MapRuntime::company_id(const RecordKey& key) const {
  if (companies_.empty()) return {};
  const std::vector<std::string> parts = maps::key_parts(key);
  const std::vector<std::size_t> columns = map_.key_columns();
  const std::size_t company = *map_.company_column();
  for (std::size_t index = 0; index < columns.size() && index < parts.size(); ++index) {
    if (columns[index] != company) continue;
    const auto found = companies_.find(parts[index]);
    if (found != companies_.end()) return found->second;
  }
  return {};
}

void MapRuntime::fault(Source source, const std::string& why) {
  std::string& known = faults_[source];
  // An outage is one line in the log, not one for each try; Entra ID's errors differ in their trace ids only.
  constexpr std::string_view trace = " Trace ID";
  if (known.substr(0, known.find(trace)) == why.substr(0, why.find(trace)) && !known.empty()) return;
  known = why;
  services_.log->warn("trouble map={} why=\"{}\"", map_.name, why);
}

std::string MapRuntime::fault_of(Source source) const {
  const auto found = faults_.find(source);
  return found == faults_.end() ? std::string() : found->second;
}

void MapRuntime::fine(Source source) {
  const auto found = faults_.find(source);
  if (found == faults_.end()) return;
  services_.log->info("trouble over map={} was=\"{}\"", map_.name, found->second);
  faults_.erase(found);
}

MapStatus MapRuntime::status(const store::Counts& counts) const {
  MapStatus status;
  status.name = map_.name;
  status.id = id_;
  status.finops_entity = map_.finops_entity;
  status.dataverse_set = map_.dataverse_set;
  status.state = state_;
  status.reason = reason;
  status.couplings = counts.couplings;
  status.pending = static_cast<std::int64_t>(lanes_.size() + unresolved());
  status.parked = static_cast<std::int64_t>(lanes_.parked());
  status.dead_letters = counts.dead_letters_open;
  status.conflicts = counts.conflicts;
  status.written = written;
  status.echoes = echoes;
  status.last_scan = last_scan;
  status.last_delta = last_delta;
  for (const auto& [source, why] : faults_) status.last_error += (status.last_error.empty() ? "" : "; ") + why;
  status.initial_sync = initial;
  return status;
}

}  // namespace dualwrite::sync
