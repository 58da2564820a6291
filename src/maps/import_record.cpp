#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>

#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/dualwrite_record.hpp"
#include "maps/record_rows.hpp"

namespace dualwrite::maps {
namespace {

constexpr int records_max = 1000;

/// The content of msdyn_mapping: an object, or its JSON as a text.
Result<Json> mapping_of(const Json& record) {
  const Json* held = member(record, "msdyn_mapping");
  if (held == nullptr) held = member(record, "mapping");
  const Json& from = held == nullptr ? record : *held;
  Json mapping = from.is_string() ? Json::parse(from.get<std::string>(), nullptr, false) : from;
  const Json* legs = member(mapping, "legs");
  if (legs == nullptr || !legs->is_array() || legs->size() != 1) {
    return fail(Errc::invalid, "reading a table map of dual-write: msdyn_mapping has no single leg",
                "export the record of msdyn_dualwriteentitymaps with its column msdyn_mapping");
  }
  return mapping;
}

const Json& leg_of(const Json& mapping) {
  return member(mapping, "legs")->front();
}

Result<DualwriteRecord> head_of(const Json& record) {
  auto mapping = mapping_of(record);
  if (!mapping) return std::unexpected(std::move(mapping).error());
  const Json& leg = leg_of(*mapping);
  DualwriteRecord head;
  head.text = record.dump();
  head.entity_label = text_in(leg, "sourceSchema");
  head.dataverse_set = text_in(leg, "destinationSchema");
  head.name = text_in(record, "msdyn_displayname");
  head.version = text_in(record, "msdyn_version");
  if (head.name.empty()) head.name = head.dataverse_set + " - " + head.entity_label;
  if (const Json* rows = member(leg, "fieldMappings"); rows != nullptr && rows->is_array()) {
    for (const Json& row : *rows) {
      head.properties.push_back(text_in(row, "sourceField"));
      head.paths.push_back(text_in(row, "destinationField"));
    }
  }
  if (head.entity_label.empty() || head.dataverse_set.empty()) {
    return fail(Errc::invalid,
                "reading the table map " + head.name + " of dual-write: the leg names no schema on a side",
                "sourceSchema is the F&O entity's label, destinationSchema the Dataverse entity set");
  }
  return head;
}

std::string map_name_of(std::string_view text) {
  std::string name;
  for (const char c : ascii_lower(text)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain)
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  name = name.substr(0, 60);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

class Importer {
 public:
  Importer(const DualwriteRecord& record, const Metadata& metadata)
      : record_(Json::parse(record.text)), head_(record), metadata_(metadata) {}

  Result<ImportedMap> run() {
    auto mapping = mapping_of(record_);
    if (!mapping) return std::unexpected(std::move(mapping).error());
    if (!metadata_.finops || !metadata_.dataverse) {
      return fail(Errc::not_found, "importing " + head_.name + ": there is no " +
                                       (!metadata_.finops ? "entity " + head_.entity_label
                                                          : "table with the set " + head_.dataverse_set));
    }
    const Json& leg = leg_of(*mapping);
    add_company(leg);
    const Json* rows = member(leg, "fieldMappings");
    for (std::size_t index = 0; rows != nullptr && index < rows->size(); ++index) add_row((*rows)[index], index);
    return finish(leg);
  }

 private:
  [[nodiscard]] const PropertyFacts* finops(const std::string& name) const {
    for (const PropertyFacts& property : metadata_.finops->properties) {
      if (equal_ignoring_case(property.name, name)) return &property;
    }
    return nullptr;
  }

  static const ReferenceFacts* by_attribute(const EntityFacts& table, const std::string& attribute,
                                            std::string_view target = {}) {
    for (const ReferenceFacts& reference : table.references) {
      const bool fits = target.empty() || equal_ignoring_case(reference.table, target);
      if (fits && equal_ignoring_case(reference.attribute, attribute)) return &reference;
    }
    return nullptr;
  }

  /// The navigation property to the company, of tables that belong to one.
  static std::string company_of(const EntityFacts& table) {
    for (const ReferenceFacts& reference : table.references) {
      if (reference.table == "cdm_company") return reference.navigation;
    }
    return {};
  }

  /// In dual-write the company is implied; here it is a key column.
  void add_company(const Json& leg) {
    const PropertyFacts* company = finops("dataAreaId");
    if (company == nullptr || !company->key) return;
    const Json* rows = member(leg, "fieldMappings");
    for (const Json& row : rows != nullptr ? *rows : Json::array()) {
      if (equal_ignoring_case(text_in(row, "sourceField"), "dataAreaId")) return;
    }
    const std::string navigation = company_of(*metadata_.dataverse);
    if (navigation.empty()) {
      notes_.push_back("the entity is kept by company, and " + metadata_.dataverse->name +
                       " has no lookup to a company: add the key column dataAreaId by hand");
      return;
    }
    columns_.push_back({{"finops", company->name},
                        {"dataverse", navigation + "/cdm_companycode"},
                        {"key", true},
                        {"lookup", {{"set", "cdm_companies"}, {"id", "cdm_companyid"}}}});
  }

  void leave_out(std::size_t index, const std::string& why) {
    notes_.push_back("row " + std::to_string(index) + " is left out: " + why);
    left_out_.push_back(index);
  }

  void add_row(const Json& mapping, std::size_t index) {
    const RecordRow row = row_of_record(mapping);
    const std::string path = text_in(mapping, "destinationField");
    if (!row.understood) {
      leave_out(index, text_in(mapping, "sourceField") + " has a transform that is not known");
    } else if (row.finops.empty() && !path.empty()) {
      add_constant("dataverse", path, metadata_.dataverse->find(ascii_lower(path)), row, index);
    } else if (path.empty() && !row.finops.empty()) {
      const PropertyFacts* property = finops(row.finops);
      add_constant("finops", property == nullptr ? row.finops : property->name, property, row, index);
    } else {
      add_column(mapping, row, path, index);
    }
  }

  void add_constant(const char* side, const std::string& name, const PropertyFacts* property, const RecordRow& row,
                    std::size_t index) {
    if (property == nullptr || !row.fallback) {
      leave_out(index, property == nullptr ? "there is no column " + name : name + " has neither source nor default");
      return;
    }
    constants_.push_back({{"side", side}, {"column", property->name}, {"value", typed(*property, *row.fallback)}});
  }

  /// A text of a transform as that property's JSON holds it.
  static Json typed(const PropertyFacts& property, const std::string& text) {
    if (text.empty()) return nullptr;
    const bool number = property.kind == Kind::whole || property.kind == Kind::decimal || property.kind == Kind::choice;
    Json parsed = number ? Json::parse(text, nullptr, false) : Json();
    if (number && parsed.is_number()) return parsed;
    const std::string lower = ascii_lower(text);
    if (property.kind == Kind::boolean && (lower == "true" || lower == "false")) return lower == "true";
    return text;
  }

  void add_column(const Json& mapping, const RecordRow& row, const std::string& path, std::size_t index) {
    const PropertyFacts* property = finops(row.finops);
    if (property == nullptr) {
      leave_out(index, metadata_.finops->name + " has no property " + text_in(mapping, "sourceField"));
      return;
    }
    Json column{{"finops", property->name}};
    const PropertyFacts* stored = nullptr;
    const std::string why = resolve(path, column, stored);
    if (stored == nullptr) {
      leave_out(index, why);
      return;
    }
    if (property->key && keys_.insert(property->name).second) column["key"] = true;
    add_type(*property, *stored, row, mapping, column);
    if (row.direction != 3) column["direction"] = row.direction == 1 ? "to-dataverse" : "to-finops";
    if (row.fallback)
      column["transform"] = Json::array({{{"op", "default"}, {"value", typed(*stored, *row.fallback)}}});
    columns_.push_back(std::move(column));
  }

  void add_type(const PropertyFacts& property, const PropertyFacts& stored, const RecordRow& row, const Json& mapping,
                Json& column) const {
    const bool yes_no = property.kind == Kind::boolean || is_no_yes(property);
    if (yes_no && stored.kind == Kind::boolean) {
      column["type"] = "boolean";
    } else if (!row.values.empty()) {
      column["type"] = "choice";
      column["values"] = values(property, stored, mapping);
    } else if (property.kind == Kind::choice && stored.kind == Kind::choice) {
      column["type"] = "choice";
      column["values"] = "labels";
    } else if (property.kind == Kind::day || property.kind == Kind::moment) {
      column["type"] = property.kind == Kind::day ? "date" : "datetime";
      if (property.kind == Kind::day && stored.kind == Kind::moment) column["midnight"] = true;
    } else if (property.kind == Kind::whole && stored.kind == Kind::whole) {
      column["type"] = "integer";
    } else if ((property.kind == Kind::decimal || property.kind == Kind::whole) && stored.kind != Kind::text) {
      column["type"] = "decimal";
      column["scale"] = stored.precision >= 0 ? std::min(stored.precision, 10) : 2;
    }
  }

  static bool is_no_yes(const PropertyFacts& property) {
    return property.options.size() == 2 && equal_ignoring_case(property.options[0].name, "No") &&
           equal_ignoring_case(property.options[1].name, "Yes");
  }

  static Json values(const PropertyFacts& property, const PropertyFacts& stored, const Json& mapping) {
    Json pairs = Json::array();
    for (const Json& transform : *member(mapping, "valueTransforms")) {
      const Json* map = member(transform, "valueMap");
      if (map == nullptr) continue;
      for (const auto& [given, to] : map->items()) {
        std::string name = given;
        for (const Option& option : property.options) {
          if (equal_ignoring_case(option.name, given)) name = option.name;
        }
        pairs.push_back(Json::array({name, typed(stored, to.is_string() ? to.get<std::string>() : to.dump())}));
      }
    }
    return pairs;
  }

  /// Follows a dotted path; writes "dataverse" and "lookup". Says why if it leads nowhere.
  std::string resolve(const std::string& path, Json& column, const PropertyFacts*& stored) const {
    const std::size_t dot = path.find('.');
    if (dot == std::string::npos) {
      stored = metadata_.dataverse->find(ascii_lower(path));
      column["dataverse"] = ascii_lower(path);
      return metadata_.dataverse->name + " has no column " + path;
    }
    if (path.find('(') != std::string::npos) return resolve_polymorphic(path, dot, column, stored);
    const EntityFacts* table = &*metadata_.dataverse;
    std::string rest = path;
    std::string out;
    Json lookup;
    for (std::size_t at = dot; at != std::string::npos; at = rest.find('.')) {
      const ReferenceFacts* reference = by_attribute(*table, rest.substr(0, at));
      const EntityFacts* next = reference != nullptr ? metadata_.related(reference->table) : nullptr;
      if (next == nullptr) return table->name + " has no lookup " + rest.substr(0, at);
      out += reference->navigation + "/";
      rest.erase(0, at + 1);
      if (lookup.is_null()) {
        lookup = {{"set", next->set}, {"id", next->id}};
        const std::string company = company_of(*next);
        if (!company.empty() && next->name != "cdm_company") lookup["company"] = company;
      }
      table = next;
    }
    // Where the path goes on to the company, the company is named and need not be added.
    if (std::ranges::count(out, '/') > 1) lookup.erase("company");
    stored = table->find(ascii_lower(rest));
    column["dataverse"] = out + ascii_lower(rest);
    column["lookup"] = std::move(lookup);
    return table->name + " has no column " + rest;
  }

  /// "customerid.Account(accountnumber).Contact(msdyn_contactpersonid)".
  std::string resolve_polymorphic(const std::string& path, std::size_t dot, Json& column,
                                  const PropertyFacts*& stored) const {
    const std::string attribute = path.substr(0, dot);
    Json places = Json::array();
    for (std::size_t at = dot; at != std::string::npos && at < path.size(); at = path.find('.', at + 1)) {
      const std::size_t open = path.find('(', at);
      const std::size_t close = path.find(')', at);
      if (open == std::string::npos || close == std::string::npos || close < open) return "the path cannot be read";
      const std::string kind = ascii_lower(path.substr(at + 1, open - at - 1));
      const ReferenceFacts* reference = by_attribute(*metadata_.dataverse, attribute, kind);
      const EntityFacts* table = reference != nullptr ? metadata_.related(reference->table) : nullptr;
      if (table == nullptr) return metadata_.dataverse->name + " has no lookup " + attribute + " to " + kind;
      const std::string name = ascii_lower(path.substr(open + 1, close - open - 1));
      if (stored == nullptr) stored = table->find(name);
      Json place{{"navigation", reference->navigation}, {"set", table->set}, {"column", name}};
      if (const std::string company = company_of(*table); !company.empty()) place["company"] = company;
      place["id"] = table->id;
      places.push_back(std::move(place));
      at = close;
    }
    Json lookup{{"set", places[0]["set"]}, {"id", places[0]["id"]}};
    if (places[0].contains("company")) lookup["company"] = places[0]["company"];
    column["dataverse"] = places[0]["navigation"].get<std::string>() + "/" + places[0]["column"].get<std::string>();
    places.erase(0);
    if (!places.empty()) lookup["or"] = std::move(places);
    column["lookup"] = std::move(lookup);
    return "no column of " + attribute + " is there";
  }

  /// Several columns through one lookup flow together, and only the first says where the related rows are kept.
  void join_directions() {
    std::map<std::string, bool> both;
    const auto navigation = [](const Json& column) {
      const std::string path = column["dataverse"].get<std::string>();
      return path.substr(0, path.find('/'));
    };
    for (const Json& column : columns_) {
      if (column.contains("lookup") && !column.contains("direction")) both[navigation(column)] = true;
    }
    for (Json& column : columns_) {
      if (column.contains("lookup") && both[navigation(column)]) column.erase("direction");
    }
  }

  Result<ImportedMap> finish(const Json& leg) {
    join_directions();
    ImportedMap out;
    out.name = map_name_of(head_.name);
    Json map{
        {"name", out.name},
        {"finops", {{"entity", metadata_.finops->set}}},
        {"dataverse",
         {{"table", metadata_.dataverse->name}, {"set", metadata_.dataverse->set}, {"id", metadata_.dataverse->id}}}};
    const bool by_company = std::ranges::any_of(
        columns_, [](const Json& column) { return column.at("finops") == "dataAreaId" && column.contains("key"); });
    if (by_company) map["companies"] = Json::array({"usmf"});
    Json filter = Json::object();
    if (const std::string text = text_in(leg, "sourceFilter"); !text.empty()) filter["finops"] = spelt_as_there(text);
    if (const std::string text = text_in(leg, "reversedSourceFilter"); !text.empty()) filter["dataverse"] = text;
    if (!filter.empty()) map["filter"] = std::move(filter);
    map["columns"] = std::move(columns_);
    if (!constants_.empty()) map["constants"] = std::move(constants_);
    map["imported"] = {{"record", record_}, {"leftOut", left_out_}};
    out.text = map.dump(2) + "\n";
    out.notes = std::move(notes_);
    if (by_company) out.notes.push_back("\"companies\" is [\"usmf\"]: name those that the map is for");
    return out;
  }

  /// Field names of a filter as the entity spells them: F&O reads them in any case, the daemon does not.
  [[nodiscard]] std::string spelt_as_there(const std::string& text) const {
    std::string out;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size();) {
      const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      };
      std::size_t end = at;
      while (end < text.size() && is_word(text[end])) ++end;
      if (end == at) {
        quoted = text[at] == '"' ? !quoted : quoted;
        out += text[at++];
        continue;
      }
      const std::string word = text.substr(at, end - at);
      const PropertyFacts* property = quoted ? nullptr : finops(word);
      out += property != nullptr ? property->name : word;
      at = end;
    }
    return out;
  }

  Json record_;
  const DualwriteRecord& head_;
  const Metadata& metadata_;
  Json columns_ = Json::array();
  Json constants_ = Json::array();
  std::vector<std::size_t> left_out_;
  std::vector<std::string> notes_;
  std::set<std::string> keys_;
};

}  // namespace

Result<std::vector<DualwriteRecord>> read_records(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) {
    return fail(Errc::invalid, "reading table maps of dual-write: the file is not JSON",
                "take the records of msdyn_dualwriteentitymaps, or the JSON files out of a solution's ZIP");
  }
  const Json* listed = member(root, "value");
  const Json& records = listed != nullptr && listed->is_array() ? *listed : root;
  std::vector<DualwriteRecord> out;
  for (const Json& record : records.is_array() ? records : Json::array({records})) {
    if (out.size() >= records_max)
      return fail(Errc::limit, "reading table maps of dual-write: more than 1,000 records");
    auto head = head_of(record);
    if (!head) return std::unexpected(std::move(head).error());
    out.push_back(std::move(*head));
  }
  return out;
}

std::vector<DualwriteRecord> newest_of(std::vector<DualwriteRecord> records) {
  const auto parts = [](const std::string& version) {
    std::vector<std::uint64_t> numbers(1);
    for (const char c : version) {
      if (c == '.')
        numbers.push_back(0);
      else if (c >= '0' && c <= '9' && numbers.back() < UINT32_MAX)
        numbers.back() = numbers.back() * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return numbers;
  };
  std::vector<DualwriteRecord> newest;
  for (DualwriteRecord& record : records) {
    const auto known = std::ranges::find(newest, record.name, &DualwriteRecord::name);
    if (known == newest.end()) {
      newest.push_back(std::move(record));
    } else if (parts(known->version) < parts(record.version)) {
      *known = std::move(record);
    }
  }
  return newest;
}

std::string records_text(const std::vector<odata::Entity>& rows) {
  Json list = Json::array();
  for (const odata::Entity& row : rows) {
    Json record = Json::object();
    for (const auto& [name, value] : row.members) {
      if (value.kind() == Value::Kind::string)
        record[name] = value.text();
      else
        record[name] = value.is_null() ? Json() : Json::parse(value.text(), nullptr, false);
    }
    list.push_back(std::move(record));
  }
  return list.dump();
}

Result<ImportedMap> import_record(const DualwriteRecord& record, const Metadata& metadata) {
  return Importer(record, metadata).run();
}

}  // namespace dualwrite::maps
