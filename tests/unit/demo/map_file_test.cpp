#include "demo/map_file.hpp"

#include <gtest/gtest.h>

namespace dualwrite::demo {
namespace {

TEST(MapFile, ReadsTheMapsThatAreShipped) {
  for (const char* name : {"currencies", "vendors", "customers"}) {
    const auto map = read_map_file(std::string(DUALWRITE_SOURCE_DIR) + "/config/maps/" + name + ".json");
    ASSERT_TRUE(map) << map.error().text();
    EXPECT_EQ(map->name, name);
    EXPECT_FALSE(map->keys().empty());
  }
}

TEST(MapFile, KnowsKeysLookupsTypesAndValues) {
  const auto map = parse_map_file("m", R"({"name":"m","finops":{"entity":"Es"},
    "dataverse":{"table":"t","set":"ts","id":"tid"},"companies":["usmf"],"columns":[
      {"finops":"dataAreaId","dataverse":"co/code","key":true,"lookup":{"set":"cos"}},
      {"finops":"Hold","dataverse":"hold","type":"choice","values":{"No":1,"Yes":2}},
      {"finops":"Out","dataverse":"out","direction":"to-dataverse"},
      {"finops":"Since","dataverse":"since","type":"date"}]})");

  ASSERT_TRUE(map) << map.error().text();
  ASSERT_EQ(map->keys().size(), 1u);
  EXPECT_EQ(map->keys()[0]->navigation, "co");
  EXPECT_EQ(map->keys()[0]->lookup_column, "code");
  EXPECT_EQ(map->find("Hold")->values.size(), 2u);
  EXPECT_FALSE(map->find("Out")->both_ways);
  EXPECT_EQ(map->find("Since")->type, ColumnType::date);
  EXPECT_EQ(map->find("None"), nullptr);
}

TEST(MapFile, RefusesWhatItCannotCompare) {
  const std::string head =
      R"({"name":"m","finops":{"entity":"E"},"dataverse":{"table":"t","set":"s","id":"i"},"columns":[)";
  EXPECT_FALSE(parse_map_file("m", "{"));
  EXPECT_FALSE(parse_map_file("m", "{}"));
  EXPECT_FALSE(parse_map_file("m", head + R"({"finops":"A","dataverse":"a"}]})")) << "no key";
  EXPECT_FALSE(parse_map_file("m", head + R"({"finops":"A","dataverse":"a","key":true,"type":"colour"}]})"));
  EXPECT_FALSE(parse_map_file("m", head + R"({"finops":"A","dataverse":"a","key":true,"lookup":{"set":"x"}}]})"));
}

}  // namespace
}  // namespace dualwrite::demo
