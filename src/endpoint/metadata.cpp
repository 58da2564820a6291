#include "dualwrite/endpoint/metadata.hpp"

#include <map>

#include "dualwrite/base/text.hpp"

namespace dualwrite::endpoint {
namespace {

using Tables = std::map<std::string, maps::EntityFacts, std::less<>>;

/// Tables that lookups lead to at once, and from there on.
constexpr int depth_max = 2;

std::vector<std::string> choices_of(const maps::TableMap& map, Side side) {
  std::vector<std::string> names;
  for (const maps::Column& column : map.columns) {
    for (const std::string& name : column.fields(side)) names.push_back(name);
  }
  return names;
}

/// The tables behind the first lookups of these paths, each with what of the path goes on from there.
std::multimap<std::string, std::string> next_tables(const maps::EntityFacts& table,
                                                    const std::vector<std::string>& paths) {
  std::multimap<std::string, std::string> next;
  for (const std::string& path : paths) {
    const std::size_t end = path.find_first_of("/.");
    if (end == std::string::npos) continue;
    const std::string step = path.substr(0, end);
    for (const maps::ReferenceFacts& reference : table.references) {
      const bool meant = reference.navigation == step || equal_ignoring_case(reference.attribute, step);
      if (meant) next.emplace(reference.table, path.substr(end + 1));
    }
  }
  return next;
}

}  // namespace

MetadataQuery query_of(const maps::TableMap& map) {
  return {map.finops_entity, map.dataverse_table, choices_of(map, Side::finops), choices_of(map, Side::dataverse)};
}

Task<Result<maps::Metadata>> read_metadata(Endpoint& finops, Endpoint& dataverse, MetadataQuery query) {
  maps::Metadata metadata;
  auto here = co_await finops.facts(std::move(query.entity), std::move(query.properties));
  if (!here) co_return std::unexpected(std::move(here).error());
  metadata.finops = std::move(*here);
  auto there = co_await dataverse.facts(std::move(query.table), query.paths);
  if (!there) co_return std::unexpected(std::move(there).error());
  metadata.dataverse = std::move(*there);
  auto tables = std::make_shared<Tables>();
  metadata.related = [tables](std::string_view table) -> const maps::EntityFacts* {
    const auto found = tables->find(table);
    return found == tables->end() ? nullptr : &found->second;
  };
  if (!metadata.dataverse) co_return metadata;
  std::multimap<std::string, std::string> open = next_tables(*metadata.dataverse, query.paths);
  for (int depth = 0; depth < depth_max; ++depth) {
    std::multimap<std::string, std::string> next;
    std::map<std::string, std::vector<std::string>> paths;
    for (const auto& [table, path] : open) paths[table].push_back(path);
    for (const auto& [table, rest] : paths) {
      std::string asked = table;
      auto related = co_await dataverse.facts(std::move(asked), rest);
      if (!related) co_return std::unexpected(std::move(related).error());
      if (!*related) continue;
      next.merge(next_tables(**related, rest));
      tables->insert_or_assign(table, std::move(**related));
    }
    open = std::move(next);
  }
  co_return metadata;
}

}  // namespace dualwrite::endpoint
