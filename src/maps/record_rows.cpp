#include "maps/record_rows.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dualwrite/base/text.hpp"

namespace dualwrite::maps {
namespace {

/// A value as the transforms of records spell it.
std::string spelt(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return value.dump();
}

const std::map<std::string, std::string> yes_and_no{{"no", "false"}, {"yes", "true"}};

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// "customerid_account/accountnumber" with "or" is "customerid.account(accountnumber).contact(…)" in a record.
std::string polymorphic_path(const std::string& navigation, const std::string& column, const Json& others) {
  const auto split = [](const std::string& name) {
    const std::size_t at = name.rfind('_');
    return std::pair(name.substr(0, at), at == std::string::npos ? std::string() : name.substr(at + 1));
  };
  const auto [lookup, table] = split(navigation);
  std::string path = lookup + "." + table + "(" + column + ")";
  for (const Json& other : others) {
    path += "." + split(text_in(other, "navigation")).second + "(" + text_in(other, "column") + ")";
  }
  return path;
}

std::string dotted(const Json& column) {
  const Json& named = column.at("dataverse");
  if (!named.is_string()) return {};  // parts have no counterpart there
  std::string path = named.get<std::string>();
  const Json* lookup = member(column, "lookup");
  if (lookup != nullptr && member(*lookup, "or") != nullptr) {
    const std::size_t slash = path.find('/');
    return ascii_lower(polymorphic_path(path.substr(0, slash), path.substr(slash + 1), *member(*lookup, "or")));
  }
  std::ranges::replace(path, '/', '.');
  return ascii_lower(path);
}

}  // namespace

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [key, value] : object.items()) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

std::string text_in(const Json& object, std::string_view name) {
  const Json* found = member(object, name);
  return found == nullptr ? std::string() : spelt(*found);
}

RecordRow row_of_record(const Json& field_mapping) {
  RecordRow row;
  row.finops = ascii_lower(text_in(field_mapping, "sourceField"));
  row.dataverse = ascii_lower(text_in(field_mapping, "destinationField"));
  const std::string direction = text_in(field_mapping, "syncDirection");
  row.direction = direction == "1" ? 1 : direction == "2" ? 2 : 3;
  const Json* transforms = member(field_mapping, "valueTransforms");
  if (transforms == nullptr || !transforms->is_array()) return row;
  for (const Json& transform : *transforms) {
    const std::string type = text_in(transform, "transformType");
    if (equal_ignoring_case(type, "Default")) {
      row.fallback = text_in(transform, "defaultValue");
    } else if (const Json* values = member(transform, "valueMap");
               equal_ignoring_case(type, "ValueMap") && values != nullptr && values->is_object()) {
      for (const auto& [from, to] : values->items()) row.values[ascii_lower(from)] = ascii_lower(spelt(to));
    } else {
      row.understood = false;
    }
  }
  if (row.values == yes_and_no) row.values.clear();  // what a NoYes is without a transform, too
  return row;
}

RecordRow row_of_column(const Json& column) {
  RecordRow row;
  row.finops = column.at("finops").is_string() ? ascii_lower(column.at("finops").get<std::string>()) : std::string();
  row.dataverse = dotted(column);
  const std::string direction = text_in(column, "direction");
  row.direction = direction == "to-dataverse" ? 1 : direction == "to-finops" ? 2 : 3;
  const Json* steps = member(column, "transform");
  for (const Json& step : steps != nullptr ? *steps : Json::array()) {
    if (text_in(step, "op") == "default") {
      row.fallback = text_in(step, "value");
    } else {
      row.understood = false;
    }
  }
  const Json* values = member(column, "values");
  if (values != nullptr && values->is_object()) {
    for (const auto& [from, to] : values->items()) row.values[ascii_lower(from)] = ascii_lower(spelt(to));
  } else if (values != nullptr && values->is_array()) {
    for (const Json& pair : *values) row.values[ascii_lower(spelt(pair.at(0)))] = ascii_lower(spelt(pair.at(1)));
  }
  if (row.values == yes_and_no) row.values.clear();
  return row;
}

RecordRow row_of_constant(const Json& constant) {
  RecordRow row;
  const bool finops = text_in(constant, "side") == "finops";
  (finops ? row.finops : row.dataverse) = ascii_lower(text_in(constant, "column"));
  row.direction = finops ? 2 : 1;
  row.fallback = text_in(constant, "value");
  return row;
}

Json to_field_mapping(const RecordRow& row, const Json& column) {
  Json mapping;
  mapping["syncDirection"] = row.direction;
  mapping["sourceField"] = upper(row.finops);
  mapping["destinationField"] = row.dataverse;
  Json transforms = Json::array();
  if (row.fallback) transforms.push_back({{"transformType", "Default"}, {"defaultValue", *row.fallback}});
  const Json* values = member(column, "values");
  if (values != nullptr && !values->is_string()) {
    Json map = Json::object();
    for (const auto& [key, value] : values->items()) {
      map[values->is_object() ? key : spelt(value.at(0))] = spelt(values->is_object() ? value : value.at(1));
    }
    transforms.push_back(
        {{"transformType", "ValueMap"}, {"valueMap", std::move(map)}, {"createValuesOnDestination", false}});
  } else if (text_in(column, "type") == "boolean") {
    transforms.push_back({{"transformType", "ValueMap"},
                          {"valueMap", {{"No", "False"}, {"Yes", "True"}}},
                          {"createValuesOnDestination", false}});
  }
  mapping["valueTransforms"] = std::move(transforms);
  mapping["isSystemGenerated"] = false;
  if (const Json* lookup = member(column, "lookup")) {
    mapping["destinationLookupFieldRelatedEntity"] = text_in(*lookup, "set");
  }
  return mapping;
}

}  // namespace dualwrite::maps
