// What a complete scan did not show: which of it is deleted, and which is only out of sight.
#include <algorithm>
#include <functional>
#include <set>

#include "dualwrite/capture/scan.hpp"
#include "dualwrite/maps/translate.hpp"

namespace dualwrite::capture {
namespace {

constexpr int pages_max = 100000;
constexpr std::size_t heads_page = 5000;
constexpr std::size_t batch_rows = 100;
/// Keyed reads of one scan, apart from suspects and approved rows: of rows that no scan has read yet, and of rows that
/// were there by key before and have stayed out of sight. The rest waits for later scans.
constexpr std::size_t first_reads_max = 5000;
constexpr std::size_t repeated_reads_max = 500;

}  // namespace

struct ScanCapture::Judgement {
  explicit Judgement(ScanReport& r) : report(r) {}
  ScanReport& report;
  std::vector<store::CouplingHead> absent;   ///< known rows that the scan did not show
  std::vector<store::CouplingHead> to_read;  ///< of these, in the order of reading
  RecordKeys unread;                         ///< of these, beyond what this scan reads for the first time
  RecordKeys missing;                        ///< by key too, and not approved
  RecordKeys approved_missing;               ///< likewise, approved and not yet missing twice
  std::unordered_map<RecordKey, std::uint64_t> outside;
  std::vector<std::pair<RecordKey, std::string>> confirmed;  ///< with the row's key on that side
  [[nodiscard]] bool over_limit() const { return static_cast<std::int64_t>(missing.size()) > report.limit; }
};

Task<Result<void>> ScanCapture::judge_absent(MapContext map, ScanReport& report) {
  ++scans_;
  auto counts = co_await store_.counts(map.id);
  if (!counts) co_return std::unexpected(std::move(counts).error());
  report.limit = deletions_limit(counts->couplings);
  Judgement judgement(report);
  auto found = co_await find_absent(map, judgement);
  if (!found) co_return found;
  auto witnessed = co_await find_witnesses(map, judgement);
  if (!witnessed) co_return witnessed;
  line_up(judgement);
  auto read = co_await read_absent(map, judgement);
  if (!read) co_return read;
  report.missing = static_cast<std::int64_t>(judgement.missing.size());
  report.unread = static_cast<std::int64_t>(judgement.unread.size());
  const bool unfiltered = map.map.filter[endpoint_.side()].text.empty();
  report.cut = unfiltered && !judgement.outside.empty();
  if (judgement.over_limit()) {
    report.held = judgement.missing;
    report.held.insert(judgement.unread.begin(), judgement.unread.end());
  }
  // As long as too many rows are unread, nobody knows whether this is a mass deletion: those found missing wait.
  if (report.missing + report.unread > report.limit) {
    std::erase_if(judgement.confirmed, [&](const auto& row) { return !terms_.approved.contains(row.first); });
  }
  auto marked = co_await mark_confirmed(map, judgement);
  if (!marked) co_return marked;
  for (const auto& [key, endpoint_key] : judgement.confirmed) judgement.missing.erase(key);
  suspects_ = std::move(judgement.missing);
  suspects_.merge(judgement.approved_missing);
  outside_ = std::move(judgement.outside);
  co_return Result<void>();
}

Task<Result<void>> ScanCapture::find_absent(MapContext map, Judgement& judgement) {
  const Side side = endpoint_.side();
  ScanReport& report = judgement.report;
  std::ranges::sort(seen_);
  RecordKey after;
  for (int page = 0; page < pages_max; ++page) {
    beat_.moved();
    auto heads = co_await store_.heads_after(map.id, after, heads_page);
    if (!heads) co_return std::unexpected(std::move(heads).error());
    if (heads->empty()) break;
    after = heads->back().key;
    for (store::CouplingHead& head : *heads) {
      if (!head.present[side]) continue;
      const std::uint64_t hash = std::hash<std::string>{}(head.endpoint_keys[side]) ^ salt_;
      if (std::ranges::binary_search(seen_, hash)) {
        witnesses_.try_emplace(maps::company_of(map.map, head.key), head.endpoint_keys[side], head.key);
        continue;
      }
      if (sink_.is_waiting(map.id, head.key, side, false)) continue;
      if (sink_.touched_since(map.id, head.key, terms_.read_number)) continue;
      ++report.absent;
      if (maps::covers_company(map.map, head.key)) {
        judgement.absent.push_back(std::move(head));
      } else {
        ++report.outside;  // the map has given its company up: nobody looked for it
      }
    }
  }
  co_return Result<void>();
}

/// Each company with absent rows needs a row that is there, lest a lost right on it be taken for deletions. Where the
/// scan has shown none, some of the absent rows are read by key; a company without any row is hidden.
Task<Result<void>> ScanCapture::find_witnesses(MapContext map, Judgement& judgement) {
  const Side side = endpoint_.side();
  std::map<std::string, std::vector<const store::CouplingHead*>> unwitnessed;
  for (const store::CouplingHead& head : judgement.absent) {
    std::string company = maps::company_of(map.map, head.key);
    if (!witnesses_.contains(company)) unwitnessed[std::move(company)].push_back(&head);
  }
  for (const auto& [company, heads] : unwitnessed) {
    beat_.moved();
    std::vector<endpoint::RowAddress> rows;
    for (std::size_t index = 0; index < std::min(heads.size(), batch_rows); ++index) {
      rows.emplace_back(heads[index]->endpoint_keys[side], heads[index]->key);
    }
    auto reads = co_await endpoint_.read(map.map, rows);
    if (!reads) co_return std::unexpected(std::move(reads).error());
    const auto there = std::ranges::find(*reads, endpoint::RowRead::Kind::present, &endpoint::RowRead::kind);
    if (there != reads->end()) {
      witnesses_[company] = rows[static_cast<std::size_t>(there - reads->begin())];
      continue;
    }
    HiddenCompany hidden;
    hidden.company = company;
    for (const store::CouplingHead* head : heads) {
      if (!terms_.approved.contains(head->key)) hidden.records.insert(head->key);
    }
    if (!hidden.records.empty()) judgement.report.hidden.push_back(std::move(hidden));
  }
  co_return Result<void>();
}

/// Which absent rows are read by key, and in which order: what was approved, what was missing before, what was never
/// read, and some of what was there before, the longest ago first.
void ScanCapture::line_up(Judgement& judgement) {
  RecordKeys hidden;
  for (const HiddenCompany& company : judgement.report.hidden) {
    hidden.insert(company.records.begin(), company.records.end());
  }
  std::vector<store::CouplingHead> fresh;
  std::vector<std::pair<std::uint64_t, store::CouplingHead>> known;
  for (store::CouplingHead& head : judgement.absent) {
    if (hidden.contains(head.key)) continue;
    const auto before = outside_.find(head.key);
    if (terms_.approved.contains(head.key) || suspects_.contains(head.key)) {
      judgement.to_read.push_back(std::move(head));
    } else if (before == outside_.end()) {
      fresh.push_back(std::move(head));
    } else {
      judgement.outside.insert(*before);
      known.emplace_back(before->second, std::move(head));
    }
  }
  judgement.absent.clear();
  judgement.report.outside += static_cast<std::int64_t>(known.size());
  const std::size_t first_reads = std::min(fresh.size(), first_reads_max);
  for (std::size_t index = 0; index < fresh.size(); ++index) {
    if (index < first_reads) {
      judgement.to_read.push_back(std::move(fresh[index]));
    } else {
      judgement.unread.insert(fresh[index].key);
    }
  }
  const auto older = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto repeated = static_cast<std::ptrdiff_t>(std::min(known.size(), repeated_reads_max));
  std::ranges::partial_sort(known, known.begin() + repeated, older);
  known.resize(static_cast<std::size_t>(repeated));
  for (auto& [scan, head] : known) judgement.to_read.push_back(std::move(head));
}

Task<Result<void>> ScanCapture::read_absent(MapContext map, Judgement& judgement) {
  for (std::size_t from = 0; from < judgement.to_read.size(); from += batch_rows) {
    const std::size_t to = std::min(judgement.to_read.size(), from + batch_rows);
    const bool known = judgement.over_limit();
    if (known) {
      // A mass deletion, or something that looks like one: the rest needs no reading, it needs a person.
      for (std::size_t index = from; index < judgement.to_read.size(); ++index) {
        const RecordKey& key = judgement.to_read[index].key;
        if (!judgement.outside.contains(key) && !terms_.approved.contains(key)) judgement.unread.insert(key);
      }
      break;
    }
    beat_.moved();
    auto read = co_await read_batch(map, judgement, from, to);
    if (!read) co_return read;
  }
  co_return Result<void>();
}

Task<Result<void>> ScanCapture::read_batch(MapContext map, Judgement& judgement, std::size_t from, std::size_t to) {
  const Side side = endpoint_.side();
  std::vector<endpoint::RowAddress> rows;
  std::vector<std::string> companies;
  for (std::size_t index = from; index < to; ++index) {
    const store::CouplingHead& head = judgement.to_read[index];
    rows.emplace_back(head.endpoint_keys[side], head.key);
    companies.push_back(maps::company_of(map.map, head.key));
  }
  // Behind them a row of each company that the scan has shown: "missing" means something only where that one is there.
  const std::set<std::string> distinct(companies.begin(), companies.end());
  std::vector<std::string> witnessed;
  for (const std::string& company : distinct) {
    const auto witness = witnesses_.find(company);
    if (witness == witnesses_.end()) continue;
    rows.push_back(witness->second);
    witnessed.push_back(company);
  }
  auto reads = co_await endpoint_.read(map.map, std::move(rows));
  if (!reads) co_return std::unexpected(std::move(reads).error());
  std::set<std::string> visible;
  for (std::size_t index = 0; index < witnessed.size(); ++index) {
    const endpoint::RowRead& read = (*reads)[to - from + index];
    if (read.kind == endpoint::RowRead::Kind::present) visible.insert(witnessed[index]);
  }
  for (std::size_t index = from; index < to; ++index) {
    const store::CouplingHead& head = judgement.to_read[index];
    const endpoint::RowRead::Kind kind = (*reads)[index - from].kind;
    if (kind == endpoint::RowRead::Kind::present) {
      if (judgement.outside.insert_or_assign(head.key, scans_).second) ++judgement.report.outside;
      continue;
    }
    const bool approved = terms_.approved.contains(head.key);
    const bool counts = approved || visible.contains(companies[index - from]);
    if (kind != endpoint::RowRead::Kind::missing || !counts) continue;
    if (judgement.outside.erase(head.key) > 0) --judgement.report.outside;
    if (suspects_.contains(head.key)) judgement.confirmed.emplace_back(head.key, head.endpoint_keys[side]);
    if (!approved) judgement.missing.insert(head.key);
    if (approved && !suspects_.contains(head.key)) judgement.approved_missing.insert(head.key);
  }
  co_return Result<void>();
}

Task<Result<void>> ScanCapture::mark_confirmed(MapContext map, Judgement& judgement) {
  std::vector<Change> changes;
  for (const auto& [key, endpoint_key] : judgement.confirmed) {
    Change change;
    change.mark.map = map.id;
    change.mark.side = endpoint_.side();
    change.mark.source = CaptureSource::scan;
    change.mark.time = EditTime(terms_.previous, clock_.now(), TimeSource::window);
    change.mark.key = key;
    change.mark.endpoint_key = endpoint_key;
    change.mark.deleted = true;
    changes.push_back(std::move(change));
  }
  judgement.report.confirmed = static_cast<std::int64_t>(changes.size());
  if (changes.empty()) co_return Result<void>();
  store::Transaction nothing_else;
  co_return co_await sink_.accept(std::move(changes), std::move(nothing_else));
}

}  // namespace dualwrite::capture
