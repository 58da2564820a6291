#include <algorithm>
#include <nlohmann/json.hpp>

#include "dualwrite/maps/dualwrite_record.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "maps/record_rows.hpp"

namespace dualwrite::maps {
namespace {

/// What the map says now, row by row, with the column or constant that each came from.
std::vector<std::pair<RecordRow, Json>> rows_of(const Json& map, bool company_is_implied) {
  std::vector<std::pair<RecordRow, Json>> rows;
  for (const Json& column : map.at("columns")) {
    RecordRow row = row_of_column(column);
    const bool implied = company_is_implied && row.finops == "dataareaid" && column.contains("key");
    if (!implied && row.understood && !row.finops.empty() && !row.dataverse.empty()) rows.emplace_back(row, column);
  }
  if (map.contains("constants")) {
    for (const Json& constant : map["constants"]) rows.emplace_back(row_of_constant(constant), Json::object());
  }
  return rows;
}

/// What a constant's default became may be spelt in another way: texts are compared without case.
RecordRow comparable(RecordRow row) {
  if (row.fallback) {
    for (char& c : *row.fallback) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  // Keys and columns that name one row together flow both ways here whatever was published.
  return row;
}

bool same(const RecordRow& was, const RecordRow& is, bool joined) {
  RecordRow a = comparable(was);
  RecordRow b = comparable(is);
  if (joined) a.direction = b.direction;
  return a == b;
}

Json fresh_record(const Json& map) {
  const std::string entity = map.at("finops").at("entity").get<std::string>();
  const std::string set = map.at("dataverse").at("set").get<std::string>();
  Json leg{{"id", "001"},
           {"sourceSchema", entity},
           {"destinationSchema", set},
           {"sourceEnvironmentType", "AX"},
           {"destinationEnvironmentType", "CRM"},
           {"sourceFilter", ""},
           {"reversedSourceFilter", ""},
           {"fieldMappings", Json::array()},
           {"entityFileFormat", 0},
           {"deleteNonMatchingData", false}};
  Json mapping{{"name", "[" + entity + "] - [" + set + "]"},
               {"order", 0},
               {"leftEnvironmentType", "AX"},
               {"centerEnvironmentType", "CRM"},
               {"rightEnvironmentType", "UNDEFINED"},
               {"legs", Json::array({std::move(leg)})}};
  return {{"msdyn_name", "dualwrite_[" + set + " - " + entity + "]"},
          {"msdyn_displayname", set + " - " + entity},
          {"msdyn_version", "1.0.0.0"},
          {"msdyn_mapping", mapping.dump()}};
}

/// The member of that name in any case, to be changed; made if it is missing.
Json& at(Json& object, const char* name) {
  const Json* found = member(object, name);
  return found != nullptr ? const_cast<Json&>(*found) : object[name];
}

class Exporter {
 public:
  explicit Exporter(Json map) : map_(std::move(map)) {}

  std::string run() {
    const bool imported = map_.contains("imported");
    record_ = imported ? map_["imported"]["record"] : fresh_record(map_);
    if (imported && map_["imported"].contains("leftOut")) {
      left_out_ = map_["imported"]["leftOut"].get<std::vector<std::size_t>>();
    }
    const bool wrapped = member(record_, "msdyn_mapping") != nullptr;
    Json& held = wrapped ? at(record_, "msdyn_mapping") : record_;
    const bool as_text = held.is_string();
    Json mapping = as_text ? Json::parse(held.get<std::string>()) : held;
    if (update(at(mapping, "legs").front())) {
      if (as_text)
        held = mapping.dump();
      else
        held = std::move(mapping);
    }
    return record_.dump(2) + "\n";
  }

 private:
  /// True if something differs from what stands there.
  bool update(Json& leg) {
    bool changed = update_filter(leg, "sourceFilter", "finops");
    changed = update_filter(leg, "reversedSourceFilter", "dataverse") || changed;
    Json& rows = at(leg, "fieldMappings");
    if (!rows.is_array()) rows = Json::array();
    bool names_company = false;
    for (const Json& row : rows) names_company = names_company || row_of_record(row).finops == "dataareaid";
    auto now = rows_of(map_, !names_company);
    Json kept = Json::array();
    for (std::size_t index = 0; index < rows.size(); ++index) {
      const RecordRow was = row_of_record(rows[index]);
      const bool left_out = std::ranges::find(left_out_, index) != left_out_.end();
      const auto same_row = std::ranges::find_if(now, [&](const auto& row) {
        const bool through_lookup = row.second.is_object() && row.second.contains("lookup");
        return same(was, row.first, through_lookup);
      });
      if (!left_out && same_row == now.end()) {
        changed = true;
        continue;
      }
      kept.push_back(rows[index]);
      if (!left_out) now.erase(same_row);
    }
    for (const auto& [row, column] : now) kept.push_back(to_field_mapping(row, column));
    changed = changed || !now.empty();
    if (changed) rows = std::move(kept);
    return changed;
  }

  bool update_filter(Json& leg, const char* name, const char* side) {
    const std::string is = map_.contains("filter") ? text_in(map_["filter"], side) : std::string();
    const std::string was = text_in(leg, name);
    const auto bare = [](std::string text) {
      std::erase(text, ' ');
      std::ranges::transform(text, text.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
      return text;
    };
    if (bare(is) == bare(was)) return false;
    at(leg, name) = is;
    return true;
  }

  Json map_;
  Json record_;
  std::vector<std::size_t> left_out_;
};

}  // namespace

Result<std::string> export_record(std::string_view map_text) {
  const auto read = read_map("map", map_text);
  if (!read) return fail(Errc::invalid, "exporting a map: " + to_string(read.error().front()));
  return Exporter(Json::parse(map_text)).run();
}

}  // namespace dualwrite::maps
