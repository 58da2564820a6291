// The published maps in config/catalogue, which scripts/catalogue writes.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "dualwrite/maps/table_map.hpp"
#include "support/golden.hpp"
#include "tidy/process.hpp"

namespace dualwrite::maps {
namespace {

using nlohmann::json;
const std::filesystem::path root = DUALWRITE_SOURCE_DIR;
const std::filesystem::path folder = root / "config" / "catalogue";

json index() {
  return json::parse(test::read_text(folder / "index.json")).at("maps");
}

TEST(Catalogue, LoadsEveryMap) {
  std::size_t loaded = 0;
  for (const json& about : index()) {
    const std::string name = about.at("name");
    const auto map = read_map(name + ".json", test::read_text(folder / (name + ".json")));
    if (!map) {
      for (const Mistake& mistake : map.error()) ADD_FAILURE() << to_string(mistake);
      continue;
    }
    EXPECT_EQ(map->name, name);
    ++loaded;
  }
  EXPECT_EQ(loaded, 132U);
}

// A row is a column, a constant, or in the index with the reason why it is left out.
TEST(Catalogue, HoldsEveryPublishedRow) {
  const json source = json::parse(test::read_text(root / "scripts" / "catalogue-source.json"));
  std::map<int, std::pair<std::string, std::size_t>> listed;
  std::size_t left_out = 0;
  for (const json& about : index()) {
    const std::size_t without = about.value("leftOut", json::array()).size();
    listed[about.at("ref").get<int>()] = {about.at("name").get<std::string>(), without};
    left_out += without;
  }
  std::size_t rows = 0;
  for (const json& published : source.at("maps")) {
    const auto& [name, without] = listed.at(published.at("ref").get<int>());
    const json map = json::parse(test::read_text(folder / (name + ".json")));
    std::size_t held = map.at("columns").size() + map.value("constants", json::array()).size() + without;
    const json& first = map.at("columns").at(0);
    const bool company_added = first.at("finops") == "dataAreaId";  // implied in dual-write, a column here
    if (company_added) --held;
    EXPECT_EQ(held, published.at("rows").size()) << name;
    rows += published.at("rows").size();
  }
  EXPECT_EQ(rows, 1591U);
  EXPECT_LE(left_out, 40U);
}

TEST(Catalogue, IsWhatItsScriptWrites) {
  const tidy::CommandOutput ran = tidy::run_command((root / "scripts" / "catalogue").string() + " --check");
  EXPECT_EQ(ran.status, 0) << ran.text;
}

}  // namespace
}  // namespace dualwrite::maps
