#include "maps/read_lookup.hpp"

#include <algorithm>

#include "dualwrite/maps/reference.hpp"
#include "maps/identifier.hpp"
#include "maps/map_keys.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::size_t steps_max = 2;  // Microsoft's maps go no deeper

/// True if each step of the path is a name; counts the slashes.
bool is_path(std::string_view path, std::size_t& slashes) {
  slashes = 0;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_identifier(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    ++slashes;
    path.remove_prefix(slash + 1);
  }
}

/// The tables where the related row may be instead.
void read_others(ObjectReader& reader, Lookup& lookup) {
  const auto items = reader.items("or");
  for (std::size_t index = 0; index < items.size(); ++index) {
    const std::string path = pointer_to(reader.path_of("or"), std::to_string(index));
    ObjectReader inner(items[index], path, keys::other_lookup, reader.mistakes());
    Lookup other;
    other.navigation = identifier(inner, "navigation");
    other.entity_set = identifier(inner, "set");
    other.column = identifier(inner, "column");
    other.id = identifier(inner, "id");
    if (inner.find("company") != nullptr) other.company = identifier(inner, "company");
    lookup.others.push_back(std::move(other));
  }
}

bool names_row_with_others(const TableMap& map, const Column& column) {
  return std::ranges::count_if(map.columns, [&](const Column& other) {
           return other.lookup && other.lookup->navigation == column.lookup->navigation;
         }) > 1;
}

}  // namespace

void read_lookup(ObjectReader& reader, Column& column) {
  const JsonNode* node = reader.find("lookup");
  std::size_t slashes = 0;
  const bool fits = column.dataverse.empty() || is_path(column.dataverse, slashes);
  if (!fits || slashes > steps_max) {
    reader.wrong("dataverse", "must be a column's name, or \"navigation/column\" for a lookup",
                 column.dataverse.find('.') != std::string::npos
                     ? "write '/' where dual-write has '.'"
                     : "at most " + std::to_string(steps_max) + " lookups lead to a column");
    slashes = 0;
  }
  if (node != nullptr && slashes == 0 && fits) {
    reader.wrong("lookup", "belongs to a column whose \"dataverse\" is \"navigation/column\"");
  }
  Lookup lookup;
  if (node != nullptr) {
    ObjectReader inner(*node, reader.path_of("lookup"), keys::lookup, reader.mistakes());
    lookup.entity_set = identifier(inner, "set");
    if (inner.find("company") != nullptr) lookup.company = identifier(inner, "company");
    if (inner.find("id") != nullptr) lookup.id = identifier(inner, "id");
    if (inner.find("or") != nullptr) read_others(inner, lookup);
    if (inner.find("otherwise") != nullptr) lookup.otherwise = inner.text("otherwise");
  }
  if (slashes == 0) return;
  const std::size_t slash = column.dataverse.find('/');
  lookup.navigation = column.dataverse.substr(0, slash);
  lookup.column = column.dataverse.substr(slash + 1);
  column.lookup = std::move(lookup);
}

void complete_lookups(TableMap& map, MistakeList& mistakes) {
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    Column& column = map.columns[index];
    if (!column.lookup) continue;
    Lookup& lookup = *column.lookup;
    for (const Column& sibling : map.columns) {
      if (!sibling.lookup || sibling.lookup->navigation != lookup.navigation) continue;
      if (lookup.entity_set.empty()) lookup.entity_set = sibling.lookup->entity_set;
      if (lookup.company.empty()) lookup.company = sibling.lookup->company;
      if (lookup.id.empty()) lookup.id = sibling.lookup->id;
    }
    const std::string path = "/columns/" + std::to_string(index);
    const std::size_t line = map.lines.columns[index];
    if (lookup.entity_set.empty()) {
      mistakes.add(line, path + "/dataverse", "goes through a lookup, and \"lookup\" is missing",
                   "add \"lookup\": {\"set\": …}, the entity set of the related table");
    } else if (lookup.otherwise && (column.key || column.direction != Direction::to_dataverse ||
                                    column.type != Type::string || names_row_with_others(map, column))) {
      mistakes.add(line, path + "/lookup/otherwise",
                   "is for texts that flow to Dataverse only, and alone name the related row",
                   "add \"direction\": \"to-dataverse\": what stands in for a value must not come back as one");
    } else if (needs_inquiry(map, column) && lookup.id.empty()) {
      mistakes.add(line, path + "/lookup", "\"id\" is missing: the related row has to be looked for",
                   "name the primary key column of " + lookup.entity_set);
    }
  }
}

}  // namespace dualwrite::maps
