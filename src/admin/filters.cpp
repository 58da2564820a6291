#include "admin/filters.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "admin/problem.hpp"
#include "dualwrite/base/text.hpp"

namespace dualwrite::admin {
namespace {

using Refusal = std::unexpected<http::Response>;

constexpr std::array journal_kinds{
    store::JournalKind::created, store::JournalKind::updated, store::JournalKind::deleted,  store::JournalKind::lost,
    store::JournalKind::echo,    store::JournalKind::refused, store::JournalKind::resolved, store::JournalKind::gap,
    store::JournalKind::scope,   store::JournalKind::held,    store::JournalKind::renamed,
};
constexpr std::array letter_states{store::DeadLetterState::open, store::DeadLetterState::resolved,
                                   store::DeadLetterState::discarded};

/// "created, updated, …"
template <class List>
std::string names_of(const List& list) {
  std::string out;
  for (const auto item : list) {
    if (!out.empty()) out += ", ";
    out += store::to_string(item);
  }
  return out;
}

/// The item of that name.
template <class List>
std::expected<typename List::value_type, http::Response> choose(std::string_view what, const std::string& text,
                                                                const List& list) {
  for (const auto item : list) {
    if (store::to_string(item) == text) return item;
  }
  return Refusal(
      problem(400, "invalid", "there is no " + std::string(what) + " of that name", "choose one of " + names_of(list)));
}

std::expected<std::int64_t, http::Response> read_number(std::string_view what, const std::string& text,
                                                        std::int64_t max) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (!is_number || value < 1 || value > max) {
    const std::string range = max == std::numeric_limits<std::int64_t>::max()
                                  ? "a number from 1 on"
                                  : "a number from 1 to " + std::to_string(max);
    return Refusal(problem(400, "invalid", std::string(what) + " must be " + range));
  }
  return value;
}

/// A filter's map may stand in the query or in the body.
const std::string& either(const Call& call, std::string_view name) {
  const std::string& text = call.query(name);
  return text.empty() ? call.body(name) : text;
}

}  // namespace

std::expected<store::Filter, http::Response> read_filter(const Services& services, const Call& call) {
  store::Filter filter;
  if (const std::string& map = either(call, "map"); !map.empty()) {
    auto id = services.control.map_id(map);
    if (!id) return Refusal(problem(id.error()));
    filter.map = *id;
  }
  if (const std::string& state = call.query("state"); !state.empty()) {
    auto chosen = choose("state", state, letter_states);
    if (!chosen) return Refusal(std::move(chosen).error());
    filter.state = *chosen;
  }
  if (const std::string& kind = call.query("kind"); !kind.empty()) {
    auto chosen = choose("kind", kind, journal_kinds);
    if (!chosen) return Refusal(std::move(chosen).error());
    filter.kind = *chosen;
  }
  if (const std::string& before = call.query("before"); !before.empty()) {
    auto number = read_number("before", before, std::numeric_limits<std::int64_t>::max());
    if (!number) return Refusal(std::move(number).error());
    filter.before_id = *number;
  }
  if (const std::string& limit = call.query("limit"); !limit.empty()) {
    auto number = read_number("limit", limit, limit_max);
    if (!number) return Refusal(std::move(number).error());
    filter.limit = static_cast<std::size_t>(*number);
  }
  // Integration keys are stored in lower case, because neither side minds the case.
  if (const std::string& key = call.query("key"); !key.empty()) filter.key = RecordKey(ascii_lower(key));
  if (const std::string& error_class = either(call, "class"); !error_class.empty()) {
    auto chosen = choose("class", error_class, store::dead_letter_classes);
    if (!chosen) return Refusal(std::move(chosen).error());
    filter.error_class = *chosen;
  }
  return filter;
}

std::expected<store::DeadLetterId, http::Response> read_id(const Call& call) {
  auto number = read_number("the dead letter's number", call.path("id"), std::numeric_limits<std::int64_t>::max());
  if (!number) return Refusal(std::move(number).error());
  return store::DeadLetterId(*number);
}

std::expected<Side, http::Response> read_side(const Call& call, std::string_view member, std::string what_for) {
  const std::string& name = call.body(member);
  for (const Side side : both_sides) {
    if (name == to_string(side)) return side;
  }
  return std::unexpected(
      problem(400, "invalid", std::string(member) + " must be \"finops\" or \"dataverse\"", std::move(what_for)));
}

std::expected<sync::MapStatus, http::Response> find_map(sync::LinkStatus status, const std::string& name) {
  std::vector<std::string_view> names;
  for (sync::MapStatus& map : status.maps) {
    if (map.name == name) return std::move(map);
    names.push_back(map.name);
  }
  const std::string_view near = nearest(name, names);
  std::string detail = "there is no map ";
  append_json_quoted(detail, name.substr(0, 100));
  return Refusal(problem(404, to_string(Errc::not_found), detail,
                         near.empty() ? "GET /api/v1/maps lists them" : "did you mean " + std::string(near) + "?"));
}

}  // namespace dualwrite::admin
