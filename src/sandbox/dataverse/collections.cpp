#include "sandbox/dataverse/collections.hpp"

#include <algorithm>
#include <array>

#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"
#include "sandbox/dataverse/keys.hpp"
#include "sandbox/dataverse/rows.hpp"
#include "sandbox/guid.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

struct Published {
  std::string_view table;
  std::string_view navigation;
  std::string_view name;
};
constexpr std::array published{
    Published{"account", "primarycontactid", "account_primary_contact"},
    Published{"account", "parentaccountid", "account_parent_account"},
    Published{"contact", "parentcustomerid_account", "contact_customer_accounts"},
    Published{"contact", "parentcustomerid_contact", "contact_customer_contacts"},
    Published{"sdkmessageprocessingstep", "eventhandler_serviceendpoint", "serviceendpoint_sdkmessageprocessingstep"},
    Published{"sdkmessageprocessingstep", "sdkmessageid", "sdkmessageid_sdkmessageprocessingstep"},
    Published{"sdkmessageprocessingstepimage", "sdkmessageprocessingstepid",
              "sdkmessageprocessingstepid_sdkmessageprocessingstepimage"},
};

/// The rows that point to `key`, with whatever else the client asks for: a list with one more condition.
Target narrowed(const Target& target, const TableSchema& near, ColumnId column, const std::string& key) {
  std::string filter = near.column(column).wire + " eq " + guid_text(key);
  Target made;
  for (const auto& [name, value] : target.options) {
    if (name == "$filter") {
      filter += " and (" + value + ")";
    } else {
      made.options.emplace_back(name, value);
    }
  }
  made.options.emplace_back("$filter", filter);
  made.raw_query = query_without(target.raw_query, {"$filter"});
  made.raw_query += (made.raw_query.empty() ? "$filter=" : "&$filter=") + odata::percent_encode_query(filter);
  Segment segment;
  segment.name = near.set;
  segment.raw = near.set;
  made.segments.push_back(std::move(segment));
  return made;
}

/// Calls f(target, collection) for every lookup that makes one of a table for which wants(id), in the order of the
/// tables that they stand in.
template <class Wants, class F>
void walk(const Schema& schema, Wants wants, F f) {
  for (const TableSchema& near : schema.tables) {
    for (ColumnId id = 0; id < near.columns.size(); ++id) {
      const Column& column = near.columns[id];
      if (column.targets.empty() || column.source_type == "Owner") continue;
      for (const LookupTarget& target : column.targets) {
        if (!wants(target.table)) continue;
        f(target, Collection{collection_name(near, column, target), near.id, id, target.navigation});
      }
    }
  }
}

/// The member that a request names, which is there.
Outcome<Address> member(const Call& call, const Table& near) {
  const Segment& segment = call.target.segments[1];
  Outcome<Address> found = refuse(400, "0x80060888", "The request must name a row of '" + near.schema().set + "'.");
  if (call.request.method == "POST") {
    const auto entity = odata::parse_entity(call.request.body);
    if (!entity || entity->id.empty()) {
      return refuse(400, "0x80048d19", "The body must be an object with the member '@odata.id'.");
    }
    found = resolve_reference(call, near, entity->id);
  } else if (segment.key) {
    found = resolve_key(call.state, near, *segment.key);
  } else if (const std::string* id = call.target.option("$id")) {
    found = resolve_reference(call, near, *id);
  }
  if (found && !found->hit) return std::unexpected(not_found(near.schema(), *found).error());
  return found;
}

}  // namespace

bool is_taken(const TableSchema& table, std::string_view name) {
  return table.find_wire(name).has_value() || table.by_navigation.contains(std::string(name));
}

std::string collection_name(const TableSchema& near, const Column& column, const LookupTarget& target) {
  const auto known = std::ranges::find_if(published, [&](const Published& each) {
    return each.table == near.name && each.navigation == target.navigation;
  });
  if (known != published.end()) return std::string(known->name);
  const bool is_system = column.name.starts_with("createdby") || column.name.starts_with("createdonbehalfby") ||
                         column.name.starts_with("modifiedby") || column.name.starts_with("modifiedonbehalfby");
  return is_system ? "lk_" + near.name + "_" + column.name : near.name + "_" + target.navigation;
}

std::vector<std::vector<Collection>> collections_of(const Schema& schema) {
  std::vector<std::vector<Collection>> found(schema.tables.size());
  const auto any = [](TableId) { return true; };
  walk(schema, any, [&](const LookupTarget& target, Collection collection) {
    if (!is_taken(schema.tables[target.table], collection.name)) found[target.table].push_back(std::move(collection));
  });
  return found;
}

std::optional<Collection> find_collection(const Schema& schema, const TableSchema& table, std::string_view name) {
  if (is_taken(table, name)) return std::nullopt;
  std::optional<Collection> found;
  const auto is_it = [&](TableId target) { return target == table.id && !found; };
  walk(schema, is_it, [&](const LookupTarget&, Collection collection) {
    if (collection.name == name) found = std::move(collection);
  });
  return found;
}

Outcome<http::Response> on_collection(Call& call, Table& table, const Collection& collection) {
  const auto& segments = call.target.segments;
  const std::string& method = call.request.method;
  auto address = resolve_key(call.state, table, *segments[0].key);
  if (!address) return std::unexpected(address.error());
  if (!address->hit) return std::unexpected(not_found(table.schema(), *address).error());
  const std::string key = *address->hit.key;
  Table& near = call.state.database.table(collection.table);
  const std::string last = segments.size() == 3 ? segments[2].name : std::string();
  if (method == "GET" && !segments[1].key && (last.empty() || last == "$count")) {
    call.target = narrowed(call.target, near.schema(), collection.column, key);
    return last.empty() ? list(call, near) : count(call, near);
  }
  if (last != "$ref" || (method != "POST" && method != "DELETE")) {
    return refuse(405, "0x80060888", "The requested resource does not support http method '" + method + "'.");
  }
  auto named = member(call, near);
  if (!named) return std::unexpected(named.error());
  Assignments cells;
  if (method == "POST") {
    cells.set(collection.column, key);
  } else {
    const auto points_to = named->hit.record->row.get(collection.column);
    if (!points_to || *points_to != key) {
      return refuse(404, "0x80040217",
                    near.schema().name + " With Id = " + guid_text(*named->hit.key) + " is not associated with " +
                        table.schema().name + " With Id = " + guid_text(key));
    }
    cells.set(collection.column, std::nullopt);
  }
  if (auto changed = change_row(call, near, named->hit, std::move(cells)); !changed) {
    return std::unexpected(changed.error());
  }
  http::Response response(204);
  response.headers.add("OData-Version", "4.0");
  return response;
}

}  // namespace dualwrite::sandbox::dataverse
