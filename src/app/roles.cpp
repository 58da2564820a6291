#include "app/roles.hpp"

#include <algorithm>
#include <set>

namespace dualwrite::app {
namespace {

/// True if some column's values go from `side` to the other one.
bool flows(const maps::TableMap& map, Side side) {
  return std::ranges::any_of(
      map.columns, [&](const maps::Column& column) { return !column.key && flows_from(column.direction, side); });
}

void add_related(const maps::Lookup& lookup, bool written, std::set<std::string>& seen, std::vector<Right>& rights) {
  if (seen.insert(lookup.entity_set).second) {
    Right right;
    right.on = lookup.entity_set;
    right.what = {"Read"};
    if (written) right.what.emplace_back("Append To");
    right.why = written ? "rows of the map lead to its rows" : "values of its rows are read";
    rights.push_back(std::move(right));
  }
  for (const maps::Lookup& each : lookup.others) add_related(each, written, seen, rights);
}

}  // namespace

std::vector<Right> rights_for(const maps::TableMap& map) {
  const bool to_dataverse = flows(map, Side::finops);
  const bool to_finops = flows(map, Side::dataverse);
  std::vector<Right> rights;
  Right table;
  table.on = map.dataverse_table;
  table.what = {"Read"};
  if (to_dataverse) {
    table.what.insert(table.what.begin(), "Create");
    table.what.emplace_back("Write");
    if (map.deletion != DeletePolicy::uncouple) table.what.emplace_back("Delete");
  }
  std::vector<Right> related;
  std::set<std::string> seen;
  for (const maps::Column& column : map.columns) {
    if (!column.lookup) continue;
    add_related(*column.lookup, to_dataverse && (column.key || flows_from(column.direction, Side::finops)), seen,
                related);
  }
  const bool leads = std::ranges::any_of(related, [](const Right& right) { return right.what.size() > 1; });
  if (leads) table.what.emplace_back("Append");
  table.why = to_dataverse ? "the map writes its rows" : "the map reads its rows";
  rights.push_back(std::move(table));
  std::ranges::move(related, std::back_inserter(rights));
  Right entity;
  entity.side = Side::finops;
  entity.on = map.finops_entity;
  entity.what = {"Read"};
  if (to_finops) {
    entity.what = {"Read", "Create", "Update"};
    if (map.deletion != DeletePolicy::uncouple) entity.what.emplace_back("Delete");
  }
  entity.why = "in a role of the application user";
  if (!map.companies.empty()) {
    entity.why += ", for the companies";
    for (const std::string& company : map.companies) entity.why += " " + company;
  }
  rights.push_back(std::move(entity));
  return rights;
}

std::vector<Right> rights_to_register() {
  const char* const why = "to register webhooks, once";
  return {
      {Side::dataverse, "serviceendpoint", {"Create", "Read", "Write", "Delete", "Append To"}, why},
      {Side::dataverse, "sdkmessageprocessingstep", {"Create", "Read", "Write", "Delete", "Append", "Append To"}, why},
      {Side::dataverse, "sdkmessageprocessingstepimage", {"Create", "Read", "Write", "Delete", "Append"}, why},
      {Side::dataverse, "sdkmessage", {"Read", "Append To"}, why},
      {Side::dataverse, "sdkmessagefilter", {"Read", "Append To"}, why}};
}

std::string to_string(const Right& right) {
  std::string out = right.on + ": ";
  for (std::size_t index = 0; index < right.what.size(); ++index) out += (index == 0 ? "" : ", ") + right.what[index];
  return out + " (" + right.why + ")";
}

}  // namespace dualwrite::app
