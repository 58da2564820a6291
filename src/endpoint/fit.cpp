#include "dualwrite/endpoint/fit.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dualwrite/base/text.hpp"

namespace dualwrite::endpoint {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_quoted(out, text);
  return out;
}

/// "did you mean …?", or else `otherwise`.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names, std::string otherwise) {
  const std::string_view near = nearest(word, names);
  return near.empty() ? otherwise : "did you mean " + quoted(near) + "?";
}

template <class Item>
std::vector<std::string_view> names_of(const std::vector<Item>& items) {
  std::vector<std::string_view> names;
  names.reserve(items.size());
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

template <class Item>
const Item* find(const std::vector<Item>& items, std::string_view name) {
  const auto found = std::ranges::find(items, name, &Item::name);
  return found == items.end() ? nullptr : &*found;
}

bool is_lookup(const Property& property) {
  return property.type == "Lookup" || property.type == "Customer" || property.type == "Owner";
}

std::size_t at(const std::vector<std::size_t>& lines, std::size_t index) {
  return index < lines.size() ? lines[index] : 0;
}

/// Collects what is found on one side of one map.
class Comparison {
 public:
  Comparison(const maps::TableMap& map, Side side) : map_(map), side_(side) {}

  void add(std::size_t line, std::string column, std::string what, std::string hint) {
    found_.push_back({side_, line, std::move(column), std::move(what), std::move(hint)});
  }

  /// The property of that name; says so if there is none.
  const Property* expect(const Description& table, const std::string& name, const std::string& column, std::size_t line,
                         const std::string& where) {
    const Property* property = find(table.properties, name);
    if (property == nullptr) {
      add(line, column, where + " has no column " + quoted(name),
          did_you_mean(name, names_of(table.properties), "names are case-sensitive; is it a column of another table?"));
    }
    return property;
  }

  void compare_constants(const Description& table, const std::string& where) {
    for (std::size_t index = 0; index < map_.constants.size(); ++index) {
      const maps::Constant& constant = map_.constants[index];
      if (constant.side == side_) {
        expect(table, constant.column, constant.column, at(map_.lines.constants, index), where);
      }
    }
  }

  /// Every name in the side's filter is read with every row: one that is not there would spoil every request.
  void compare_filter(const Description& table, const std::string& where) {
    const std::size_t line = side_ == Side::finops ? map_.lines.finops : map_.lines.dataverse;
    compare_condition(map_.filter[side_], line, table, where);
    for (std::size_t index = 0; index < map_.columns.size(); ++index) {
      const maps::Column& column = map_.columns[index];
      if (!flows_from(column.direction, side_)) continue;
      compare_condition(column.when, at(map_.lines.columns, index), table, where);
    }
  }

  [[nodiscard]] std::vector<Misfit> take() && { return std::move(found_); }

 private:
  void compare_condition(const maps::RowFilter& condition, std::size_t line, const Description& table,
                         const std::string& where) {
    for (const std::string& written : condition.columns) {
      std::string name = written.substr(0, written.find('/'));
      if (name.size() < written.size()) {
        if (find(table.navigations, name) != nullptr) continue;
        add(line, written, where + " has no lookup " + quoted(name) + ", which its filter names",
            did_you_mean(name, names_of(table.navigations), "correct the condition"));
        continue;
      }
      // A lookup's GUID is read as _name_value.
      if (name.starts_with('_') && name.ends_with("_value")) name = name.substr(1, name.size() - 7);
      expect(table, name, written, line, where);
    }
  }

  const maps::TableMap& map_;
  Side side_;
  std::vector<Misfit> found_;
};

/// Nothing of the name was found: says so, with the nearest name that the service has.
Task<Result<std::vector<Misfit>>> not_there(Endpoint& endpoint, std::string kind, std::string name, std::size_t line) {
  auto names = co_await endpoint.names();
  if (!names) co_return std::unexpected(std::move(names).error());
  const std::vector<std::string_view> views(names->begin(), names->end());
  Misfit misfit;
  misfit.side = endpoint.side();
  misfit.line = line;
  misfit.what = "there is no " + kind + " " + quoted(name) + " at " + endpoint.url();
  misfit.hint = did_you_mean(name, views, "is it installed there, and may the application see it?");
  std::vector<Misfit> found;
  found.push_back(std::move(misfit));
  co_return found;
}

/// F&O addresses a row by all columns of the entity's key, and by nothing else.
void compare_keys(const maps::TableMap& map, const Description& entity, Comparison& comparison) {
  const bool told = std::ranges::any_of(entity.properties, &Property::key);
  if (!told) return;
  const auto is_key_in_map = [&](const Property& property) {
    return std::ranges::any_of(
        map.columns, [&](const maps::Column& column) { return column.key && column.finops == property.name; });
  };
  for (const Property& property : entity.properties) {
    if (!property.key || is_key_in_map(property)) continue;
    comparison.add(map.lines.finops, property.name,
                   "it is part of the key of " + map.finops_entity + ", not of the map", "map it with \"key\": true");
  }
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const maps::Column& column = map.columns[index];
    const Property* property = find(entity.properties, column.finops);
    if (!column.key || property == nullptr || property->key) continue;
    comparison.add(at(map.lines.columns, index), column.finops, "it is not part of the key of " + map.finops_entity,
                   "leave \"key\" out");
  }
}

/// What the map brings a value to must be something that a property of that type can hold.
void compare_types(const maps::Column& column, const Property& property, std::size_t line, Comparison& comparison) {
  const std::string_view type = property.type;
  const bool number = type == "Edm.Decimal" || type == "Edm.Double" || type == "Edm.Single" || type == "Edm.Byte" ||
                      type == "Edm.SByte" || type.starts_with("Edm.Int");
  const bool time = type == "Edm.Date" || type == "Edm.DateTimeOffset";
  bool fits = true;
  std::string_view better = "string";
  switch (column.type) {
    case maps::Type::string:
      fits = !number && !time && type != "Edm.Boolean";
      better = number ? "decimal" : (type == "Edm.Boolean" ? "boolean" : (type == "Edm.Date" ? "date" : "datetime"));
      break;
    case maps::Type::integer:
    case maps::Type::decimal:
      fits = number || type == "Edm.String";
      break;
    case maps::Type::boolean:
      fits = type == "Edm.Boolean" || type == "Edm.String";
      break;
    case maps::Type::date:
    case maps::Type::datetime:
      fits = time || type == "Edm.String";
      break;
    case maps::Type::choice:
      break;
  }
  if (fits) return;
  comparison.add(line, property.name,
                 "it is " + std::string(type) + ", which holds no " + std::string(maps::to_string(column.type)),
                 "write \"type\": " + quoted(better));
}

std::vector<Misfit> compare_finops(const maps::TableMap& map, const Description& entity) {
  Comparison comparison(map, Side::finops);
  const std::string where = "the entity " + map.finops_entity;
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    for (const std::string& name : map.columns[index].fields(Side::finops)) {
      comparison.expect(entity, name, name, at(map.lines.columns, index), where);
    }
  }
  if (!map.finops_stamp.empty()) {
    comparison.expect(entity, map.finops_stamp, map.finops_stamp, map.lines.finops, where);
  }
  comparison.compare_constants(entity, where);
  comparison.compare_filter(entity, where);
  compare_keys(map, entity, comparison);
  return std::move(comparison).take();
}

/// A service of which only $metadata is known: one set, whose rows have one key.
std::vector<Misfit> compare_odata(const maps::TableMap& map, Side side, const Description& set) {
  Comparison comparison(map, side);
  const std::string where = "the entity set " + set.set;
  const std::size_t head = side == Side::finops ? map.lines.finops : map.lines.dataverse;
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const maps::Column& column = map.columns[index];
    const std::size_t line = at(map.lines.columns, index);
    if (side == Side::dataverse && column.lookup) {
      comparison.add(line, column.dataverse, "the dialect odata has no lookups", "map a column of the set itself");
      continue;
    }
    for (const std::string& name : column.fields(side)) {
      const Property* property = comparison.expect(set, name, name, line, where);
      if (property != nullptr) compare_types(column, *property, line, comparison);
    }
  }
  const std::string& stamp = side == Side::finops ? map.finops_stamp : map.dataverse_stamp;
  if (!stamp.empty() && find(set.properties, stamp) == nullptr) {
    comparison.add(head, stamp, where + " has no column " + quoted(stamp),
                   "name the column with the time of the last change as \"stamp\", or write \"stamp\": null");
  }
  if (side == Side::dataverse && !set.id.empty() && set.id != map.dataverse_id) {
    comparison.add(head, {}, "the key of " + where + " is " + quoted(set.id) + ", not " + quoted(map.dataverse_id),
                   "write \"id\": " + quoted(set.id));
  }
  if (std::ranges::none_of(set.properties, &Property::key)) {
    comparison.add(head, {}, where + " has no key in $metadata", "its rows cannot be addressed: link another set");
  }
  comparison.compare_constants(set, where);
  comparison.compare_filter(set, where);
  return std::move(comparison).take();
}

using Tables = std::map<std::string, std::optional<Description>>;

void compare_lookup(const maps::Column& column, const maps::Lookup& lookup, std::size_t line, const Description& table,
                    const Tables& tables, const std::string& where, Comparison& comparison) {
  const Navigation* navigation = find(table.navigations, lookup.navigation);
  if (navigation == nullptr) {
    comparison.add(line, column.dataverse, where + " has no lookup " + quoted(lookup.navigation),
                   did_you_mean(lookup.navigation, names_of(table.navigations),
                                "the name is that of the navigation property in $metadata, in its case"));
    return;
  }
  const auto found = tables.find(navigation->table);
  if (found == tables.end() || !found->second) return;
  const Description& related = *found->second;
  const std::string there = "the related table " + navigation->table;
  if (related.set != lookup.entity_set) {
    comparison.add(line, column.dataverse,
                   "its lookup leads to the set " + quoted(related.set) + ", not to " + quoted(lookup.entity_set),
                   "write \"lookup\": {\"set\": " + quoted(related.set) + "}");
  }
  if (const std::size_t slash = lookup.column.find('/'); slash == std::string::npos) {
    comparison.expect(related, lookup.column, column.dataverse, line, there);
  } else if (const std::string next = lookup.column.substr(0, slash); find(related.navigations, next) == nullptr) {
    comparison.add(line, column.dataverse, there + " has no lookup " + quoted(next),
                   did_you_mean(next, names_of(related.navigations), "correct the path"));
  }
  if (!lookup.id.empty() && lookup.id != related.id) {
    comparison.add(line, column.dataverse,
                   "the primary key of " + there + " is " + quoted(related.id) + ", not " + quoted(lookup.id),
                   "write \"id\": " + quoted(related.id));
  }
  if (!lookup.company.empty() && find(related.navigations, lookup.company) == nullptr) {
    comparison.add(line, column.dataverse, there + " has no lookup " + quoted(lookup.company) + " to its company",
                   did_you_mean(lookup.company, names_of(related.navigations), "leave \"company\" out"));
  }
}

void compare_column(const maps::Column& column, std::string name, std::size_t line, const Description& table,
                    const std::string& where, Comparison& comparison) {
  // A lookup's GUID is read as _name_value.
  const bool value = name.starts_with('_') && name.ends_with("_value");
  if (value) name = name.substr(1, name.size() - 7);
  const Property* property = comparison.expect(table, name, column.dataverse, line, where);
  if (property == nullptr || value || !is_lookup(*property)) return;
  comparison.add(line, column.dataverse, "it is a lookup, which has no value of its own",
                 "write \"" + name + "/COLUMN\" with the related table's column, and \"lookup\": {\"set\": …}");
}

std::vector<Misfit> compare_dataverse(const maps::TableMap& map, const Description& table, const Tables& tables) {
  Comparison comparison(map, Side::dataverse);
  const std::string where = "the table " + map.dataverse_table;
  const std::size_t head = map.lines.dataverse;
  if (table.set != map.dataverse_set) {
    comparison.add(head, {},
                   "the entity set of " + where + " is " + quoted(table.set) + ", not " + quoted(map.dataverse_set),
                   "write \"set\": " + quoted(table.set));
  }
  if (table.id != map.dataverse_id) {
    comparison.add(head, {},
                   "the primary key of " + where + " is " + quoted(table.id) + ", not " + quoted(map.dataverse_id),
                   "write \"id\": " + quoted(table.id));
  }
  if (!table.tracks_changes) {
    comparison.add(head, {}, where + " does not track changes",
                   "switch \"Track changes\" on in the table's properties there, and publish it");
  }
  if (!map.dataverse_stamp.empty()) {
    comparison.expect(table, map.dataverse_stamp, map.dataverse_stamp, head, where);
  }
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const maps::Column& column = map.columns[index];
    const std::size_t line = at(map.lines.columns, index);
    if (column.lookup) {
      compare_lookup(column, *column.lookup, line, table, tables, where, comparison);
      for (const maps::Lookup& other : column.lookup->others) {
        compare_lookup(column, other, line, table, tables, where, comparison);
      }
      continue;
    }
    for (const std::string& name : column.fields(Side::dataverse)) {
      compare_column(column, name, line, table, where, comparison);
    }
  }
  comparison.compare_constants(table, where);
  comparison.compare_filter(table, where);
  return std::move(comparison).take();
}

/// The tables that the map's lookups lead to at once.
Task<Result<Tables>> related_tables(Endpoint& endpoint, const maps::TableMap& map, const Description& table) {
  std::vector<std::string> names;
  for (const maps::Column& column : map.columns) {
    if (!column.lookup) continue;
    names.push_back(column.lookup->navigation);
    for (const maps::Lookup& other : column.lookup->others) names.push_back(other.navigation);
  }
  Tables tables;
  for (const std::string& name : names) {
    const Navigation* navigation = find(table.navigations, name);
    if (navigation == nullptr || tables.contains(navigation->table)) continue;
    std::string related_name = navigation->table;
    auto related = co_await endpoint.describe(related_name);
    if (!related) co_return std::unexpected(std::move(related).error());
    tables.emplace(std::move(related_name), std::move(*related));
  }
  co_return tables;
}

}  // namespace

std::string to_string(const std::string& map, const Misfit& misfit) {
  std::string out = "map " + map + ", " + std::string(to_string(misfit.side));
  if (!misfit.column.empty()) out += ", column " + misfit.column;
  out += ": " + misfit.what;
  if (!misfit.hint.empty()) out += " (" + misfit.hint + ")";
  return out;
}

Task<Result<std::vector<Misfit>>> misfits(Endpoint& endpoint, maps::TableMap map) {
  const bool finops = endpoint.side() == Side::finops;
  const bool any = endpoint.dialect() == "odata";
  const std::string own = any ? map.dataverse_set : map.dataverse_table;
  const std::string name = finops ? map.finops_entity : own;
  auto described = co_await endpoint.describe(name);
  if (!described) co_return std::unexpected(std::move(described).error());
  if (!*described) {
    std::string kind = finops ? "entity" : "table";
    if (any) kind = "entity set";
    const std::size_t line = finops ? map.lines.finops : map.lines.dataverse;
    co_return co_await not_there(endpoint, std::move(kind), name, line);
  }
  const Description& description = **described;
  std::vector<Misfit> found;
  if (any) {
    found = compare_odata(map, endpoint.side(), description);
    if (!found.empty()) co_return found;  // a column that is not there would spoil every question below
  } else if (finops) {
    found = compare_finops(map, description);
  } else {
    auto tables = co_await related_tables(endpoint, map, description);
    if (!tables) co_return std::unexpected(std::move(tables).error());
    found = compare_dataverse(map, description, *tables);
  }
  auto limits = co_await endpoint.shortcomings(map);
  if (!limits) co_return std::unexpected(std::move(limits).error());
  for (Shortcoming& each : *limits) {
    if (!each.accepted) found.push_back({endpoint.side(), 0, {}, std::move(each.what), std::move(each.hint)});
  }
  co_return found;
}

}  // namespace dualwrite::endpoint
