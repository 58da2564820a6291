// What `check` asks beyond names: whether the rows may be read, whether types go together, whether the companies are
// there. A map that fails here may still run, and then makes dead letters.
#include <algorithm>
#include <optional>

#include "dualwrite/base/text.hpp"
#include "dualwrite/endpoint/fit.hpp"
#include "dualwrite/maps/translate.hpp"

namespace dualwrite::endpoint {
namespace {

/// What a service's type holds, as far as it is certain.
enum class Holds : std::uint8_t { unknown, text, number, truth, time };

Holds held_by(std::string_view type) {
  constexpr std::pair<std::string_view, Holds> kinds[] = {
      {"Edm.String", Holds::text},         {"String", Holds::text},       {"Memo", Holds::text},
      {"Edm.Decimal", Holds::number},      {"Edm.Int32", Holds::number},  {"Edm.Int64", Holds::number},
      {"Edm.Double", Holds::number},       {"Decimal", Holds::number},    {"Money", Holds::number},
      {"Integer", Holds::number},          {"BigInt", Holds::number},     {"Double", Holds::number},
      {"Boolean", Holds::truth},           {"Edm.Boolean", Holds::truth}, {"DateTime", Holds::time},
      {"Edm.DateTimeOffset", Holds::time}, {"Edm.Date", Holds::time}};
  const auto found = std::ranges::find(kinds, type, &std::pair<std::string_view, Holds>::first);
  return found == std::end(kinds) ? Holds::unknown : found->second;
}

/// The map's type that such a column wants; empty: the one that it has will do.
std::string_view better_type(const maps::Column& column, Holds holds) {
  switch (column.type) {
    case maps::Type::string:
      if (holds == Holds::number) return "decimal";
      if (holds == Holds::truth) return "boolean";
      return holds == Holds::time ? "datetime" : "";
    case maps::Type::integer:
    case maps::Type::decimal:
      if (holds == Holds::truth) return "boolean";
      return holds == Holds::time ? "datetime" : "";
    case maps::Type::boolean:
      if (holds == Holds::number) return "decimal";
      return holds == Holds::time ? "datetime" : "";
    case maps::Type::date:
    case maps::Type::datetime:
      if (holds == Holds::number) return "decimal";
      return holds == Holds::truth ? "boolean" : "";
    case maps::Type::choice:
      break;
  }
  return {};
}

std::size_t at(const std::vector<std::size_t>& lines, std::size_t index) {
  return index < lines.size() ? lines[index] : 0;
}

void compare_types(const maps::TableMap& map, Side side, const Description& table, std::vector<Misfit>& found) {
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const maps::Column& column = map.columns[index];
    // A transform, parts and lookups bring values of their own.
    if (!column.transform.empty() || !column.parts[side].empty()) continue;
    if (side == Side::dataverse && column.lookup) continue;
    const std::string& name = side == Side::finops ? column.finops : column.dataverse;
    const auto property = std::ranges::find(table.properties, name, &Property::name);
    if (property == table.properties.end()) continue;
    const std::string_view better = better_type(column, held_by(property->type));
    if (better.empty()) continue;
    found.push_back(
        {side, at(map.lines.columns, index), name,
         "it is " + property->type + " there, and of type " + std::string(maps::to_string(column.type)) + " in the map",
         "write \"type\": \"" + std::string(better) + "\""});
  }
}

/// A value that hardly any row has, in the column's form.
std::string rare_value(const maps::Column& column) {
  switch (column.type) {
    case maps::Type::integer:
    case maps::Type::decimal:
      return "0";
    case maps::Type::boolean:
      return "false";
    case maps::Type::date:
      return "1901-02-03";
    case maps::Type::datetime:
      return "1901-02-03t04:05:06z";
    case maps::Type::choice:
      return column.values.empty() ? std::string() : ascii_lower(column.values.front().finops);
    case maps::Type::string:
      break;
  }
  return "dualwrite-check";
}

/// A key that no row has, in the forms of the key columns.
RecordKey nobody(const maps::TableMap& map) {
  std::string key;
  for (const std::size_t column : map.key_columns()) {
    if (!key.empty()) key += '|';
    const bool company = map.company_column() == column && !map.companies.empty();
    if (company) {
      key += ascii_lower(map.companies.front());
    } else {
      key += rare_value(map.columns[column]);
    }
  }
  return RecordKey(std::move(key));
}

}  // namespace

Task<Result<std::vector<Misfit>>> examine(Endpoint& endpoint, maps::TableMap map) {
  const Side side = endpoint.side();
  const std::size_t line = side == Side::finops ? map.lines.finops : map.lines.dataverse;
  std::vector<Misfit> found;
  if (endpoint.dialect() != "odata") {
    std::string name = side == Side::finops ? map.finops_entity : map.dataverse_table;
    auto described = co_await endpoint.describe(std::move(name));
    if (!described) co_return std::unexpected(std::move(described).error());
    if (*described) compare_types(map, side, **described, found);
  }
  std::vector<RowAddress> rows;
  rows.emplace_back(std::string(), nobody(map));
  auto read = co_await endpoint.read(map, std::move(rows));
  if (!read && read.error().code() != Errc::forbidden) co_return std::unexpected(std::move(read).error());
  const std::optional<Error> refused = read ? read->front().error : std::optional<Error>(read.error());
  if (refused) {
    found.push_back({side,
                     line,
                     {},
                     "its rows cannot be read: " + refused->message(),
                     refused->hint().empty() ? "give the application's user the right to read them" : refused->hint()});
  }
  const auto company = map.company_column();
  if (side == Side::dataverse && map.knows_company_ids()) {
    const maps::Lookup& lookup = *map.columns[*company].lookup;
    auto known = co_await endpoint.lookup_ids(lookup);
    if (!known) {
      found.push_back({side, line, map.columns[*company].dataverse,
                       "the companies cannot be read: " + known.error().message(), known.error().hint()});
      co_return found;
    }
    for (const std::string& each : map.companies) {
      if (known->contains(ascii_lower(each))) continue;
      found.push_back({side, map.lines.companies, map.columns[*company].dataverse,
                       "there is no company \"" + each + "\" in " + lookup.entity_set,
                       "create it there, or take it out of \"companies\""});
    }
  }
  co_return found;
}

}  // namespace dualwrite::endpoint
