#include "dualwrite/capture/delta.hpp"

namespace dualwrite::capture {
namespace {

/// A delta of more pages than this is a service that hands out the same page again.
constexpr int pages_max = 100000;

std::string link_name(const maps::TableMap& map) {
  return "delta/" + map.name;
}

}  // namespace

std::string gap_setting(const maps::TableMap& map) {
  return "gap/" + map.name;
}

namespace {

Change change_of(MapContext map, const endpoint::DeltaItem& item, const std::optional<store::CouplingHead>& head) {
  Change change;
  change.mark.map = map.id;
  change.mark.side = Side::dataverse;
  change.mark.source = CaptureSource::delta;
  change.mark.endpoint_key = item.key;
  change.mark.deleted = item.deleted;
  if (head) change.mark.key = head->key;
  return change;
}

}  // namespace

Task<Result<std::string>> DeltaCapture::track(MapContext map) {
  std::string next;
  for (int page = 0; page < pages_max; ++page) {
    beat_.moved();
    auto reply = co_await endpoint_.delta(map.map, next);
    if (!reply) co_return std::unexpected(std::move(reply).error());
    if (!reply->link.empty()) co_return std::move(reply->link);
    if (reply->next.empty()) break;
    next = std::move(reply->next);
  }
  co_return fail(Errc::invalid, "change tracking of " + map.map.dataverse_set + " gave no delta link",
                 "turn on change tracking for the table " + map.map.dataverse_table);
}

Task<Result<bool>> DeltaCapture::begin(MapContext map) {
  if (!endpoint_.has_deltas()) co_return false;  // scans find everything
  const Semaphore::Permit turn = co_await beginning_.acquire();
  auto known = co_await store_.setting(link_name(map.map));
  if (!known) co_return std::unexpected(std::move(known).error());
  if (*known && !(*known)->empty()) co_return false;
  auto link = co_await track(map);
  if (!link) co_return std::unexpected(std::move(link).error());
  store::Transaction transaction;
  transaction.setting(link_name(map.map), *link);
  auto committed = co_await store_.commit(std::move(transaction));
  if (!committed) co_return std::unexpected(std::move(committed).error());
  co_return true;
}

Task<Result<DeltaReport>> DeltaCapture::poll(MapContext map) {
  DeltaReport report;
  if (!endpoint_.has_deltas()) co_return report;
  auto known = co_await store_.setting(link_name(map.map));
  if (!known) co_return std::unexpected(std::move(known).error());
  if (!*known || (*known)->empty()) {
    auto begun = co_await begin(map);
    if (!begun) co_return std::unexpected(std::move(begun).error());
    co_return report;
  }
  std::string link = **known;
  for (int page = 0; page < pages_max; ++page) {
    beat_.moved();
    auto reply = co_await endpoint_.delta(map.map, link);
    if (!reply) co_return std::unexpected(std::move(reply).error());
    if (reply->expired) {
      report.gap = true;
      auto fresh = co_await track(map);
      if (!fresh) co_return std::unexpected(std::move(fresh).error());
      store::Transaction transaction;
      transaction.setting(link_name(map.map), *fresh);
      transaction.setting(gap_setting(map.map), "2");  // a deletion takes two scans to be seen
      store::JournalEntry entry;
      entry.at = clock_.now();
      entry.record.map = map.id;
      entry.kind = store::JournalKind::gap;
      entry.side = Side::dataverse;
      entry.rule = "the delta link had expired; a scan looks for what was missed";
      transaction.journal(std::move(entry));
      auto committed = co_await store_.commit(std::move(transaction));
      if (!committed) co_return std::unexpected(std::move(committed).error());
      co_return report;
    }
    const bool last = reply->next.empty();
    std::string following = last ? reply->link : reply->next;
    if (following.empty()) {
      co_return fail(Errc::invalid,
                     "a delta page of " + map.map.dataverse_set + " had neither a next nor a delta link");
    }
    // The checkpoint moves with the marks, on every page: a next link resumes as well as a delta link does.
    auto taken = co_await take(map, std::move(reply->items), following, report);
    if (!taken) co_return std::unexpected(std::move(taken).error());
    if (last) co_return report;
    link = std::move(following);
  }
  co_return fail(Errc::limit, "the changes of " + map.map.dataverse_set + " did not end");
}

Task<Result<void>> DeltaCapture::take(MapContext map, std::vector<endpoint::DeltaItem> items, std::string link,
                                      DeltaReport& report) {
  report.items += static_cast<std::int64_t>(items.size());
  std::vector<std::string> keys;
  keys.reserve(items.size());
  for (const endpoint::DeltaItem& item : items) keys.push_back(item.key);
  // Asked before the couplings are read: what is decided on from here on is seen there.
  const bool deciding = sink_.is_deciding();
  auto heads = co_await store_.heads_by_endpoint_key(map.id, Side::dataverse, std::move(keys));
  if (!heads) co_return std::unexpected(std::move(heads).error());
  std::vector<Change> changes;
  for (std::size_t index = 0; index < items.size(); ++index) {
    const endpoint::DeltaItem& item = items[index];
    const std::optional<store::CouplingHead>& head = (*heads)[index];
    if (item.deleted && !head && !deciding) continue;  // deleted before we ever knew it
    if (head) {
      const bool known_deletion = item.deleted && !head->present[Side::dataverse];
      const bool known_version = !item.deleted && !item.token.empty() && item.token == head->tokens[Side::dataverse];
      if (known_deletion || known_version) {
        ++report.echoes;
        continue;
      }
    }
    changes.push_back(change_of(map, item, head));
  }
  store::Transaction checkpoint;
  checkpoint.setting(link_name(map.map), std::move(link));
  co_return co_await sink_.accept(std::move(changes), std::move(checkpoint));
}

}  // namespace dualwrite::capture
