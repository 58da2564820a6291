#include "dualwrite/endpoint/metadata.hpp"

#include <map>
#include <set>

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
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos) continue;
    const maps::ReferenceFacts* reference = table.reference(path.substr(0, slash));
    if (reference != nullptr) next.emplace(reference->table, path.substr(slash + 1));
  }
  return next;
}

}  // namespace

Task<Result<maps::Metadata>> read_metadata(Endpoint& finops, Endpoint& dataverse, maps::TableMap map) {
  maps::Metadata metadata;
  std::vector<std::string> properties = choices_of(map, Side::finops);
  std::string entity = map.finops_entity;
  auto here = co_await finops.facts(std::move(entity), std::move(properties));
  if (!here) co_return std::unexpected(std::move(here).error());
  metadata.finops = std::move(*here);
  std::vector<std::string> columns = choices_of(map, Side::dataverse);
  std::string name = map.dataverse_table;
  auto there = co_await dataverse.facts(std::move(name), columns);
  if (!there) co_return std::unexpected(std::move(there).error());
  metadata.dataverse = std::move(*there);
  auto tables = std::make_shared<Tables>();
  metadata.related = [tables](std::string_view table) -> const maps::EntityFacts* {
    const auto found = tables->find(table);
    return found == tables->end() ? nullptr : &found->second;
  };
  if (!metadata.dataverse) co_return metadata;
  std::multimap<std::string, std::string> open = next_tables(*metadata.dataverse, columns);
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
