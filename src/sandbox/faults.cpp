#include "sandbox/faults.hpp"

#include <algorithm>
#include <utility>

#include "dualwrite/base/text.hpp"
#include "sandbox/splitmix.hpp"

namespace dualwrite::sandbox {
namespace {

bool matches_alone(const FaultRule& rule, const RequestFacts& request) {
  if (rule.side ? *rule.side != request.side : request.side == Side::token) return false;
  if (!rule.method.empty() && rule.method != request.method) return false;
  if (!rule.path.empty() && request.target.find(rule.path) == std::string::npos) return false;
  if (rule.writes_only && !request.is_write()) return false;
  if (rule.kind == FaultKind::expired_delta) return request.method == "GET" && request.is_delta();
  return rule.kind != FaultKind::page_fails || (request.method == "GET" && request.is_continuation());
}

/// Whether the kind can befall one part of a batch and leave the others alone.
bool fits_a_part(FaultKind kind) {
  return kind == FaultKind::refuse || kind == FaultKind::page_fails || kind == FaultKind::short_page ||
         kind == FaultKind::expired_delta || kind == FaultKind::restart_in_batch;
}

bool is_about_commits(FaultKind kind) {
  return kind == FaultKind::slow_commit || kind == FaultKind::roll_back;
}

bool matches_request(const FaultRule& rule, const RequestFacts& request) {
  if (is_about_commits(rule.kind)) return false;
  if (is_about_events(rule.kind) || rule.kind == FaultKind::short_page) return false;
  if (rule.kind == FaultKind::alter_column || rule.kind == FaultKind::restart_in_batch) return false;
  if (matches_alone(rule, request)) return true;
  if (fits_a_part(rule.kind)) return false;
  return std::ranges::any_of(request.parts, [&](const RequestFacts& part) { return matches_alone(rule, part); });
}

/// The next number of the generator, from 0 up to but not including 1.
double draw(std::uint64_t& generator) {
  return static_cast<double>(splitmix(generator) >> 11U) * 0x1p-53;
}

}  // namespace

std::string_view to_string(Side side) noexcept {
  switch (side) {
    case Side::dataverse:
      return "dataverse";
    case Side::finops:
      return "finops";
    case Side::token:
      return "token";
  }
  return "";
}

std::string_view to_string(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::lost_reply:
      return "lost-reply";
    case FaultKind::refuse:
      return "refuse";
    case FaultKind::delay:
      return "delay";
    case FaultKind::late:
      return "late";
    case FaultKind::truncate:
      return "truncate";
    case FaultKind::reset:
      return "reset";
    case FaultKind::html:
      return "html";
    case FaultKind::short_page:
      return "short-page";
    case FaultKind::page_fails:
      return "page-fails";
    case FaultKind::expired_delta:
      return "expired-delta";
    case FaultKind::revoke_token:
      return "revoke-token";
    case FaultKind::restart_in_batch:
      return "restart-in-batch";
    case FaultKind::alter_column:
      return "alter-column";
    case FaultKind::drop_event:
      return "drop-event";
    case FaultKind::duplicate_event:
      return "duplicate-event";
    case FaultKind::reorder_event:
      return "reorder-event";
    case FaultKind::delay_event:
      return "delay-event";
    case FaultKind::slow_commit:
      return "slow-commit";
    case FaultKind::roll_back:
      return "roll-back";
  }
  return "";
}

bool is_about_events(FaultKind kind) noexcept {
  return kind == FaultKind::drop_event || kind == FaultKind::duplicate_event || kind == FaultKind::reorder_event ||
         kind == FaultKind::delay_event;
}

bool RequestFacts::is_write() const {
  if (!parts.empty()) return std::ranges::any_of(parts, &RequestFacts::is_write);
  return method != "GET" && method != "HEAD";
}

bool RequestFacts::is_continuation() const {
  const std::string lower = ascii_lower(target);
  return lower.find("skiptoken=") != std::string::npos || lower.find("$skip=") != std::string::npos ||
         lower.find("%24skip=") != std::string::npos;
}

bool RequestFacts::is_delta() const {
  return ascii_lower(target).find("deltatoken=") != std::string::npos;
}

std::optional<std::uint64_t> Faults::add(FaultRule rule) {
  if (entries_.size() >= rules_max) return std::nullopt;
  const std::uint64_t seed = rule.seed;
  std::optional<std::chrono::milliseconds> ends_at;
  if (rule.lasts && hands_.elapsed) ends_at = hands_.elapsed() + *rule.lasts;
  entries_.push_back({++last_id_, std::move(rule), seed, 0, 0, ends_at});
  return last_id_;
}

bool Faults::remove(std::uint64_t id) {
  return std::erase_if(entries_, [&](const Entry& entry) { return entry.id == id; }) != 0;
}

bool Faults::is_spent(const Entry& entry) const {
  return entry.hits >= entry.rule.count || (entry.ends_at && hands_.elapsed && hands_.elapsed() >= *entry.ends_at);
}

bool Faults::is_lucky(Entry& entry) {
  return ++entry.matched > entry.rule.skip && draw(entry.generator) < entry.rule.probability;
}

template <class Matches>
std::optional<Fault> Faults::first_hit(Matches matches) {
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (is_spent(entry) || !matches(rule) || !is_lucky(entry)) continue;
    ++entry.hits;
    return Fault{rule.kind, rule.delay, rule.status, rule.retry_after, rule.code, rule.text};
  }
  return std::nullopt;
}

std::optional<Fault> Faults::on_request(const RequestFacts& request) {
  return first_hit([&](const FaultRule& rule) { return matches_request(rule, request); });
}

std::optional<Fault> Faults::on_part(const RequestFacts& batch, const RequestFacts& part) {
  return first_hit([&](const FaultRule& rule) {
    // A rule that matched the batch as a whole had its chance there.
    return fits_a_part(rule.kind) && rule.kind != FaultKind::short_page && !matches_alone(rule, batch) &&
           matches_alone(rule, part);
  });
}

std::optional<Fault> Faults::on_page(const RequestFacts& request) {
  return first_hit([&](const FaultRule& rule) {
    return rule.kind == FaultKind::short_page && request.method == "GET" && matches_alone(rule, request);
  });
}

void Faults::on_write(Side side, std::string_view table, std::string_view set,
                      const std::function<bool(const Alteration&)>& alter) {
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (rule.kind != FaultKind::alter_column || (rule.side && *rule.side != side) || is_spent(entry)) continue;
    if (rule.alteration.table != table && rule.alteration.table != set) continue;
    if (is_lucky(entry) && alter(rule.alteration)) ++entry.hits;
  }
}

std::optional<Fault> Faults::on_commit(const RequestFacts& request) {
  return first_hit([&](const FaultRule& rule) {
    if (!is_about_commits(rule.kind)) return false;
    if (matches_alone(rule, request)) return true;
    return std::ranges::any_of(request.parts, [&](const RequestFacts& part) { return matches_alone(rule, part); });
  });
}

std::optional<Fault> Faults::on_event(const EventFacts& event) {
  return first_hit([&](const FaultRule& rule) {
    return is_about_events(rule.kind) && (!rule.side || *rule.side == event.side) &&
           event.subject.find(rule.path) != std::string_view::npos;
  });
}

}  // namespace dualwrite::sandbox
