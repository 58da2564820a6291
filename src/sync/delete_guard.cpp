#include "sync/delete_guard.hpp"

#include <algorithm>

namespace dualwrite::sync {

DeleteGuard::Verdict DeleteGuard::judge(const std::vector<RecordKey>& about_to, std::size_t marked, std::int64_t limit,
                                        std::chrono::milliseconds now) {
  std::erase_if(sent_, [&](const auto& sent) { return now - sent.second.at > window; });
  for (const RecordKey& key : about_to) {
    if (!sent_.contains(key)) waiting_.insert(key);
  }
  const auto max = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
  if (counted() > max) return Verdict::hold;
  const auto under_way = std::ranges::count_if(sent_, [](const auto& sent) { return sent.second.under_way; });
  const std::size_t judged = waiting_.size() + approved_.size() + static_cast<std::size_t>(under_way);
  const std::size_t unjudged = marked > judged ? marked - judged : 0;
  if (counted() + unjudged > max) return Verdict::wait;
  for (const RecordKey& key : about_to) {
    waiting_.erase(key);
    Sent& sent = sent_.try_emplace(key, Sent{now, true}).first->second;
    sent.under_way = true;
  }
  return Verdict::send;
}

capture::RecordKeys DeleteGuard::approved(Side scanned) const {
  capture::RecordKeys keys;
  for (const auto& [key, approval] : approved_) {
    if (approval.scanned == scanned && approval.scans_left > 0) keys.insert(key);
  }
  return keys;
}

bool DeleteGuard::has_approvals(Side scanned) const {
  return std::ranges::any_of(approved_, [&](const auto& entry) { return entry.second.scanned == scanned; });
}

void DeleteGuard::hold(capture::RecordKeys records) {
  if (holds()) return;
  records.insert(waiting_.begin(), waiting_.end());
  for (const RecordKey& key : records) held_.emplace(key, std::nullopt);
}

void DeleteGuard::hold_rows(Side side, capture::RecordKeys records) {
  if (holds()) return;
  for (const RecordKey& key : records) held_.emplace(key, side);
}

std::size_t DeleteGuard::approve_held() {
  for (const auto& [key, scanned] : held_) {
    Approval& approval = approved_[key];
    approval.scanned = scanned;
    approval.scans_left = 2;  // a deletion takes two scans to be seen
  }
  waiting_.clear();
  return std::exchange(held_, {}).size();
}

void DeleteGuard::set_hidden(Side side, std::vector<capture::HiddenCompany> companies) {
  hidden_[side].clear();
  for (capture::HiddenCompany& company : companies) {
    hidden_[side].emplace(std::move(company.company), std::move(company.records));
  }
}

std::size_t DeleteGuard::approve_company(const std::string& company) {
  std::size_t count = 0;
  for (const Side side : both_sides) {
    const auto found = hidden_[side].find(company);
    if (found == hidden_[side].end()) continue;
    for (const RecordKey& key : found->second) {
      Approval& approval = approved_[key];
      approval.scanned = side;
      approval.scans_left = 2;
    }
    count += found->second.size();
  }
  return count;
}

void DeleteGuard::scan_done(Side side) {
  for (auto at = approved_.begin(); at != approved_.end();) {
    Approval& approval = at->second;
    const bool over = approval.scanned == side && approval.scans_left-- <= 0;
    at = over ? approved_.erase(at) : std::next(at);
  }
}

void DeleteGuard::settled(const RecordKey& key) {
  approved_.erase(key);
  waiting_.erase(key);
  const auto sent = sent_.find(key);
  if (sent != sent_.end()) sent->second.under_way = false;
}

}  // namespace dualwrite::sync
