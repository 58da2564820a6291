#include "sync/scope.hpp"

#include <algorithm>

#include "dualwrite/base/text.hpp"

namespace dualwrite::sync {

std::string scope_of(const maps::TableMap& map, Side side) {
  std::vector<std::string> companies;
  for (const std::string& company : map.companies) companies.push_back(ascii_lower(company));
  std::ranges::sort(companies);  // their order in the file means nothing
  std::string text = "companies:";
  for (const std::string& company : companies) text += " " + company;
  return text + "\nfilter: " + map.filter[side].text;
}

std::string scope_setting(const maps::TableMap& map, Side side) {
  return "scope/" + std::string(to_string(side)) + "/" + map.name;
}

Task<Result<void>> load_scope(MapRuntime& map) {
  store::Store& store = map.services().store;
  auto counts = co_await store.counts(map.id());
  if (!counts) co_return std::unexpected(std::move(counts).error());
  store::Transaction first;
  for (const Side side : both_sides) {
    auto stored = co_await store.setting(scope_setting(map.map(), side));
    if (!stored) co_return std::unexpected(std::move(stored).error());
    map.scope[side] = stored->value_or("");
    std::string now = scope_of(map.map(), side);
    const bool nothing_known = !*stored || counts->couplings == 0;
    if (!nothing_known || now == map.scope[side]) continue;
    first.setting(scope_setting(map.map(), side), now);
    map.scope[side] = std::move(now);
  }
  if (!first.empty()) {
    auto committed = co_await store.commit(std::move(first));
    if (!committed) co_return std::unexpected(std::move(committed).error());
  }
  const bool changed = map.scope[Side::dataverse] != scope_of(map.map(), Side::dataverse);
  if (changed) map.dataverse_scans_owed.ask(1);
  co_return Result<void>();
}

}  // namespace dualwrite::sync
