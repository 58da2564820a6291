#include "dualwrite/sandbox/switches.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "sandbox/switch.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t near_names_max = 6;
constexpr std::size_t shown_bytes_max = 100;

const Switches& table() {
  static const Switches all = [] {
    Switches made = common_switches();
    for (auto* more : {&dataverse::switches, &finops::switches}) {
      for (Switch& each : more()) made.push_back(std::move(each));
    }
    return made;
  }();
  return all;
}

std::string shown(std::string_view text) {
  std::string quoted;
  append_json_quoted(quoted, text.substr(0, shown_bytes_max));
  return quoted;
}

/// The words of "finops.stale-etag-status".
std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of(".-_"), name.size());
    if (end != 0) words.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words;
}

/// The nearest name, then those that share most words with what was typed, the side's name not counting.
std::vector<std::string> near_names(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Switch& each : table()) names.push_back(each.name);
  std::vector<std::string> near;
  if (const std::string_view best = nearest(name, names); !best.empty()) near.emplace_back(best);

  const std::vector<std::string_view> typed = words_of(name);
  std::vector<std::pair<std::ptrdiff_t, std::string_view>> shared;
  for (const std::string_view candidate : names) {
    const std::vector<std::string_view> words = words_of(candidate);
    const auto common = std::count_if(words.begin() + 1, words.end(), [&](std::string_view word) {
      return std::ranges::any_of(typed, [&](std::string_view each) { return equal_ignoring_case(each, word); });
    });
    if (common != 0) shared.emplace_back(-common, candidate);  // most first
  }
  std::ranges::sort(shared);
  for (const auto& [order, candidate] : shared) {
    if (near.size() >= near_names_max) break;
    if (std::ranges::find(near, candidate) == near.end()) near.emplace_back(candidate);
  }
  return near;
}

Result<void> no_such_switch(std::string_view name) {
  std::string hint;
  for (const std::string& near : near_names(name)) hint += (hint.empty() ? "near names: " : ", ") + near;
  if (!hint.empty()) hint += "; ";
  return fail(Errc::invalid, "there is no switch " + shown(name),
              hint + "`dualwrite sandbox --list-switches` shows them all");
}

}  // namespace

Switches common_switches() {
  using S = SandboxSettings;
  return {
      number_switch("token.lifetime-seconds", &S::token_lifetime, {1, 86'400}, "A2",
                    "how long an access token is good"),
      number_switch("token.adfs-refusal-status", &S::adfs_refusal_status, {400, 499}, "C11, I12",
                    "status where AD FS gives no token"),
      number_switch("dataverse.page-size", &S::dataverse_page_size, {1, 5000}, "A7",
                    "rows of a page where the client asks for no smaller one"),
      number_switch("finops.page-size", &S::finops_page_size, {1, 10'000}, "C3", "rows of a page"),
  };
}

std::vector<SwitchInfo> list_switches() {
  const SandboxSettings untouched;
  std::vector<SwitchInfo> list;
  for (const Switch& each : table()) {
    list.push_back({each.name, each.get(untouched), each.values, each.facts, each.meaning});
  }
  return list;
}

Result<void> set_switch(SandboxSettings& settings, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  const auto found = std::ranges::find(table(), name, &Switch::name);
  if (found == table().end()) return no_such_switch(name);
  if (equals == std::string_view::npos) {
    return fail(Errc::invalid, "the switch " + found->name + " has no value",
                "write " + found->name + "=VALUE; it takes " + found->values);
  }
  const std::string_view value = assignment.substr(equals + 1);
  if (found->set(settings, value)) return {};
  return fail(Errc::invalid, "the switch " + found->name + " cannot be " + shown(value),
              "it takes " + found->values + "; " + found->get(SandboxSettings()) + " is the default");
}

}  // namespace dualwrite::sandbox
