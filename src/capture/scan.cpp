#include "dualwrite/capture/scan.hpp"

#include <algorithm>
#include <functional>
#include <random>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/translate.hpp"

namespace dualwrite::capture {
namespace {

constexpr int pages_max = 100000;
constexpr std::string_view company_name = "dataAreaId";

Change mark_of(MapContext map, Side side, Instant from, Instant to) {
  Change change;
  change.mark.map = map.id;
  change.mark.side = side;
  change.mark.source = CaptureSource::scan;
  change.mark.time = EditTime(from, to, TimeSource::window);
  return change;
}

}  // namespace

Task<Result<ScanReport>> ScanCapture::run(MapContext map, ScanTerms terms) {
  ScanReport report;
  terms_ = std::move(terms);
  seen_.clear();
  witnesses_.clear();
  salt_ = std::random_device{}();
  std::string next;
  int page = 0;
  for (; page < pages_max; ++page) {
    beat_.moved();
    auto reply = co_await endpoint_.scan(map.map, endpoint::ScanDepth::keys, next);
    if (!reply) {
      co_return std::unexpected(
          std::move(reply).error().while_doing("the scan ended after " + std::to_string(report.rows) + " rows"));
    }
    auto taken = co_await take_page(map, std::move(reply->rows), report);
    if (!taken) co_return std::unexpected(std::move(taken).error());
    if (reply->next.empty()) break;
    next = std::move(reply->next);
  }
  if (page == pages_max) co_return fail(Errc::limit, "the scan of " + map.map.name + " did not end");
  if (terms_.judges) {
    auto judged = co_await judge_absent(map, report);
    if (!judged) co_return std::unexpected(std::move(judged).error());
  }
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
    // A Dataverse row does not tell its company here; those that are known do, once their couplings are read.
    if (side == Side::finops || !map.map.company_column()) {
      const Value* company = row.find(company_name);
      witnesses_.try_emplace(company == nullptr ? std::string() : ascii_lower(company->text()), *key, RecordKey());
    }
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
    Change change = mark_of(map, side, terms_.previous, clock_.now());
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

}  // namespace dualwrite::capture
