#include "app/map_files.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "dualwrite/maps/translate.hpp"

namespace dualwrite::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uintmax_t file_bytes_max = 64U << 20U;

/// What a member of a list is known by: a column by its two names, a constant by its place.
std::string name_of(const Json& item) {
  const auto text = [&](const char* name) { return item.contains(name) ? item[name].dump() : std::string(); };
  const std::string finops = text("finops");
  return finops.empty() ? text("side") + " " + text("column") : finops + " = " + text("dataverse");
}

void compare_lists(const std::string& what, const Json& before, const Json& after, std::vector<std::string>& out) {
  std::map<std::string, const Json*> old;
  for (const Json& item : before) old[name_of(item)] = &item;
  for (const Json& item : after) {
    const std::string name = name_of(item);
    const auto found = old.find(name);
    if (found == old.end()) {
      out.push_back("+ " + what + " " + name);
      continue;
    }
    const Json& was = *found->second;
    for (const auto& [key, value] : item.items()) {
      if (!was.contains(key))
        out.push_back("~ " + what + " " + name + ": " + key + " is " + value.dump() + " now");
      else if (was[key] != value)
        out.push_back("~ " + what + " " + name + ": " + key + " was " + was[key].dump() + ", is " + value.dump());
    }
    for (const auto& [key, value] : was.items()) {
      if (!item.contains(key)) out.push_back("~ " + what + " " + name + ": " + key + " was " + value.dump());
    }
    old.erase(found);
  }
  for (const auto& [name, item] : old) out.push_back("- " + what + " " + name);
}

/// Why a case fails; empty: it holds.
std::string run_case(const maps::TableMap& map, const Json& test) {
  const std::string from = test.value("from", "finops");
  const Side side = from == "dataverse" ? Side::dataverse : Side::finops;
  const std::string kind = test.value("write", "create");
  const WriteKind write = kind == "update" ? WriteKind::update : WriteKind::create;
  auto entity = odata::parse_entity(test.at("row").dump());
  if (!entity) return entity.error().message();
  std::string told;
  Json written;
  auto row = maps::to_row(map, side, *entity);
  if (!row) {
    told = row.error().text();
  } else {
    std::vector<ColumnValue> cells;
    for (std::size_t column = 0; column < row->size(); ++column) {
      const bool flows = map.columns[column].key || flows_from(map.columns[column].direction, side);
      const Value& value = (*row)[column];
      const bool said = write == WriteKind::update ? !value.is_absent() && !map.columns[column].key
                                                   : !value.is_absent() && !value.is_null();
      if (flows && said) cells.emplace_back(column, value);
    }
    constexpr std::string_view any_company = "00000000-0000-0000-0000-000000000000";
    auto body = maps::body(map, other(side), write, cells, any_company);
    if (!body)
      told = body.error().text();
    else
      written = Json::parse(*body);
  }
  if (test.contains("error")) {
    const std::string expected = test["error"].get<std::string>();
    if (told.empty()) return "an error was expected, and " + written.dump() + " would be written";
    return told.find(expected) == std::string::npos ? "the error is: " + told : "";
  }
  if (!told.empty()) return told;
  for (const auto& [name, value] : test.at("expect").items()) {
    if (!written.contains(name)) return name + " would not be written";
    if (written[name] != value) return name + " would be " + written[name].dump() + ", not " + value.dump();
  }
  return {};
}

}  // namespace

Result<std::string> find_catalogue(const std::string& given) {
  std::error_code problem;
  const fs::path beside = fs::read_symlink("/proc/self/exe", problem).parent_path();
  std::vector<fs::path> places{beside / "../share/dualwrite/catalogue",
                               fs::path(DUALWRITE_SOURCE_DIR) / "config/catalogue", "/usr/share/dualwrite/catalogue"};
  if (!given.empty()) places = {given};
  for (const fs::path& place : places) {
    if (fs::exists(place / "index.json", problem)) return fs::weakly_canonical(place, problem).string();
  }
  return fail(Errc::not_found, "looking for the published maps: there is no index.json in " + places.front().string(),
              "name their directory with --catalogue-dir");
}

Result<std::string> read_file(const std::string& path) {
  std::error_code problem;
  const std::uintmax_t size = fs::file_size(path, problem);
  std::ifstream in(path, std::ios::binary);
  if (problem || !in) return fail(Errc::storage, "reading " + path + ": it cannot be read", "is the name right?");
  if (size > file_bytes_max) return fail(Errc::limit, "reading " + path + ": it is larger than 64 MB");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Result<void> write_new_file(const std::string& path, const std::string& text) {
  std::error_code problem;
  if (fs::exists(path, problem)) {
    return fail(Errc::precondition, "writing " + path + ": it is there already",
                "remove it, or write to another place");
  }
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(Errc::storage, "writing " + path + ": it cannot be written", "does its directory exist?");
  return {};
}

Result<std::vector<std::string>> differences(const std::string& before, const std::string& after) {
  const Json a = Json::parse(before, nullptr, false);
  const Json b = Json::parse(after, nullptr, false);
  if (!a.is_object() || !b.is_object()) return fail(Errc::invalid, "comparing two maps: one of them is no JSON object");
  std::vector<std::string> out;
  for (const char* list : {"columns", "constants"}) {
    const Json none = Json::array();
    const std::string what = std::string(list).substr(0, std::string(list).size() - 1);
    compare_lists(what, a.contains(list) ? a[list] : none, b.contains(list) ? b[list] : none, out);
  }
  for (const auto& [key, value] : b.items()) {
    if (key == "columns" || key == "constants" || key == "imported") continue;
    if (!a.contains(key))
      out.push_back("+ " + key + " " + value.dump());
    else if (a[key] != value)
      out.push_back("~ " + key + " was " + a[key].dump() + ", is " + value.dump());
  }
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) && key != "columns" && key != "constants" && key != "imported") {
      out.push_back("- " + key + " " + value.dump());
    }
  }
  return out;
}

Result<std::vector<std::string>> run_map_tests(const std::string& map_file, const std::string& test_file,
                                               std::size_t& count) {
  auto map_text = read_file(map_file);
  if (!map_text) return std::unexpected(std::move(map_text).error());
  auto test_text = read_file(test_file);
  if (!test_text) return std::unexpected(std::move(test_text).error());
  const auto map = maps::read_map(map_file, *map_text);
  if (!map) return fail(Errc::invalid, maps::to_string(map.error().front()));
  const Json tests = Json::parse(*test_text, nullptr, false);
  if (!tests.is_array()) return fail(Errc::invalid, test_file + ": must be a list of cases");
  std::vector<std::string> failed;
  for (const Json& test : tests) {
    ++count;
    const bool whole = test.is_object() && test.contains("row") && (test.contains("expect") || test.contains("error"));
    const std::string name = whole ? test.value("name", std::to_string(count)) : std::to_string(count);
    const std::string why =
        whole ? run_case(*map, test) : "a case is an object with \"row\" and \"expect\" or \"error\"";
    if (!why.empty()) failed.push_back(test_file + ", " + name + ": " + why);
  }
  return failed;
}

}  // namespace dualwrite::app
