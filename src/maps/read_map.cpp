#include <algorithm>
#include <cassert>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/json_document.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "maps/check_map.hpp"
#include "maps/identifier.hpp"
#include "maps/map_keys.hpp"
#include "maps/read_filter.hpp"
#include "maps/read_lookup.hpp"
#include "maps/read_transform.hpp"
#include "maps/read_values.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::size_t name_bytes_max = 60;
constexpr std::size_t match_lists_max = 5;
constexpr std::size_t match_columns_max = 5;
constexpr std::int64_t scale_max = 10;  // Dataverse keeps no more decimals
constexpr std::size_t parts_max = 10;

constexpr std::pair<std::string_view, Type> types[] = {
    {"string", Type::string}, {"integer", Type::integer},   {"decimal", Type::decimal}, {"boolean", Type::boolean},
    {"date", Type::date},     {"datetime", Type::datetime}, {"choice", Type::choice}};
constexpr std::pair<std::string_view, Direction> directions[] = {
    {"both", Direction::both}, {"to-dataverse", Direction::to_dataverse}, {"to-finops", Direction::to_finops}};
constexpr std::pair<std::string_view, ConflictRule> rules[] = {{"newest-wins", ConflictRule::newest_wins},
                                                               {"finops-wins", ConflictRule::finops_wins},
                                                               {"dataverse-wins", ConflictRule::dataverse_wins},
                                                               {"manual", ConflictRule::manual}};
constexpr std::pair<std::string_view, DeletePolicy> delete_policies[] = {{"delete-wins", DeletePolicy::delete_wins},
                                                                         {"edit-restores", DeletePolicy::edit_restores},
                                                                         {"uncouple", DeletePolicy::uncouple},
                                                                         {"manual", DeletePolicy::manual}};
constexpr std::pair<std::string_view, Side> sides[] = {{"finops", Side::finops}, {"dataverse", Side::dataverse}};

/// A stamp column: a name, or null where the rows have none.
std::string stamp(ObjectReader& reader, std::string fallback) {
  const JsonNode* node = reader.find("stamp");
  if (node == nullptr) return fallback;
  return node->kind == JsonNode::Kind::null ? std::string() : identifier(reader, "stamp");
}

std::string map_name(ObjectReader& reader) {
  std::string name = reader.text("name");
  const bool fits = name.size() <= name_bytes_max && std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!fits) {
    reader.wrong("name", "must be at most " + std::to_string(name_bytes_max) + " of a-z, 0-9 and '-'",
                 "the name is used in URLs and commands");
  }
  return name;
}

/// The name of the column on that side, or the names of its parts, which are given as a list.
std::string read_names(ObjectReader& reader, Side side, Column& column) {
  const std::string_view key = to_string(side);
  const JsonNode* node = reader.find(key);
  if (node == nullptr || node->kind != JsonNode::Kind::array) {
    return side == Side::finops ? identifier(reader, key) : reader.text(key);
  }
  std::string whole;
  for (const JsonNode& item : node->children) {
    if (item.kind != JsonNode::Kind::string || !is_identifier(item.text)) {
      reader.mistakes().add(item.line, reader.path_of(key), "must be names of letters, digits and '_'");
      continue;
    }
    column.parts[side].push_back(item.text);
    whole += (whole.empty() ? "" : "+") + item.text;
  }
  if (column.parts[side].size() < 2 || column.parts[side].size() > parts_max) {
    reader.wrong(key, "must be one name, or a list of 2 to " + std::to_string(parts_max));
  }
  return whole;
}

/// What holds the parts of a value together.
void read_join(ObjectReader& reader, Column& column) {
  const bool spread = !column.parts[Side::finops].empty() || !column.parts[Side::dataverse].empty();
  if (!spread) {
    if (reader.find("join") != nullptr) reader.wrong("join", "is for columns with a list of names");
    return;
  }
  column.join = reader.text("join");
  if (!column.parts[Side::finops].empty() && !column.parts[Side::dataverse].empty()) {
    reader.wrong("dataverse", "is a list, and so is \"finops\"", "pair the columns one by one");
  }
  if (column.type != Type::string) reader.wrong("type", "must be string: the value is spread over several columns");
  if (column.key) reader.wrong("key", "is for columns with one name on each side");
}

Column read_column(const JsonNode& node, const std::string& path, MistakeList& mistakes) {
  ObjectReader reader(node, path, keys::column, mistakes);
  Column column;
  column.finops = read_names(reader, Side::finops, column);
  column.dataverse = read_names(reader, Side::dataverse, column);
  if (column.parts[Side::dataverse].empty()) read_lookup(reader, column);
  column.key = reader.boolean_or("key", false);
  column.type = reader.word_or("type", Type::string, types);
  column.direction = reader.word_or("direction", Direction::both, directions);
  column.scale = static_cast<int>(reader.integer_or("scale", column.scale, 0, scale_max));
  if (reader.find("scale") != nullptr && column.type != Type::decimal) {
    reader.wrong("scale", "is for columns of type decimal");
  }
  column.midnight = reader.boolean_or("midnight", false);
  if (reader.find("midnight") != nullptr && column.type != Type::date) {
    reader.wrong("midnight", "is for columns of type date");
  }
  const JsonNode* values = reader.find("values");
  if (values != nullptr) read_values(*values, reader.path_of("values"), column, mistakes);
  const JsonNode* transform = reader.find("transform");
  if (transform != nullptr) read_transform(*transform, reader.path_of("transform"), column, mistakes);
  read_join(reader, column);
  if (values != nullptr && column.type != Type::choice) reader.wrong("values", "is for columns of type choice");
  if (values == nullptr && column.type == Type::choice) {
    reader.wrong("type", "a choice needs \"values\"", "pair every F&O member with its Dataverse value");
  }
  if (reader.find("conflict") != nullptr)
    column.conflict = reader.word_or("conflict", ConflictRule::newest_wins, rules);
  if (reader.find("group") != nullptr) column.group = reader.text("group");
  return column;
}

Constant read_constant(const JsonNode& node, const std::string& path, MistakeList& mistakes) {
  ObjectReader reader(node, path, keys::constant, mistakes);
  Constant constant;
  reader.required("side");
  constant.side = reader.word_or("side", Side::dataverse, sides);
  constant.column = identifier(reader, "column");
  constant.always = reader.boolean_or("always", false);
  const JsonNode* value = reader.required("value");
  if (value == nullptr) return constant;
  switch (value->kind) {
    case JsonNode::Kind::boolean:
      constant.value = Value::boolean(value->text == "true");
      break;
    case JsonNode::Kind::string:
      constant.value = Value::string(value->text);
      break;
    case JsonNode::Kind::number:
      constant.value = Value::number(value->text);
      break;
    case JsonNode::Kind::null:
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      reader.wrong("value", "must be a string, a number, true or false");
      break;
  }
  return constant;
}

std::vector<std::string> read_companies(ObjectReader& reader) {
  std::vector<std::string> companies;
  const auto items = reader.items("companies");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const JsonNode& item = items[i];
    const std::string path = pointer_to(reader.path_of("companies"), std::to_string(i));
    const bool fits = item.kind == JsonNode::Kind::string && !item.text.empty() && item.text.size() <= 4 &&
                      std::ranges::all_of(item.text, [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                      });
    if (!fits) {
      reader.mistakes().add(item.line, path, "must be a company's id: one to four letters or digits");
      continue;
    }
    const bool again = std::ranges::any_of(
        companies, [&](const std::string& before) { return equal_ignoring_case(before, item.text); });
    if (again) reader.mistakes().add(item.line, path, "is named twice");
    companies.push_back(item.text);
  }
  return companies;
}

/// Lists of column names, after the columns have been read.
void read_match(ObjectReader& reader, TableMap& map) {
  const auto lists = reader.items("match");
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const JsonNode& list = lists[i];
    const std::string path = pointer_to(reader.path_of("match"), std::to_string(i));
    if (list.kind != JsonNode::Kind::array || list.children.empty() || list.children.size() > match_columns_max) {
      reader.mistakes().add(list.line, path,
                            "must be a list of one to " + std::to_string(match_columns_max) + " columns' F&O names");
      continue;
    }
    std::vector<std::size_t>& columns = map.match.emplace_back();
    for (const JsonNode& name : list.children) {
      const auto found = std::ranges::find(map.columns, name.text, &Column::finops);
      const bool known = name.kind == JsonNode::Kind::string && !name.text.empty() && found != map.columns.end();
      if (!known) {
        reader.mistakes().add(name.line, path, "names the column \"" + name.text + "\", which the map does not have",
                              "use the F&O name of a column of this map");
        continue;
      }
      const bool fits = !found->lookup && !found->key && found->direction == Direction::both &&
                        (found->type == Type::string || found->type == Type::integer || found->type == Type::decimal);
      if (!fits) {
        reader.mistakes().add(name.line, path, "names " + name.text + ", by which rows cannot be found",
                              "name columns of type string, integer or decimal that flow both ways and are neither "
                              "part of the key nor a lookup");
        continue;
      }
      columns.push_back(static_cast<std::size_t>(found - map.columns.begin()));
    }
  }
  if (lists.size() > match_lists_max) {
    reader.wrong("match", "holds more than " + std::to_string(match_lists_max) + " lists");
  }
}

TableMap read_root(const JsonNode& root, MistakeList& mistakes) {
  TableMap map;
  if (root.find("msdyn_mapping") != nullptr || root.find("legs") != nullptr) {
    mistakes.add(root.line, {}, "is a table map of dual-write, not one of this program",
                 "make one of it: `dualwrite maps import FILE`");
    return map;
  }
  ObjectReader reader(root, {}, keys::map, mistakes);
  MapLines& lines = map.lines;
  reader.text_or("$schema", "-");
  const JsonNode* imported = reader.find("imported");
  if (imported != nullptr && imported->kind != JsonNode::Kind::object) {
    reader.wrong("imported", "must be an object", "it is written by `dualwrite maps import`, and for nobody else");
  }
  map.name = map_name(reader);
  if (const JsonNode* node = reader.find("name")) lines.name = node->line;
  if (const JsonNode* node = reader.required("finops")) {
    lines.finops = node->line;
    ObjectReader finops(*node, "/finops", keys::finops, mistakes);
    map.finops_entity = identifier(finops, "entity");
    map.finops_stamp = stamp(finops, {});
  }
  if (const JsonNode* node = reader.required("dataverse")) {
    lines.dataverse = node->line;
    ObjectReader dataverse(*node, "/dataverse", keys::dataverse, mistakes);
    map.dataverse_table = identifier(dataverse, "table");
    map.dataverse_set = identifier(dataverse, "set");
    map.dataverse_id = identifier(dataverse, "id");
    map.dataverse_stamp = stamp(dataverse, map.dataverse_stamp);
  }
  map.companies = read_companies(reader);
  const JsonNode* filter = reader.find("filter");
  map.conflict = reader.word_or("conflict", map.conflict, rules);
  map.tie_break = reader.word_or("tieBreak", map.tie_break, sides);
  map.deletion = reader.word_or("delete", map.deletion, delete_policies);
  if (const JsonNode* companies = reader.find("companies")) lines.companies = companies->line;
  reader.required("columns");
  for (const JsonNode& node : reader.items("columns")) {
    const std::string path = "/columns/" + std::to_string(map.columns.size());
    map.columns.push_back(read_column(node, path, mistakes));
    lines.columns.push_back(node.line);
  }
  // After the columns, with which they are compared.
  read_match(reader, map);
  if (filter != nullptr) read_filter(*filter, map, mistakes);
  read_conditions(root, map, mistakes);
  for (const JsonNode& node : reader.items("constants")) {
    const std::string path = "/constants/" + std::to_string(map.constants.size());
    map.constants.push_back(read_constant(node, path, mistakes));
    lines.constants.push_back(node.line);
  }
  complete_lookups(map, mistakes);
  check_map(map, mistakes);
  return map;
}

}  // namespace

std::expected<TableMap, std::vector<Mistake>> read_map(const std::string& file_name, std::string_view text) {
  MistakeList mistakes(file_name);
  const std::optional<JsonNode> root = parse_json(file_name, text, mistakes.all());
  TableMap map;
  if (root) map = read_root(*root, mistakes);
  map.file = file_name;
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes).take());
  return map;
}

}  // namespace dualwrite::maps
