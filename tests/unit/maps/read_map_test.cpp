#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/maps/translate.hpp"
#include "maps/map_keys.hpp"
#include "support/golden.hpp"
#include "support/schema_walk.hpp"

namespace dualwrite::maps {
namespace {

std::string mistakes_of(const std::string& text) {
  std::string out;
  const auto map = read_map("m.json", text);
  if (map) return out;
  for (const Mistake& mistake : map.error()) out += to_string(mistake) + "\n";
  return out;
}

/// A small correct map with one more line put in before its columns.
std::string map_with(const std::string& line, const std::string& columns) {
  return "{\"name\": \"m\", \"finops\": {\"entity\": \"E\"},\n"
         "\"dataverse\": {\"table\": \"t\", \"set\": \"ts\", \"id\": \"tid\"},\n" +
         line + "\"columns\": [\n" + columns + "]}";
}

const std::string key_column = R"({"finops": "Id", "dataverse": "id", "key": true})";

TEST(ReadMap, FillsInWhatASmallMapLeavesOut) {
  const auto map = read_map("m.json", map_with("", key_column));

  ASSERT_TRUE(map) << mistakes_of(map_with("", key_column));
  EXPECT_EQ(map->name, "m");
  EXPECT_EQ(map->finops_entity, "E");
  EXPECT_EQ(map->dataverse_table, "t");
  EXPECT_EQ(map->dataverse_set, "ts");
  EXPECT_EQ(map->dataverse_id, "tid");
  EXPECT_EQ(map->dataverse_stamp, "modifiedon");
  EXPECT_EQ(map->finops_stamp, "");
  EXPECT_EQ(map->conflict, ConflictRule::newest_wins);
  EXPECT_EQ(map->tie_break, Side::dataverse);
  ASSERT_EQ(map->columns.size(), 1U);
  EXPECT_EQ(map->columns[0].type, Type::string);
  EXPECT_EQ(map->columns[0].direction, Direction::both);
  EXPECT_TRUE(map->columns[0].key);
}

TEST(ReadMap, ReadsEveryPartOfAColumn) {
  const std::string text = R"({"name": "all-parts", "finops": {"entity": "E", "stamp": "ModifiedDateTime1"},
    "dataverse": {"table": "t", "set": "ts", "id": "tid", "stamp": null}, "companies": ["usmf", "demf"],
    "conflict": "finops-wins", "tieBreak": "finops", "columns": [
      {"finops": "dataAreaId", "dataverse": "msdyn_company/cdm_companycode", "key": true,
       "lookup": {"set": "cdm_companies"}},
      {"finops": "Amount", "dataverse": "amount", "type": "decimal", "scale": 4, "direction": "to-dataverse",
       "conflict": "dataverse-wins"},
      {"finops": "Hold", "dataverse": "hold", "type": "choice", "direction": "to-finops",
       "values": {"No": 806380000, "Yes": false}}],
    "constants": [{"side": "finops", "column": "PartyType", "value": "Organization"},
                  {"side": "dataverse", "column": "rate", "value": 1.0000000000},
                  {"side": "dataverse", "column": "on", "value": true}]})";

  const auto map = read_map("m.json", text);

  ASSERT_TRUE(map) << mistakes_of(text);
  EXPECT_EQ(map->finops_stamp, "ModifiedDateTime1");
  EXPECT_EQ(map->dataverse_stamp, "");
  EXPECT_EQ(map->companies, (std::vector<std::string>{"usmf", "demf"}));
  EXPECT_EQ(map->conflict, ConflictRule::finops_wins);
  EXPECT_EQ(map->tie_break, Side::finops);
  const Column& company = map->columns.at(0);
  ASSERT_TRUE(company.lookup);
  EXPECT_EQ(company.lookup->navigation, "msdyn_company");
  EXPECT_EQ(company.lookup->entity_set, "cdm_companies");
  EXPECT_EQ(company.lookup->column, "cdm_companycode");
  const Column& amount = map->columns.at(1);
  EXPECT_EQ(amount.type, Type::decimal);
  EXPECT_EQ(amount.scale, 4);
  EXPECT_EQ(amount.direction, Direction::to_dataverse);
  EXPECT_EQ(amount.conflict, ConflictRule::dataverse_wins);
  const Column& hold = map->columns.at(2);
  EXPECT_EQ(hold.direction, Direction::to_finops);
  ASSERT_EQ(hold.values.size(), 2U);
  EXPECT_EQ(hold.values[0].finops, "No");
  EXPECT_EQ(hold.values[0].dataverse, Value::number("806380000"));
  EXPECT_EQ(hold.values[1].dataverse, Value::boolean(false));
  ASSERT_EQ(map->constants.size(), 3U);
  EXPECT_EQ(map->constants[0].side, Side::finops);
  EXPECT_EQ(map->constants[0].value, Value::string("Organization"));
  EXPECT_EQ(map->constants[1].value, Value::number("1.0000000000"));
  EXPECT_EQ(map->constants[2].value, Value::boolean(true));
}

TEST(ReadMap, ReadsThePoliciesForConflictsAndDeletions) {
  const std::string text = map_with("\"conflict\": \"manual\", \"delete\": \"edit-restores\",\n",
                                    key_column + R"(, {"finops": "Street", "dataverse": "street", "group": "address"},
                                {"finops": "Name", "dataverse": "name", "conflict": "newest-wins"},
                                {"finops": "City", "dataverse": "city", "group": "address"},
                                {"finops": "Sum", "dataverse": "sum", "group": "amount"})");
  const auto map = read_map("m.json", text);

  ASSERT_TRUE(map) << mistakes_of(text);
  const Policy policy = map->policy();
  EXPECT_EQ(policy.deletion, DeletePolicy::edit_restores);
  EXPECT_EQ(policy.columns[1].conflict, ConflictRule::manual);
  EXPECT_EQ(policy.columns[2].conflict, ConflictRule::newest_wins);
  EXPECT_EQ(policy.columns[2].group, 0);
  EXPECT_NE(policy.columns[1].group, 0);
  EXPECT_EQ(policy.columns[1].group, policy.columns[3].group);
  EXPECT_NE(policy.columns[1].group, policy.columns[4].group);
}

TEST(ReadMap, RefusesGroupsThatCannotBeDecidedAsOne) {
  EXPECT_EQ(
      mistakes_of(map_with("", key_column + ",\n" + R"({"finops": "A", "dataverse": "a", "group": "g"},)" + "\n" +
                                   R"({"finops": "B", "dataverse": "b", "group": "g", "conflict": "manual"},)" + "\n" +
                                   R"({"finops": "C", "dataverse": "c", "group": "g", "direction": "to-finops"})")),
      "m.json:6: /columns/2: has the rule manual, and the group g has newest-wins (give all columns of a group "
      "the same \"conflict\")\n"
      "m.json:7: /columns/3: is in the group g, and does not flow both ways (key columns and columns with a "
      "direction cannot be in a group)\n");
}

TEST(ReadMap, ReportsAllMistakesAtOnceInFileOrder) {
  const std::string bad = std::string(DUALWRITE_SOURCE_DIR) + "/tests/golden/map_with_mistakes.json";
  test::expect_golden("map_with_mistakes.txt", mistakes_of(test::read_text(bad)));
}

TEST(ReadMap, AllowsAColumnTwiceWhereItIsReadOnlyOnce) {
  const std::string columns = key_column +
                              R"(, {"finops": "A", "dataverse": "a", "direction": "to-dataverse"},
                                   {"finops": "A", "dataverse": "b", "direction": "to-dataverse"})";
  EXPECT_EQ(mistakes_of(map_with("", columns)), "");
}

TEST(ReadMap, RefusesTwoWritersOfOneColumn) {
  EXPECT_EQ(mistakes_of(map_with("", key_column + ",\n" + R"({"finops": "a", "dataverse": "x"})" + ",\n" +
                                         R"({"finops": "A", "dataverse": "y", "direction": "to-finops"})")),
            "m.json:6: /columns/2: A on finops is written by /columns/1 too (remove one, or give one of them the other "
            "direction)\n");
}

TEST(ReadMap, RefusesAConstantForAColumnThatIsWrittenAnyway) {
  EXPECT_EQ(mistakes_of(map_with(R"("constants": [{"side": "dataverse", "column": "ID", "value": 1}],)", key_column)),
            "m.json:3: /constants/0: ID on dataverse is written by /columns/0 too (remove one, or give one of them the "
            "other direction)\n");
}

TEST(ReadMap, WantsCompaniesExactlyWhenTheKeyHoldsACompany) {
  const std::string company =
      R"({"finops": "dataAreaId", "dataverse": "c/code", "key": true, "lookup": {"set": "cdm_companies"}})";
  EXPECT_EQ(mistakes_of(map_with("\"companies\": [\"usmf\"],", company)), "");
  EXPECT_NE(mistakes_of(map_with("", company)).find("does not say which companies"), std::string::npos);
  EXPECT_NE(mistakes_of(map_with("\"companies\": [\"usmf\"],", key_column)).find("no key column is dataAreaId"),
            std::string::npos);
}

TEST(ReadMap, RefusesMoreLookupsThanDataverseExpands) {
  std::string columns = key_column;
  const auto lookup = [](int i) {
    const std::string n = std::to_string(i);
    return ",{\"finops\": \"F" + n + "\", \"dataverse\": \"n" + n + "/c\", \"lookup\": {\"set\": \"s\"}}";
  };
  for (int i = 0; i < 15; ++i) columns += lookup(i);
  EXPECT_EQ(mistakes_of(map_with("", columns)), "");
  columns += lookup(15);
  EXPECT_NE(mistakes_of(map_with("", columns)).find("16 lookups are more than Dataverse reads"), std::string::npos);
}

TEST(ReadMap, AcceptsThePublishedMaps) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(DUALWRITE_SOURCE_DIR) + "/config/maps")) {
    const auto map = read_map(entry.path().string(), test::read_text(entry.path().string()));
    ++count;
    ASSERT_TRUE(map) << to_string(map.error().front());
    EXPECT_EQ(map->name, entry.path().stem().string());
  }
  EXPECT_GE(count, 3);
}

nlohmann::json schema() {
  return nlohmann::json::parse(test::read_text(std::string(DUALWRITE_SOURCE_DIR) + "/config/table-map.schema.json"));
}

TEST(ReadMap, ReadsTheFilterOfEachSideWithItsColumns) {
  const std::string line =
      R"j("filter": {"finops": "Group eq '10' and not startswith(Name,'x')", "dataverse": "a gt 5"},)j";
  const auto map = read_map("m.json", map_with(line, key_column));
  ASSERT_TRUE(map) << mistakes_of(map_with(line, key_column));
  EXPECT_EQ(map->filter[Side::finops].columns, (std::vector<std::string>{"Group", "Name"}));
  EXPECT_EQ(map->filter[Side::dataverse].text, "a gt 5");
  odata::Entity row;
  row.members.emplace_back("a", Value::number("6"));
  EXPECT_TRUE(takes_in(*map, Side::dataverse, row));
  row.members.front().second = Value::number("5");
  EXPECT_FALSE(takes_in(*map, Side::dataverse, row));
}

TEST(ReadMap, SaysWhatIsWrongWithAFilter) {
  const auto complaint = [](const std::string& filter) {
    return mistakes_of(map_with("\"filter\": " + filter + ",", key_column));
  };
  EXPECT_NE(complaint(R"({"finop": "a eq 1"})").find("did you mean \"finops\""), std::string::npos);
  EXPECT_NE(complaint(R"({"finops": "ID eq '1'"})").find("did you mean \"Id\""), std::string::npos);
  EXPECT_NE(complaint(R"({"finops": "id eq '1'"})").find("did you mean \"Id\""), std::string::npos);
  EXPECT_NE(complaint(R"({"finops": "Id eq"})").find("is not a $filter"), std::string::npos);
  EXPECT_NE(complaint(R"j({"finops": "year(Id) eq 2020"})j").find("not supported"), std::string::npos);
  EXPECT_NE(complaint(R"({"finops": "Id eq 'a*'"})").find("use contains"), std::string::npos);
  EXPECT_NE(complaint(R"({"finops": "1 eq 1"})").find("names no column"), std::string::npos);
  EXPECT_NE(complaint(R"({"dataverse": "owner/name eq 'x'"})").find("another table"), std::string::npos);
}

const std::string match_columns = key_column + R"(,
  {"finops": "Name", "dataverse": "name"}, {"finops": "Vat", "dataverse": "vat"},
  {"finops": "Away", "dataverse": "away", "direction": "to-finops"})";

TEST(ReadMap, TakesTheColumnsThatIdentifyARecordWithoutItsKey) {
  const std::string text = map_with(R"("match": [["Vat"], ["Name", "Vat"]],)", match_columns);
  const auto map = read_map("m.json", text);
  ASSERT_TRUE(map) << mistakes_of(text);
  EXPECT_EQ(map->match, (std::vector<std::vector<std::size_t>>{{2}, {1, 2}}));
}

TEST(ReadMap, SaysWhatIsWrongWithMatch) {
  const auto complaint = [](const std::string& match) {
    return mistakes_of(map_with("\"match\": " + match + ",", match_columns));
  };
  EXPECT_NE(complaint(R"([["Nmae"]])").find("does not have"), std::string::npos);
  EXPECT_NE(complaint(R"([["Id"]])").find("cannot be found"), std::string::npos) << "the key is tried anyway";
  EXPECT_NE(complaint(R"([["Away"]])").find("cannot be found"), std::string::npos);
  EXPECT_NE(complaint(R"([[]])").find("must be a list"), std::string::npos);
  EXPECT_NE(complaint(R"(["Vat"])").find("must be a list"), std::string::npos);
  EXPECT_NE(complaint(R"([["Vat"],["Vat"],["Vat"],["Vat"],["Vat"],["Vat"]])").find("more than 5"), std::string::npos);
}

TEST(MapSchema, DescribesExactlyTheKeysThatTheReaderKnows) {
  test::SchemaObjects objects;
  std::string problems;
  test::walk_schema(schema(), "", objects, problems);

  EXPECT_EQ(problems, "");
  const test::SchemaObjects expected = {
      {"", test::name_set(keys::map)},
      {"/properties/finops", test::name_set(keys::finops)},
      {"/properties/dataverse", test::name_set(keys::dataverse)},
      {"/properties/filter", test::name_set(keys::filter)},
      {"/properties/columns/items", test::name_set(keys::column)},
      {"/properties/columns/items/properties/lookup", test::name_set(keys::lookup)},
      {"/properties/columns/items/properties/lookup/properties/or/items", test::name_set(keys::other_lookup)},
      {"/properties/constants/items", test::name_set(keys::constant)},
      {"/$defs/step/oneOf/0", test::name_set(keys::trim_step)},
      {"/$defs/step/oneOf/1", test::name_set(keys::plain_step)},
      {"/$defs/step/oneOf/2", test::name_set(keys::plain_step)},
      {"/$defs/step/oneOf/3", test::name_set(keys::truncate_step)},
      {"/$defs/step/oneOf/4", test::name_set(keys::pad_step)},
      {"/$defs/step/oneOf/5", test::name_set(keys::text_step)},
      {"/$defs/step/oneOf/6", test::name_set(keys::text_step)},
      {"/$defs/step/oneOf/7", test::name_set(keys::split_step)},
      {"/$defs/step/oneOf/8", test::name_set(keys::substring_step)},
      {"/$defs/step/oneOf/9", test::name_set(keys::replace_step)},
      {"/$defs/step/oneOf/10", test::name_set(keys::value_step)},
      {"/$defs/step/oneOf/11", test::name_set(keys::value_step)},
      {"/$defs/step/oneOf/12", test::name_set(keys::by_step)},
      {"/$defs/step/oneOf/13", test::name_set(keys::by_step)},
      {"/$defs/step/oneOf/14", test::name_set(keys::by_step)},
      {"/$defs/step/oneOf/15", test::name_set(keys::round_step)},
      {"/$defs/step/oneOf/16", test::name_set(keys::between_step)},
      {"/$defs/step/oneOf/17", test::name_set(keys::between_step)},
  };
  EXPECT_EQ(objects, expected);
}

// A value that is right nowhere, put under each key in turn, must be complained about: so every key is really read.
TEST(MapSchema, EveryKeyItDescribesIsReadAndChecked) {
  const auto complaint = [](const std::string& text, const std::string& pointer) {
    const auto map = read_map("m.json", text);
    if (map) return false;
    for (const Mistake& mistake : map.error()) {
      if (mistake.path.starts_with(pointer) && mistake.what.find("unknown key") == std::string::npos) return true;
    }
    return false;
  };
  const auto check = [&](const auto& names, const std::string& before, const std::string& after,
                         const std::string& at) {
    for (const std::string_view name : names) {
      const std::string text = before + "{\"" + std::string(name) + "\": [[0]]}" + after;
      EXPECT_TRUE(complaint(text, at + "/" + std::string(name))) << at << "/" << name;
    }
  };
  check(keys::map, "", "", "");
  check(keys::finops, R"({"finops": )", "}", "/finops");
  check(keys::dataverse, R"({"dataverse": )", "}", "/dataverse");
  check(keys::filter, R"({"filter": )", "}", "/filter");
  check(keys::column, R"({"columns": [)", "]}", "/columns/0");
  check(keys::lookup, R"({"columns": [{"dataverse": "a/b", "lookup": )", "}]}", "/columns/0/lookup");
  check(keys::other_lookup, R"({"columns": [{"dataverse": "a/b", "lookup": {"or": [)", "]}}]}",
        "/columns/0/lookup/or/0");
  check(keys::constant, R"({"constants": [)", "]}", "/constants/0");
}

TEST(MapSchema, RequiresWhatTheReaderRequires) {
  const auto missing = [](const std::string& text, const std::string& at) {
    std::set<std::string> names;
    const auto map = read_map("m.json", text);
    for (const Mistake& mistake : map.error()) {
      if (mistake.path == at && mistake.what.ends_with(" is missing") && mistake.what.starts_with('"')) {
        names.insert(mistake.what.substr(1, mistake.what.find('"', 1) - 1));
      }
    }
    return names;
  };
  const nlohmann::json root = schema();
  const auto required = [&](const std::string& place) {
    return test::name_set(root.at(nlohmann::json::json_pointer(place + "/required")).get<std::vector<std::string>>());
  };
  EXPECT_EQ(missing("{}", ""), required(""));
  EXPECT_EQ(missing(R"({"finops": {}})", "/finops"), required("/properties/finops"));
  EXPECT_EQ(missing(R"({"dataverse": {}})", "/dataverse"), required("/properties/dataverse"));
  EXPECT_EQ(missing(R"({"columns": [{}]})", "/columns/0"), required("/properties/columns/items"));
  EXPECT_EQ(missing(R"({"constants": [{}]})", "/constants/0"), required("/properties/constants/items"));
}

}  // namespace
}  // namespace dualwrite::maps
