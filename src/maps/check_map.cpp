#include "maps/check_map.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/reference.hpp"

namespace dualwrite::maps {
namespace {

/// What a write to that side names. Several columns may go through one lookup, which they name together.
std::vector<std::string> targets_of(const Column& column, Side side) {
  if (side == Side::finops || !column.lookup) return column.fields(side);
  std::vector<std::string> paths{column.dataverse};
  for (const Lookup& other : column.lookup->others) paths.push_back(other.navigation);
  return paths;
}

bool written_on(const Column& column, Side side) {
  return flows_from(column.direction, other(side));
}

/// Nothing may be written twice to one side: two columns, or a column and a constant, would fight for it.
void check_targets(const TableMap& map, Side side, MistakeList& mistakes) {
  const MapLines& lines = map.lines;
  std::map<std::string, std::string> seen;  // lower-case target -> pointer of its first writer
  const auto claim = [&](const std::string& target, const std::string& path, std::size_t line) {
    if (target.empty()) return;
    const auto [first, fresh] = seen.emplace(ascii_lower(target), path);
    if (fresh) return;
    mistakes.add(line, path,
                 target + " on " + std::string(to_string(side)) + " is written by " + first->second + " too",
                 "remove one, or give one of them the other direction");
  };
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const Column& column = map.columns[i];
    if (!written_on(column, side)) continue;
    for (const std::string& target : targets_of(column, side)) {
      claim(target, "/columns/" + std::to_string(i), lines.columns[i]);
    }
  }
  for (std::size_t i = 0; i < map.constants.size(); ++i) {
    const Constant& constant = map.constants[i];
    if (constant.side == side) claim(constant.column, "/constants/" + std::to_string(i), lines.constants[i]);
  }
}

void check_companies(const TableMap& map, MistakeList& mistakes) {
  const MapLines& lines = map.lines;
  const auto company = std::ranges::find_if(
      map.columns, [](const Column& column) { return equal_ignoring_case(column.finops, "dataAreaId"); });
  const bool by_company = company != map.columns.end() && company->key;
  if (by_company && lines.companies == 0) {
    const auto index = static_cast<std::size_t>(company - map.columns.begin());
    mistakes.add(lines.columns[index], "/columns/" + std::to_string(index),
                 "the entity is company-specific, and \"companies\" does not say which companies are in scope",
                 "add \"companies\": [\"usmf\", …]");
  }
  if (!by_company && lines.companies != 0) {
    mistakes.add(lines.companies, "/companies", "companies are named, but no key column is dataAreaId",
                 "remove \"companies\" for a global entity, or add the key column dataAreaId");
  }
}

/// A related row that is kept per legal entity is bound by its key and the company's GUID, which is read by `id`.
void check_company_binds(const TableMap& map, MistakeList& mistakes) {
  const MapLines& lines = map.lines;
  const std::optional<std::size_t> company = map.company_column();
  const bool asked = std::ranges::any_of(
      map.columns, [](const Column& column) { return column.lookup && !column.lookup->company.empty(); });
  if (!asked || map.knows_company_ids()) return;
  if (company && map.columns[*company].lookup && needs_inquiry(map, map.columns[*company])) return;  // none is bound so
  mistakes.add(
      lines.columns.empty() ? 0 : lines.columns.front(), "/columns",
      "a lookup names the company of its related rows, and the map does not say how companies are found",
      "add the key column dataAreaId with \"lookup\": {\"set\": \"cdm_companies\", \"id\": \"cdm_companyid\"}");
}

/// Columns of one group are decided on as one: they flow both ways and have one rule.
void check_groups(const TableMap& map, MistakeList& mistakes) {
  const MapLines& lines = map.lines;
  std::map<std::string, ConflictRule> rules;
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const Column& column = map.columns[i];
    if (column.group.empty()) continue;
    const std::string path = "/columns/" + std::to_string(i);
    if (column.key || column.direction != Direction::both) {
      mistakes.add(lines.columns[i], path, "is in the group " + column.group + ", and does not flow both ways",
                   "key columns and columns with a direction cannot be in a group");
    }
    const ConflictRule rule = column.conflict.value_or(map.conflict);
    const auto [first, fresh] = rules.emplace(column.group, rule);
    if (fresh || first->second == rule) continue;
    mistakes.add(lines.columns[i], path,
                 "has the rule " + std::string(to_string(rule)) + ", and the group " + column.group + " has " +
                     std::string(to_string(first->second)),
                 "give all columns of a group the same \"conflict\"");
  }
}

/// Columns that go through one lookup are written as one.
void check_shared_lookups(const TableMap& map, MistakeList& mistakes) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const Column& column = map.columns[i];
    if (!column.lookup) continue;
    const auto [first, fresh] = seen.emplace(column.lookup->navigation, i);
    if (fresh) continue;
    const Column& before = map.columns[first->second];
    const std::string path = "/columns/" + std::to_string(i);
    const std::string pair = "goes through the lookup " + column.lookup->navigation + " as /columns/" +
                             std::to_string(first->second) + " does, ";
    if (!before.lookup->others.empty() || !column.lookup->others.empty()) {
      mistakes.add(map.lines.columns[i], path, pair + "and the related row may be in several tables",
                   "with \"or\" one column alone names the related row");
    }
    if (!before.key && !column.key && before.direction != column.direction) {
      mistakes.add(map.lines.columns[i], path + "/direction", pair + "and has another direction",
                   "columns that name one related row together flow together: give them one direction");
    }
  }
}

}  // namespace

void check_map(const TableMap& map, MistakeList& mistakes) {
  const MapLines& lines = map.lines;
  if (!map.columns.empty() && std::ranges::none_of(map.columns, &Column::key)) {
    mistakes.add(lines.columns.front(), "/columns", "no column is part of the key",
                 "mark the columns that together identify a record with \"key\": true");
  }
  for (const Side side : both_sides) check_targets(map, side, mistakes);
  check_companies(map, mistakes);
  check_company_binds(map, mistakes);
  check_groups(map, mistakes);
  check_shared_lookups(map, mistakes);
  std::set<std::string> navigations;
  for (const Column& column : map.columns) {
    if (!column.lookup) continue;
    navigations.insert(column.lookup->navigation);
    for (const Lookup& other : column.lookup->others) navigations.insert(other.navigation);
  }
  if (navigations.size() > lookups_max) {
    mistakes.add(lines.columns.front(), "/columns",
                 std::to_string(navigations.size()) + " lookups are more than Dataverse reads in one query (" +
                     std::to_string(lookups_max) + ")",
                 "split the map, or leave some out");
  }
}

}  // namespace dualwrite::maps
