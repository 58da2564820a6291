#pragma once
// The objects that a JSON Schema describes, by their place in it, and the names each may hold.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace dualwrite::test {

using SchemaObjects = std::map<std::string, std::set<std::string>>;

/// Adds every schema below `schema` that has "properties". `problems` gets those that let unknown names pass and every
/// property without a description.
inline void walk_schema(const nlohmann::json& schema, const std::string& place, SchemaObjects& objects,
                        std::string& problems) {
  if (schema.is_array()) {
    for (std::size_t i = 0; i < schema.size(); ++i) {
      walk_schema(schema[i], place + "/" + std::to_string(i), objects, problems);
    }
    return;
  }
  if (!schema.is_object()) return;
  const auto properties = schema.find("properties");
  if (properties != schema.end()) {
    if (schema.value("additionalProperties", true)) problems += place + " lets unknown names pass\n";
    for (const auto& [name, property] : properties->items()) {
      objects[place].insert(name);
      if (!property.contains("description")) problems += place + "/" + name + " has no description\n";
      walk_schema(property, place + "/properties/" + name, objects, problems);
    }
  }
  for (const auto& [name, part] : schema.items()) {
    if (name != "properties") walk_schema(part, place + "/" + name, objects, problems);
  }
}

template <class Names>
std::set<std::string> name_set(const Names& names) {
  std::set<std::string> out;
  for (const auto& name : names) out.insert(std::string(name));
  return out;
}

}  // namespace dualwrite::test
