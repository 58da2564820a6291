#include "dualwrite/maps/json_document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dualwrite::maps {
namespace {

std::string mistakes_of(std::string_view text) {
  std::vector<Mistake> mistakes;
  parse_json("f.json", text, mistakes);
  std::string out;
  for (const Mistake& mistake : mistakes) out += to_string(mistake) + "\n";
  return out;
}

JsonNode parsed(std::string_view text) {
  std::vector<Mistake> mistakes;
  auto root = parse_json("f.json", text, mistakes);
  EXPECT_TRUE(root && mistakes.empty()) << mistakes_of(text);
  return root.value_or(JsonNode());
}

TEST(JsonDocument, KnowsTheLineOfEveryValue) {
  const JsonNode root = parsed("{\n \"a\": 1,\n \"b\": [\n  true,\n  {}\n ],\n\n \"c\"\n : \"x\", \"d\": -2\n}");

  ASSERT_EQ(root.children.size(), 4U);
  EXPECT_EQ(root.line, 1U);
  EXPECT_EQ(root.find("a")->line, 2U);
  EXPECT_EQ(root.find("b")->line, 3U);
  EXPECT_EQ(root.find("b")->children[0].line, 4U);
  EXPECT_EQ(root.find("b")->children[1].line, 5U);
  EXPECT_EQ(root.find("c")->line, 8U);
  EXPECT_EQ(root.find("d")->line, 9U);
}

TEST(JsonDocument, KeepsTheTextOfEveryNumber) {
  for (const std::string text : {"0", "-0", "12", "1.10", "1E2", "123456789012345678.12345", "18446744073709551616",
                                 "-9223372036854775808", "0.1e-7"}) {
    const std::string alone = parsed(text).text;
    const JsonNode listed = parsed("[" + text + "," + text + "\n]");

    EXPECT_EQ(alone, text);
    EXPECT_EQ(listed.children.at(0).text, text);
    EXPECT_EQ(listed.children.at(1).text, text);
  }
}

TEST(JsonDocument, ReadsEscapesAndUnicode) {
  EXPECT_EQ(parsed(R"("a\n\u00e9\ud83d\ude00\/")").text, "a\n\xC3\xA9\xF0\x9F\x98\x80/");
}

TEST(JsonDocument, ReportsRepeatedNamesAndReadsOn) {
  EXPECT_EQ(mistakes_of("{\"a\": {\"x/y\": 1,\n\"x/y\": 2},\n\"a\": 3}"),
            "f.json:2: /a/x~1y: the name \"x/y\" stands here a second time (remove one of the two)\n"
            "f.json:3: /a: the name \"a\" stands here a second time (remove one of the two)\n");
}

TEST(JsonDocument, PointsIntoArraysWhereANameIsRepeated) {
  EXPECT_EQ(mistakes_of("[0, {\"b\": [{}, {\"k\": 1, \"k\": 2}]}]"),
            "f.json:1: /1/b/1/k: the name \"k\" stands here a second time (remove one of the two)\n");
}

TEST(JsonDocument, SaysLineAndColumnOfBrokenJson) {
  const std::string hint =
      " (look at this place and just before it: a comma, a quote or a bracket is missing or too many)\n";
  EXPECT_EQ(mistakes_of("{\n  \"a\": tru,\n}"),
            "f.json:2: broken JSON at column 11: parsing value - invalid literal" + hint);
  EXPECT_EQ(mistakes_of("{\"a\": 1,\n}"),
            "f.json:2: broken JSON at column 1: parsing object key - unexpected '}'; expected string literal" + hint);
  EXPECT_EQ(mistakes_of(""),
            "f.json:1: broken JSON at column 1: parsing value - unexpected end of input; expected '[', '{', or a "
            "literal" +
                hint);
  EXPECT_EQ(
      mistakes_of("1 2"),
      "f.json:1: broken JSON at column 3: parsing value - unexpected number literal; expected end of input" + hint);
}

TEST(JsonDocument, NeverRepeatsWhatItReadInAMessage) {
  EXPECT_EQ(mistakes_of("{\"clientSecret\": \"hunter2\n\"}").find("hunter2"), std::string::npos);
  EXPECT_EQ(mistakes_of("{\"clientSecret\": \"hunter2").find("hunter2"), std::string::npos);
}

TEST(JsonDocument, RefusesNumbersThatNoDoubleCanHold) {
  EXPECT_NE(mistakes_of("[1e400]").find("number overflow"), std::string::npos) << mistakes_of("[1e400]");
}

TEST(JsonDocument, ReadsNestingUpToItsLimitAndNoDeeper) {
  const std::string deepest = std::string(json_file_depth_max, '[') + std::string(json_file_depth_max, ']');
  EXPECT_EQ(mistakes_of(deepest), "");
  EXPECT_EQ(mistakes_of("[" + deepest + "]"), "f.json:1: nested deeper than 64 levels\n");
  EXPECT_EQ(mistakes_of(std::string(1'000'000, '[')), "f.json:1: nested deeper than 64 levels\n");
}

TEST(JsonDocument, RefusesFilesAboveTheSizeLimit) {
  EXPECT_EQ(mistakes_of(std::string(json_file_bytes_max + 1, ' ')), "f.json: the file is longer than 16 MB\n");
}

TEST(JsonDocument, RefusesWrongUtf8AndComments) {
  EXPECT_NE(mistakes_of("[\"\xC3\x28\"]"), "");
  EXPECT_NE(mistakes_of("{} // done"), "");
}

TEST(JsonDocument, RefusesAZeroByteAndNamesItsLine) {
  EXPECT_EQ(mistakes_of(std::string("{}\n\0{}", 6)), "f.json:2: broken JSON: a zero byte\n");
}

TEST(JsonDocument, ReadsAsManyValuesAndBytesAsItsLimitsAndNoMore) {
  std::string items = "[0";
  for (std::size_t i = 2; i < json_file_values_max; ++i) items += ",0";
  EXPECT_EQ(mistakes_of(items + "]"), "");
  EXPECT_EQ(mistakes_of(items + ",0]"), "f.json:1: more than 1000000 values\n");
  EXPECT_EQ(mistakes_of(std::string(json_file_bytes_max - 2, ' ') + "{}"), "");
}

TEST(JsonDocument, ReadsAnObjectOfManyMembersAndStillSeesARepeatedOne) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"n" + std::to_string(i) + "\":0,";
  EXPECT_EQ(mistakes_of(text + "\"last\":0}"), "");
  EXPECT_NE(mistakes_of(text + "\"n100000\":0}").find("a second time"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::maps
