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
  const auto under_way =
      std::ranges::count_if(sent_, [&](const auto& sent) { return sent.second.under_way && !is_approved(sent.first); });
  const std::size_t judged = waiting_.size() + static_cast<std::size_t>(under_way);
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
    if (approval.scanned == scanned) keys.insert(key);
  }
  return keys;
}

std::size_t DeleteGuard::count_approved(const Among& among) const {
  const auto count = std::ranges::count_if(approved_, [&](const auto& entry) { return among(entry.first); });
  return static_cast<std::size_t>(count);
}

void DeleteGuard::hold(const capture::RecordKeys& records, std::optional<Side> scanned) {
  if (holds()) return;
  for (const RecordKey& key : records) held_.emplace(key, scanned);
}

void DeleteGuard::approve(const RecordKey& key, std::optional<Side> scanned) {
  constexpr int scans = 2;  // a deletion takes two scans to be seen
  approved_.insert_or_assign(key, Approval{scanned, scans, false});
  waiting_.erase(key);
}

std::size_t DeleteGuard::approve_held() {
  for (const auto& [key, scanned] : held_) approve(key, scanned);
  waiting_.clear();
  return std::exchange(held_, {}).size();
}

void DeleteGuard::set_hidden(Side side, std::vector<capture::HiddenCompany> companies) {
  hidden_[side].clear();
  for (capture::HiddenCompany& company : companies) {
    hidden_[side].emplace(std::move(company.company), std::move(company.records));
  }
}

PerSide<capture::RecordKeys> DeleteGuard::hidden_in(const std::string& company) const {
  PerSide<capture::RecordKeys> records;
  for (const Side side : both_sides) {
    const auto found = hidden_[side].find(company);
    if (found != hidden_[side].end()) records[side] = found->second;
  }
  return records;
}

void DeleteGuard::approve_rows(Side scanned, const capture::RecordKeys& records) {
  for (const RecordKey& key : records) approve(key, scanned);
}

void DeleteGuard::scan_done(const capture::RecordKeys& used, const Among& marked) {
  for (const RecordKey& key : used) {
    const auto found = approved_.find(key);
    if (found == approved_.end()) continue;
    Approval& approval = found->second;
    approval.confirmed = approval.confirmed || marked(key);
    if (!approval.confirmed && --approval.scans_left <= 0) approved_.erase(found);
  }
}

void DeleteGuard::settled(const RecordKey& key) {
  approved_.erase(key);
  held_.erase(key);
  unproven(key);
}

void DeleteGuard::unproven(const RecordKey& key) {
  waiting_.erase(key);
  const auto sent = sent_.find(key);
  if (sent != sent_.end()) sent->second.under_way = false;
}

}  // namespace dualwrite::sync
