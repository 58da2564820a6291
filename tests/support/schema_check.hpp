#pragma once
// Checks a JSON reply against a schema of an OpenAPI document: every required member is there, and none that the schema
// does not name. Knows as much of JSON Schema as our document uses, and fails on the rest.
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace dualwrite::test {

class SchemaCheck {
 public:
  explicit SchemaCheck(const nlohmann::json& document) : document_(document) {}

  /// The first thing that is wrong, with its place; empty if all is well.
  [[nodiscard]] std::string wrong(const nlohmann::json& schema, const nlohmann::json& value,
                                  const std::string& place) const {
    static const std::set<std::string> known{
        "$ref",  "type",    "enum",        "properties",          "required", "allOf", "minimum", "minLength", "format",
        "items", "default", "description", "additionalProperties"};
    for (const auto& [keyword, unused] : schema.items()) {
      if (!known.contains(keyword)) return place + ": the check does not know the keyword " + keyword;
    }
    if (schema.contains("$ref")) return wrong(resolve(schema.at("$ref")), value, place);
    if (schema.contains("allOf")) {
      for (const auto& part : schema.at("allOf")) {
        if (auto problem = wrong(part, value, place); !problem.empty()) return problem;
      }
    }
    if (schema.contains("type") && !fits_type(schema.at("type"), value)) {
      return place + " is " + value.type_name() + ", not " + schema.at("type").dump();
    }
    if (schema.contains("enum") && !contains(schema.at("enum"), value)) return place + " is " + value.dump();
    if (schema.contains("minimum") && value.is_number() && value < schema.at("minimum")) return place + " is too small";
    if (value.is_object() && schema.contains("type")) return wrong_members(schema, value, place);
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        auto problem = wrong(schema.at("items"), value[i], place + "/" + std::to_string(i));
        if (!problem.empty()) return problem;
      }
    }
    return {};
  }

  [[nodiscard]] const nlohmann::json& resolve(const std::string& reference) const {
    return document_.at(nlohmann::json::json_pointer(reference.substr(1)));
  }

 private:
  static bool contains(const nlohmann::json& list, const nlohmann::json& value) {
    for (const auto& item : list) {
      if (item == value) return true;
    }
    return false;
  }

  static bool fits_type(const nlohmann::json& type, const nlohmann::json& value) {
    if (type.is_array()) {
      for (const auto& one : type) {
        if (fits_type(one, value)) return true;
      }
      return false;
    }
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  [[nodiscard]] std::string wrong_members(const nlohmann::json& schema, const nlohmann::json& value,
                                          const std::string& place) const {
    static const nlohmann::json none = nlohmann::json::object();
    const nlohmann::json& properties = schema.contains("properties") ? schema.at("properties") : none;
    if (schema.contains("required")) {
      for (const std::string name : schema.at("required")) {
        if (!value.contains(name)) return place + "/" + name + " is missing";
      }
    }
    const nlohmann::json others = schema.value("additionalProperties", nlohmann::json(true));
    for (const auto& [name, member] : value.items()) {
      const std::string where = place + "/" + name;
      if (properties.contains(name)) {
        if (auto problem = wrong(properties.at(name), member, where); !problem.empty()) return problem;
      } else if (others == false) {
        return where + " is not documented";
      } else if (others.is_object()) {
        if (auto problem = wrong(others, member, where); !problem.empty()) return problem;
      }
    }
    return {};
  }

  const nlohmann::json& document_;
};

}  // namespace dualwrite::test
