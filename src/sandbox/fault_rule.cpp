#include "sandbox/fault_rule.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "dualwrite/base/text.hpp"

namespace dualwrite::sandbox {
namespace {

using nlohmann::ordered_json;
using Problem = std::unexpected<std::string>;

constexpr std::array all_kinds{FaultKind::lost_reply,    FaultKind::refuse,       FaultKind::delay,
                               FaultKind::late,          FaultKind::truncate,     FaultKind::reset,
                               FaultKind::html,          FaultKind::short_page,   FaultKind::page_fails,
                               FaultKind::expired_delta, FaultKind::revoke_token, FaultKind::restart_in_batch,
                               FaultKind::alter_column,  FaultKind::drop_event,   FaultKind::duplicate_event,
                               FaultKind::reorder_event, FaultKind::delay_event,  FaultKind::slow_commit,
                               FaultKind::roll_back};
constexpr std::array<std::string_view, 3> side_names{"dataverse", "finops", "token"};
constexpr std::array<std::string_view, 5> method_names{"GET", "POST", "PATCH", "PUT", "DELETE"};
constexpr std::array<std::string_view, 5> alteration_names{"trim", "upper-case", "round", "default", "append"};
constexpr std::int64_t for_ms_max = 86'400'000;
constexpr int digits_max = 10;
constexpr std::array<std::string_view, 19> member_names{
    "kind",   "side",       "method", "path",  "writesOnly", "skip", "seed", "probability", "count", "delayMs",
    "status", "retryAfter", "forMs",  "table", "column",     "how",  "text", "digits",      "code"};
constexpr std::int64_t count_max = 1'000'000'000;
constexpr std::int64_t seed_max = std::int64_t{1} << 53U;  // what every JSON client can write
constexpr std::int64_t retry_after_max = 86'400;
constexpr std::size_t path_bytes_max = 1000;
constexpr std::chrono::milliseconds reorder_default{1000};
constexpr std::chrono::milliseconds down_default{500};

std::string in_quotes(std::string_view text) {
  std::string json;
  append_json_quoted(json, text);
  return json;
}

/// "Did you mean …?", or all words there are; a sentence.
std::string instead(std::string_view word, std::span<const std::string_view> words) {
  const std::string_view near = nearest(word, words);
  if (!near.empty()) return "Did you mean " + in_quotes(near) + "?";
  std::string all = "It is one of";
  for (const std::string_view each : words) all += (each == words.front() ? " " : ", ") + in_quotes(each);
  return all + ".";
}

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> names;
  for (const FaultKind kind : all_kinds) names.push_back(to_string(kind));
  return names;
}

/// Reads members one by one and remembers the first problem.
class Members {
 public:
  explicit Members(const ordered_json& object) : object_(object) {}

  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }

  /// The index of the word, or nothing if the member is absent or wrong.
  std::optional<std::size_t> word(const char* name, std::span<const std::string_view> words) {
    if (!has(name)) return std::nullopt;
    const ordered_json& value = object_.at(name);
    if (!value.is_string()) return wrong(name, "must be a string");
    const auto& text = value.get_ref<const std::string&>();
    const auto found = std::ranges::find(words, text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    return wrong(name, "cannot be " + in_quotes(text) + ". " + instead(text, words));
  }

  std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most) {
    if (!has(name)) return std::nullopt;
    const ordered_json& value = object_.at(name);
    // A number above the signed ones would turn negative.
    const bool fits =
        value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    const std::int64_t given = fits ? value.get<std::int64_t>() : least;
    if (!fits || given < least || given > most) {
      wrong(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
      return std::nullopt;
    }
    return given;
  }

  std::optional<double> share(const char* name) {
    if (!has(name)) return std::nullopt;
    const ordered_json& value = object_.at(name);
    const double given = value.is_number() ? value.get<double>() : -1;
    if (given >= 0 && given <= 1) return given;
    wrong(name, "must be a number from 0 to 1");
    return std::nullopt;
  }

  bool flag(const char* name) {
    if (!has(name)) return false;
    const ordered_json& value = object_.at(name);
    if (!value.is_boolean()) wrong(name, "must be true or false");
    return value.is_boolean() && value.get<bool>();
  }

  std::string text(const char* name) {
    if (!has(name)) return {};
    const ordered_json& value = object_.at(name);
    if (value.is_string() && value.get_ref<const std::string&>().size() <= path_bytes_max)
      return value.get<std::string>();
    wrong(name, "must be a string of at most " + std::to_string(path_bytes_max) + " bytes");
    return {};
  }

  void only_where(const char* name, bool allowed, FaultKind kind) {
    if (has(name) && !allowed)
      wrong(name, "means nothing for the kind " + in_quotes(to_string(kind)) + ": leave it out");
  }

  std::nullopt_t wrong(std::string_view name, const std::string& what) {
    if (!problem_.empty()) return std::nullopt;
    problem_ = in_quotes(name) + " " + what;
    if (!what.ends_with('.') && !what.ends_with('?')) problem_ += '.';
    return std::nullopt;
  }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  const ordered_json& object_;
  std::string problem_;
};

std::expected<ordered_json, std::string> parse_object(std::string_view body, std::span<const std::string_view> names) {
  ordered_json object = ordered_json::parse(body, nullptr, false);
  if (!object.is_object()) return Problem("The body must be one JSON object.");
  for (const auto& member : object.items()) {
    if (std::ranges::find(names, member.key()) != names.end()) continue;
    return Problem("There is no member " + in_quotes(member.key()) + ". " + instead(member.key(), names));
  }
  return object;
}

/// The answer's status: least, most and default, where the kind gives one.
struct StatusRange {
  int least;
  int most;
  int usual;
};
std::optional<StatusRange> status_range(FaultKind kind) {
  if (kind == FaultKind::refuse) return StatusRange{400, 599, 503};
  if (kind == FaultKind::expired_delta) return StatusRange{400, 599, 400};
  if (kind == FaultKind::page_fails) return StatusRange{500, 599, 500};
  if (kind == FaultKind::roll_back) return StatusRange{400, 599, 400};
  if (kind == FaultKind::html) return StatusRange{200, 599, 200};
  return std::nullopt;
}

bool needs_delay(FaultKind kind) {
  return kind == FaultKind::delay || kind == FaultKind::late || kind == FaultKind::delay_event ||
         kind == FaultKind::slow_commit;
}

bool is_code(std::string_view text) {
  return text.size() == 10 && text.starts_with("0x") &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

/// What can befall a request for a token.
bool fits_tokens(FaultKind kind) {
  return kind == FaultKind::refuse || kind == FaultKind::delay || kind == FaultKind::lost_reply ||
         kind == FaultKind::truncate || kind == FaultKind::reset || kind == FaultKind::html;
}

void read_effect(Members& members, FaultRule& rule) {
  const FaultKind kind = rule.kind;
  const bool may_delay = needs_delay(kind) || kind == FaultKind::duplicate_event || kind == FaultKind::reorder_event ||
                         kind == FaultKind::restart_in_batch;
  members.only_where("delayMs", may_delay, kind);
  if (needs_delay(kind) && !members.has("delayMs")) members.wrong("delayMs", "is required for this kind");
  if (kind == FaultKind::reorder_event) rule.delay = reorder_default;
  if (kind == FaultKind::restart_in_batch) rule.delay = down_default;
  if (const auto delay = members.number("delayMs", 0, delay_ms_max)) rule.delay = std::chrono::milliseconds(*delay);

  const auto range = status_range(kind);
  members.only_where("status", range.has_value(), kind);
  if (range) {
    rule.status = static_cast<int>(members.number("status", range->least, range->most).value_or(range->usual));
  }
  members.only_where("retryAfter", kind == FaultKind::refuse, kind);
  members.only_where("code", kind == FaultKind::refuse, kind);
  rule.code = members.text("code");
  if (!rule.code.empty() && !is_code(rule.code)) members.wrong("code", "must be like \"0x80044150\"");
  if (kind == FaultKind::refuse) rule.text = members.text("text");
  if (rule.side == Side::token && !fits_tokens(kind)) members.wrong("side", "cannot be \"token\" for this kind");
  if (const auto seconds = members.number("retryAfter", 0, retry_after_max)) {
    rule.retry_after = static_cast<int>(*seconds);
  }
}

void read_alteration(Members& members, FaultRule& rule) {
  const bool is_it = rule.kind == FaultKind::alter_column;
  for (const char* name : {"table", "column", "how", "digits"}) members.only_where(name, is_it, rule.kind);
  members.only_where("text", is_it || rule.kind == FaultKind::refuse, rule.kind);
  for (const char* name : {"method", "path", "writesOnly"}) members.only_where(name, !is_it, rule.kind);
  if (!is_it) return;
  Alteration& to = rule.alteration;
  for (const char* name : {"table", "column", "how"}) {
    if (!members.has(name)) members.wrong(name, "is required for this kind");
  }
  to.table = members.text("table");
  to.column = members.text("column");
  if (const auto how = members.word("how", alteration_names)) to.how = static_cast<Alteration::How>(*how);
  const bool needs_text = to.how == Alteration::How::set_default || to.how == Alteration::How::append;
  if (needs_text && !members.has("text")) members.wrong("text", "is required for \"default\" and \"append\"");
  to.text = members.text("text");
  to.digits = static_cast<int>(members.number("digits", 0, digits_max).value_or(0));
}

ordered_json rule_json(const Faults::Entry& entry) {
  const FaultRule& rule = entry.rule;
  ordered_json json{{"id", entry.id}, {"kind", to_string(rule.kind)}};
  if (rule.side) json["side"] = to_string(*rule.side);
  if (!rule.method.empty()) json["method"] = rule.method;
  if (!rule.path.empty()) json["path"] = rule.path;
  if (!is_about_events(rule.kind)) json["writesOnly"] = rule.writes_only;
  if (rule.kind == FaultKind::alter_column) {
    json["table"] = rule.alteration.table;
    json["column"] = rule.alteration.column;
    json["how"] = alteration_names[static_cast<std::size_t>(rule.alteration.how)];
    if (!rule.alteration.text.empty()) json["text"] = rule.alteration.text;
    if (rule.alteration.how == Alteration::How::round) json["digits"] = rule.alteration.digits;
    json.erase("writesOnly");
  }
  json["skip"] = rule.skip;
  json["probability"] = rule.probability;
  json["seed"] = rule.seed;
  json["count"] = rule.count;
  if (rule.delay.count() != 0 || needs_delay(rule.kind)) json["delayMs"] = rule.delay.count();
  if (rule.status != 0) json["status"] = rule.status;
  if (rule.retry_after) json["retryAfter"] = *rule.retry_after;
  if (!rule.code.empty()) json["code"] = rule.code;
  if (!rule.text.empty()) json["text"] = rule.text;
  if (rule.lasts) json["forMs"] = rule.lasts->count();
  json["matched"] = entry.matched;
  json["hits"] = entry.hits;
  return json;
}

}  // namespace

std::expected<FaultRule, std::string> parse_fault_rule(std::string_view body) {
  const auto object = parse_object(body, member_names);
  if (!object) return Problem(object.error());
  Members members(*object);
  FaultRule rule;
  const std::vector<std::string_view> kinds = kind_names();
  const auto kind = members.word("kind", kinds);
  if (!members.has("kind")) members.wrong("kind", "is required. " + instead("", kinds));
  if (!kind) return Problem(members.problem());
  rule.kind = all_kinds[*kind];
  if (const auto side = members.word("side", side_names)) rule.side = static_cast<Side>(*side);
  members.only_where("method", !is_about_events(rule.kind), rule.kind);
  if (const auto method = members.word("method", method_names)) rule.method = method_names[*method];
  rule.path = members.text("path");
  members.only_where("writesOnly", !is_about_events(rule.kind), rule.kind);
  rule.writes_only = members.flag("writesOnly");
  rule.probability = members.share("probability").value_or(1);
  rule.seed = static_cast<std::uint64_t>(members.number("seed", 0, seed_max).value_or(1));
  rule.skip = static_cast<std::uint64_t>(members.number("skip", 0, count_max).value_or(0));
  if (const auto lasts = members.number("forMs", 1, for_ms_max)) rule.lasts = std::chrono::milliseconds(*lasts);
  // What has an end in time needs none in number.
  const std::int64_t count_default = rule.lasts ? count_max : 1;
  rule.count = static_cast<std::uint64_t>(members.number("count", 1, count_max).value_or(count_default));
  read_alteration(members, rule);
  read_effect(members, rule);
  if (!members.problem().empty()) return Problem(members.problem());
  return rule;
}

std::string fault_rules_json(const Faults& faults) {
  ordered_json rules = ordered_json::array();
  for (const Faults::Entry& entry : faults.entries()) rules.push_back(rule_json(entry));
  return ordered_json{{"rules", std::move(rules)}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::expected<std::chrono::milliseconds, std::string> parse_restart(std::string_view body) {
  if (body.empty()) return down_default;
  constexpr std::array<std::string_view, 1> names{"downMs"};
  const auto object = parse_object(body, names);
  if (!object) return Problem(object.error());
  Members members(*object);
  const auto down = members.number("downMs", 0, delay_ms_max);
  if (!members.problem().empty()) return Problem(members.problem());
  return down ? std::chrono::milliseconds(*down) : down_default;
}

std::expected<ClockChange, std::string> parse_clock_change(std::string_view body) {
  constexpr std::array<std::string_view, 3> names{"side", "offsetMs", "stepMs"};
  constexpr std::int64_t ms_max = 2 * 3650LL * 86'400'000;
  constexpr std::span service_names(side_names.data(), 2);  // the token service has no clock of its own
  const auto object = parse_object(body, names);
  if (!object) return Problem(object.error());
  Members members(*object);
  ClockChange change;
  const auto side = members.word("side", service_names);
  if (!members.has("side")) members.wrong("side", "is required. " + instead("", service_names));
  if (side) change.side = static_cast<Side>(*side);
  if (members.has("offsetMs") == members.has("stepMs")) {
    members.wrong("offsetMs", "or \"stepMs\" must be given, and not both");
  }
  change.is_step = members.has("stepMs");
  change.by =
      std::chrono::milliseconds(members.number(change.is_step ? "stepMs" : "offsetMs", -ms_max, ms_max).value_or(0));
  if (!members.problem().empty()) return Problem(members.problem());
  return change;
}

}  // namespace dualwrite::sandbox
