#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {
namespace {

TEST(PayloadWrite, BuildsAnObject) {
  std::string out = "body=";
  ObjectWriter writer(out);
  writer.member("a", Value::number("1.10"));
  writer.member("b\"/", Value::string("x\n😀"));
  writer.member("c", Value::null());
  writer.member("d", Value());
  writer.member("e", Value::boolean(false));
  writer.raw("f", R"([1,{"g":2}])");
  writer.close();

  EXPECT_EQ(out, "body={\"a\":1.10,\"b\\\"/\":\"x\\n😀\",\"c\":null,\"d\":null,\"e\":false,\"f\":[1,{\"g\":2}]}");
}

TEST(PayloadWrite, BuildsAnEmptyObject) {
  std::string out;
  ObjectWriter writer(out);
  writer.close();

  EXPECT_EQ(out, "{}");
}

TEST(PayloadWrite, ReplacesWhatIsNotUtf8) {
  std::string out;
  append_json_string(out,
                     "a\xff"
                     "b");

  EXPECT_EQ(out,
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST(PayloadWrite, WhatIsWrittenIsReadAgain) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view pieces[] = {"a", "\"", "\\", "/",    "\n",           "\x01",
                                         "ü", "😀", " ",  "\x7f", "\xE2\x82\xAC", "x"};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::pair<std::string, Value>> members;
    for (int i = 0; i < 8; ++i) {
      std::string text;
      for (int k = 0; k < 6; ++k) text += pieces[random() % std::size(pieces)];
      members.emplace_back(std::to_string(i) + text, i % 2 == 0 ? Value::string(text) : Value::number("-12.50E-3"));
    }
    std::string out;
    ObjectWriter writer(out);
    for (const auto& [name, value] : members) writer.member(name, value);
    writer.close();

    const auto entity = parse_entity(out);
    ASSERT_TRUE(entity.has_value()) << out;
    ASSERT_EQ(entity->members, members);
  }
}

}  // namespace
}  // namespace dualwrite::odata
