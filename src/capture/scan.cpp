#include "dualwrite/capture/scan.hpp"

#include <algorithm>
#include <functional>
#include <random>

#include "dualwrite/maps/translate.hpp"

namespace dualwrite::capture {
namespace {

constexpr int pages_max = 100000;
constexpr std::size_t heads_page = 5000;
constexpr std::size_t read_batch = 100;
constexpr std::int64_t absent_floor = 20;

Change mark_of(MapContext map, Side side, Instant from, Instant to) {
  Change change;
  change.mark.map = map.id;
  change.mark.side = side;
  change.mark.source = CaptureSource::scan;
  change.mark.time = EditTime(from, to, TimeSource::window);
  return change;
}

}  // namespace

Task<Result<ScanReport>> ScanCapture::run(MapContext map, std::int64_t approved, Instant previous) {
  ScanReport report;
  previous_ = previous;
  seen_.clear();
  salt_ = std::random_device{}();
  std::string next;
  int page = 0;
  for (; page < pages_max; ++page) {
    beat_.moved();
    auto reply = co_await endpoint_.scan(map.map, endpoint::ScanDepth::keys, next);
    if (!reply) co_return std::unexpected(std::move(reply).error());
    auto taken = co_await take_page(map, std::move(reply->rows), report);
    if (!taken) co_return std::unexpected(std::move(taken).error());
    if (reply->next.empty()) break;
    next = std::move(reply->next);
  }
  if (page == pages_max) co_return fail(Errc::limit, "the scan of " + map.map.name + " did not end");
  auto judged = co_await judge_absent(map, approved, report);
  if (!judged) co_return std::unexpected(std::move(judged).error());
  seen_.clear();
  seen_.shrink_to_fit();
  co_return report;
}

Task<Result<void>> ScanCapture::take_page(MapContext map, std::vector<odata::Entity> rows, ScanReport& report) {
  const Side side = endpoint_.side();
  report.rows += static_cast<std::int64_t>(rows.size());
  std::vector<std::string> keys;
  keys.reserve(rows.size());
  for (const odata::Entity& row : rows) {
    auto key = endpoint_.key_of(map.map, row);
    if (!key) co_return std::unexpected(std::move(key).error());
    seen_.push_back(std::hash<std::string>{}(*key) ^ salt_);
    keys.push_back(std::move(*key));
  }
  auto heads = co_await store_.heads_by_endpoint_key(map.id, side, keys);
  if (!heads) co_return std::unexpected(std::move(heads).error());
  std::vector<Change> changes;
  for (std::size_t index = 0; index < rows.size(); ++index) {
    const std::optional<store::CouplingHead>& head = (*heads)[index];
    const bool known =
        head && head->present[side] && !head->tokens[side].empty() && head->tokens[side] == rows[index].etag;
    if (known) continue;
    Change change = mark_of(map, side, previous_, clock_.now());
    change.mark.endpoint_key = keys[index];
    if (head) {
      change.mark.key = head->key;
    } else if (side == Side::finops) {
      auto row = maps::to_row(map.map, side, rows[index]);
      if (!row) co_return std::unexpected(std::move(row).error());
      if (!maps::in_scope(map.map, *row)) continue;
      auto key = maps::key_of(map.map, *row);
      if (!key) co_return std::unexpected(std::move(key).error());
      change.mark.key = std::move(*key);
    }
    if (!change.mark.key.empty() && sink_.is_waiting(map.id, change.mark.key, side, true)) continue;
    changes.push_back(std::move(change));
  }
  report.changed += static_cast<std::int64_t>(changes.size());
  if (changes.empty()) co_return Result<void>();
  store::Transaction nothing_else;
  co_return co_await sink_.accept(std::move(changes), std::move(nothing_else));
}

Task<Result<std::vector<store::CouplingHead>>> ScanCapture::find_absent(MapContext map) {
  const Side side = endpoint_.side();
  std::ranges::sort(seen_);
  std::vector<store::CouplingHead> absent;
  RecordKey after;
  for (int page = 0; page < pages_max; ++page) {
    beat_.moved();
    auto heads = co_await store_.heads_after(map.id, after, heads_page);
    if (!heads) co_return std::unexpected(std::move(heads).error());
    if (heads->empty()) break;
    after = heads->back().key;
    for (store::CouplingHead& head : *heads) {
      if (!head.present[side] || sink_.is_waiting(map.id, head.key, side, false)) continue;
      const std::uint64_t hash = std::hash<std::string>{}(head.endpoint_keys[side]) ^ salt_;
      if (!std::ranges::binary_search(seen_, hash)) absent.push_back(std::move(head));
    }
  }
  co_return absent;
}

Task<Result<void>> ScanCapture::judge_absent(MapContext map, std::int64_t approved, ScanReport& report) {
  auto absent = co_await find_absent(map);
  if (!absent) co_return std::unexpected(std::move(absent).error());
  report.absent = static_cast<std::int64_t>(absent->size());
  auto counts = co_await store_.counts(map.id);
  if (!counts) co_return std::unexpected(std::move(counts).error());
  report.limit = std::max(absent_floor, counts->couplings / 100);
  if (report.absent > std::max(report.limit, approved)) {
    report.held = true;
    co_return Result<void>();
  }
  co_return co_await confirm(map, std::move(*absent), report);
}

Task<Result<void>> ScanCapture::confirm(MapContext map, std::vector<store::CouplingHead> absent, ScanReport& report) {
  const Side side = endpoint_.side();
  std::unordered_set<std::string> missing;
  std::vector<Change> changes;
  for (std::size_t from = 0; from < absent.size(); from += read_batch) {
    beat_.moved();
    const std::size_t to = std::min(absent.size(), from + read_batch);
    std::vector<endpoint::RowAddress> rows;
    for (std::size_t index = from; index < to; ++index) {
      rows.emplace_back(absent[index].endpoint_keys[side], absent[index].key);
    }
    auto reads = co_await endpoint_.read(map.map, std::move(rows));
    if (!reads) co_return std::unexpected(std::move(reads).error());
    for (std::size_t index = from; index < to; ++index) {
      if ((*reads)[index - from].kind != endpoint::RowRead::Kind::missing) continue;
      const RecordKey& key = absent[index].key;
      if (!suspects_.contains(key.text())) {
        missing.insert(key.text());
        continue;
      }
      Change change = mark_of(map, side, previous_, clock_.now());
      change.mark.key = key;
      change.mark.endpoint_key = absent[index].endpoint_keys[side];
      change.mark.deleted = true;
      changes.push_back(std::move(change));
    }
  }
  report.confirmed = static_cast<std::int64_t>(changes.size());
  if (!changes.empty()) {
    store::Transaction nothing_else;
    auto accepted = co_await sink_.accept(std::move(changes), std::move(nothing_else));
    if (!accepted) co_return accepted;
  }
  suspects_ = std::move(missing);
  co_return Result<void>();
}

}  // namespace dualwrite::capture
