// Map files with a mistake each, in tests/golden/maps, and what a user is told about them in the file beside each.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "dualwrite/maps/table_map.hpp"
#include "support/golden.hpp"

namespace dualwrite::maps {
namespace {

TEST(BrokenMaps, AreToldWithPlaceAndRemedy) {
  const std::filesystem::path folder = std::filesystem::path(DUALWRITE_SOURCE_DIR) / "tests" / "golden" / "maps";
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.insert(entry.path().stem().string());
  }
  EXPECT_GE(names.size(), 40U);
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const auto map = read_map(name + ".json", test::read_text((folder / (name + ".json")).string()));
    std::string told;
    if (map) {
      ADD_FAILURE() << "the map was taken";
    } else {
      for (const Mistake& mistake : map.error()) {
        told += to_string(mistake) + "\n";
        EXPECT_GT(mistake.line, 0U) << to_string(mistake);
      }
    }
    test::expect_golden("maps/" + name + ".txt", told);
  }
}

}  // namespace
}  // namespace dualwrite::maps
