#include "demo/map_file.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace dualwrite::demo {
namespace {

using nlohmann::json;

std::optional<ColumnType> column_type(const std::string& name) {
  if (name == "string") return ColumnType::text;
  if (name == "integer") return ColumnType::integer;
  if (name == "decimal") return ColumnType::decimal;
  if (name == "boolean") return ColumnType::boolean;
  if (name == "date") return ColumnType::date;
  if (name == "datetime") return ColumnType::datetime;
  if (name == "choice") return ColumnType::choice;
  return std::nullopt;
}

/// Throws json::exception for a wrong shape and std::string for a wrong value.
ColumnPair column_from(const json& from) {
  ColumnPair column;
  column.finops = from.value("finops", "");
  column.dataverse = from.value("dataverse", "");
  column.key = from.value("key", false);
  column.scale = from.value("scale", 2);
  column.both_ways = from.value("direction", "both") == "both";
  const std::string type = from.value("type", "string");
  const auto known = column_type(type);
  if (!known) throw std::string("the type \"" + type + "\" of " + column.finops + " is not known");
  column.type = *known;
  if (from.contains("values")) {
    for (const auto& [finops, dataverse] : from.at("values").items())
      column.values.emplace_back(finops, dataverse.dump());
  }
  if (from.contains("lookup")) {
    const auto slash = column.dataverse.find('/');
    if (slash == std::string::npos) throw std::string("the lookup " + column.dataverse + " is not navigation/column");
    column.navigation = column.dataverse.substr(0, slash);
    column.lookup_column = column.dataverse.substr(slash + 1);
    column.lookup_set = from.at("lookup").at("set").get<std::string>();
  }
  return column;
}

MapFile map_from(const json& from) {
  MapFile map;
  map.name = from.at("name").get<std::string>();
  map.finops_entity = from.at("finops").at("entity").get<std::string>();
  const json& dataverse = from.at("dataverse");
  map.dataverse_table = dataverse.at("table").get<std::string>();
  map.dataverse_set = dataverse.at("set").get<std::string>();
  map.dataverse_id = dataverse.at("id").get<std::string>();
  map.companies = from.value("companies", std::vector<std::string>{});
  for (const json& column : from.at("columns")) {
    ColumnPair pair = column_from(column);
    if (!pair.finops.empty() && !pair.dataverse.empty()) map.columns.push_back(std::move(pair));
  }
  if (map.keys().empty()) throw std::string("no column is a key");
  return map;
}

}  // namespace

const ColumnPair* MapFile::find(std::string_view finops_name) const noexcept {
  for (const ColumnPair& column : columns) {
    if (column.finops == finops_name) return &column;
  }
  return nullptr;
}

std::vector<const ColumnPair*> MapFile::keys() const {
  std::vector<const ColumnPair*> keys;
  for (const ColumnPair& column : columns) {
    if (column.key) keys.push_back(&column);
  }
  return keys;
}

Result<MapFile> parse_map_file(const std::string& name, std::string_view text) {
  try {
    return map_from(json::parse(text));
  } catch (const json::exception& problem) {
    return fail(Errc::invalid, "reading the map " + name + ": " + problem.what(), "dualwrite maps validate says more");
  } catch (const std::string& problem) {
    return fail(Errc::invalid, "reading the map " + name + ": " + problem, "dualwrite maps validate says more");
  }
}

Result<MapFile> read_map_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, "opening " + path + ": it cannot be read");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_map_file(path, text);
}

}  // namespace dualwrite::demo
