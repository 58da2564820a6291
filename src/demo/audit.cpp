// The last act: what is there now, read through OData alone, and the judgement.
#include <algorithm>
#include <set>

#include "demo/acts.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::demo {
namespace {

/// More records than that with something unexplained are judged without their journals: the result is bad anyway.
constexpr std::size_t journals_max = 5000;

void append_name(std::string& list, const std::string& name) {
  if (!list.empty()) list += ',';
  list += name;
}

std::string finops_query(const MapFile& map) {
  std::string select;
  for (const ColumnPair& column : map.columns) append_name(select, column.finops);
  std::string query = map.finops_entity + "?cross-company=true&$select=" + select;
  if (!map.companies.empty()) {
    std::string filter;
    for (const std::string& company : map.companies) {
      filter += (filter.empty() ? "" : " or ") + std::string("dataAreaId eq ") + odata::quote(company);
    }
    query += "&$filter=" + odata::percent_encode_query(filter);
  }
  return query;
}

std::string dataverse_query(const MapFile& map) {
  std::string select = map.dataverse_id;
  std::map<std::string, std::string> expanded;
  for (const ColumnPair& column : map.columns) {
    if (column.is_lookup()) {
      append_name(expanded[column.navigation], column.lookup_column);
    } else {
      append_name(select, column.dataverse);
    }
  }
  std::string query = map.dataverse_set + "?$select=" + select;
  std::string expand;
  for (const auto& [navigation, columns] : expanded) append_name(expand, navigation + "($select=" + columns + ")");
  return expand.empty() ? query : query + "&$expand=" + expand;
}

std::set<RecordId> records_of(const std::vector<Finding>& findings) {
  std::set<RecordId> records;
  for (const Finding& finding : findings) records.insert(finding.record);
  return records;
}

}  // namespace

Task<Result<Tables>> read_tables(Stage& stage) {
  Tables tables;
  for (const MapFile& map : stage.maps) {
    PerSide<SideTable>& sides = tables[map.name];
    for (const Side side : both_sides) {
      SideTable& table = sides[side];
      Session::OnPage add = [&map, &table, side](std::vector<odata::Entity> page) {
        for (const odata::Entity& entity : page) add_row(map, side, entity, table);
      };
      std::string query = side == Side::finops ? finops_query(map) : dataverse_query(map);
      auto read = co_await stage.session(side).read_all(std::move(query), std::move(add));
      if (!read) co_return std::unexpected(std::move(read).error());
    }
  }
  co_return tables;
}

std::vector<std::string> all_differences(const Stage& stage, const Tables& tables) {
  std::vector<std::string> lines;
  for (const MapFile& map : stage.maps) {
    for (const Difference& difference : differences(map, tables.at(map.name))) lines.push_back(to_string(difference));
  }
  return lines;
}

Task<Result<DaemonTotals>> read_totals(Stage& stage) {
  auto maps = co_await stage.admin->maps();
  if (!maps) co_return std::unexpected(std::move(maps).error());
  DaemonTotals totals;
  for (const MapReport& map : *maps) {
    totals.finops_to_dataverse += map.written[Side::dataverse];
    totals.dataverse_to_finops += map.written[Side::finops];
    totals.conflicts += map.conflicts;
    totals.echoes += map.echoes;
    totals.dead_letters_open += map.dead_letters;
  }
  auto calls = co_await stage.admin->api_calls();
  if (!calls) co_return std::unexpected(std::move(calls).error());
  totals.api_calls = *calls;
  co_return totals;
}

Task<Result<Account>> audit(Stage& stage, Tables baseline, Tables last) {
  Evidence evidence;
  evidence.maps = stage.maps;
  evidence.baseline = std::move(baseline);
  evidence.last = std::move(last);
  evidence.edits = stage.edits;
  for (const MapFile& map : stage.maps) {
    MapFile copy = map;
    auto losers = co_await stage.admin->losers(std::move(copy));
    if (!losers) co_return std::unexpected(std::move(losers).error());
    std::move(losers->begin(), losers->end(), std::back_inserter(evidence.losers));
  }
  Account first = account(evidence);
  const std::set<RecordId> records = records_of(first.unaccounted);
  if (records.empty() || records.size() > journals_max) co_return first;
  for (const RecordId& record : records) {
    MapFile map = stage.map(record.first);
    std::string key = record.second;
    auto writes = co_await stage.admin->writes(std::move(map), std::move(key));
    if (!writes && writes.error().code() == Errc::not_found) continue;
    if (!writes) co_return std::unexpected(std::move(writes).error());
    evidence.writes[record] = *std::move(writes);
  }
  co_return account(evidence);
}

}  // namespace dualwrite::demo
