// Columns with what they make of values, in tests/golden/transforms: {"column": …, "cases": […]}. A case with both
// sides holds both ways; "to" is one way; "error" is a part of the message.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "dualwrite/maps/translate.hpp"
#include "support/golden.hpp"

namespace dualwrite::maps {
namespace {

// Numbers keep their text: nlohmann's own would pass through a double.
using json = nlohmann::ordered_json;

/// The text of the first member of that name in a JSON object: exactly what stands in the file.
odata::Entity entity_of(const Column& column, Side side, const std::string& value_text) {
  const std::vector<std::string> names = column.fields(side);
  if (names.size() == 1) return odata::parse_entity("{\"" + names.front() + "\":" + value_text + "}").value();
  const json values = json::parse(value_text);
  std::string body = "{";
  for (std::size_t part = 0; part < names.size(); ++part) {
    body += (part == 0 ? "\"" : ",\"") + names[part] + "\":" + values.at(part).dump();
  }
  return odata::parse_entity(body + "}").value();
}

/// What a row of one side becomes on the other, as that side's body; or the message of what is wrong.
std::string carry(const TableMap& map, Side from, const std::string& value_text) {
  const Side to = other(from);
  auto row = to_row(map, from, entity_of(map.columns[1], from, value_text));
  if (!row) return row.error().message();
  if ((*row)[1].is_absent()) return "(nothing)";
  auto written = body(map, to, WriteKind::update, {ColumnValue{1, (*row)[1]}});
  return written ? *written : written.error().message();
}

std::string expected_body(const Column& column, Side side, const std::string& value_text) {
  std::string out = "{";
  const std::vector<std::string> names = column.fields(side);
  const odata::Entity entity = entity_of(column, side, value_text);
  for (const std::string& name : names) {
    if (out.size() > 1) out += ",";
    odata::append_json(out.append("\"" + name + "\":"), *entity.find(name));
  }
  return out + "}";
}

/// The exact text of a case's member.
std::string text_of(const odata::Entity& given, const json& parsed, const char* member) {
  const Value* value = given.find(member);
  std::string out;
  if (value != nullptr) {
    odata::append_json(out, *value);
    return out;
  }
  return parsed.at(member).dump();  // a list
}

class Goldens : public testing::TestWithParam<std::string> {};

TEST_P(Goldens, HoldInBothDirections) {
  const std::string path = std::string(DUALWRITE_SOURCE_DIR) + "/tests/golden/transforms/" + GetParam() + ".json";
  const std::string text = test::read_text(path);
  std::size_t line_start = 0;
  std::optional<TableMap> map;
  int cases = 0;
  while (line_start < text.size()) {  // a column or a case is a line, so that numbers keep their text
    const std::size_t line_end = text.find('\n', line_start);
    std::string line = text.substr(line_start, line_end - line_start);
    line_start = line_end + 1;
    while (!line.empty() && (line.back() == ',' || line.back() == ' ')) line.pop_back();
    line.erase(0, line.find_first_not_of(' '));
    if (line.starts_with("{\"column\": ")) {
      json column = json::parse(line.substr(11));
      if (!column.contains("finops")) column["finops"] = "Property";
      if (!column.contains("dataverse")) column["dataverse"] = "column";
      const std::string file = R"({"name": "golden", "finops": {"entity": "Things"},
        "dataverse": {"table": "thing", "set": "things", "id": "thingid"},
        "columns": [{"finops": "Id", "dataverse": "id", "key": true}, )" +
                               column.dump() + "]}";
      auto read = read_map("golden.json", file);
      ASSERT_TRUE(read) << line << ": " << to_string(read.error().front());
      map = std::move(*read);
    } else if (line.starts_with("{\"finops\"") || line.starts_with("{\"dataverse\"")) {
      ++cases;
      const odata::Entity given = odata::parse_entity(line).value();
      const json parsed = json::parse(line);
      const Column& column = map->columns[1];
      for (const Side side : both_sides) {
        const std::string from(to_string(side));
        const std::string to(to_string(other(side)));
        if (!parsed.contains(from)) continue;
        const std::string made = carry(*map, side, text_of(given, parsed, from.c_str()));
        if (parsed.contains("error")) {
          EXPECT_NE(made.find(parsed.at("error").get<std::string>()), std::string::npos) << line << ": " << made;
        } else {
          const char* target = parsed.contains("to") ? "to" : to.c_str();
          EXPECT_EQ(made, expected_body(column, other(side), text_of(given, parsed, target))) << line;
        }
      }
    }
  }
  EXPECT_GE(cases, 3);
}

INSTANTIATE_TEST_SUITE_P(Transforms, Goldens,
                         testing::Values("plain", "texts", "blanks", "numbers", "times", "values", "parts"),
                         [](const auto& info) { return info.param; });

TEST(LongTexts, PassThroughWhole) {
  Column column;
  column.finops = "Memo";
  column.dataverse = "description";
  const Value memo = Value::string(std::string(100'000, 'x') + "é");
  const auto canonical = to_canonical(column, Side::finops, memo);
  ASSERT_TRUE(canonical);
  EXPECT_EQ(*to_wire(column, Side::dataverse, *canonical), memo);
}

}  // namespace
}  // namespace dualwrite::maps
