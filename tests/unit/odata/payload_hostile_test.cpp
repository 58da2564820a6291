#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {
namespace {

std::string error_of(std::string_view body, const JsonLimits& limits = {}) {
  const auto entity = parse_entity(body, limits);
  if (entity) return "(none)";
  EXPECT_EQ(entity.error().code(), Errc::invalid);
  return entity.error().message();
}

TEST(PayloadHostile, RefusesWhatIsNotOneObject) {
  for (const std::string_view body : {"",
                                      " ",
                                      "null",
                                      "1",
                                      "true",
                                      "\"x\"",
                                      "[]",
                                      "[{}]",
                                      "{}{}",
                                      "{} x",
                                      "{\"a\":1}}",
                                      "{\"a\":1},",
                                      "{",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\":1,",
                                      "{\"a\":1,}",
                                      "{'a':1}",
                                      "{a:1}",
                                      "{\"a\":01}",
                                      "{\"a\":+1}",
                                      "{\"a\":.5}",
                                      "{\"a\":5.}",
                                      "{\"a\":NaN}",
                                      "{\"a\":Infinity}",
                                      "{\"a\":tru}",
                                      "{\"a\":\"x}",
                                      "{\"a\":\"x\n\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[1}",
                                      "{\"a\":1]",
                                      "{/**/}",
                                      "// x\n{}",
                                      "{\"a\":--1}",
                                      "{\"a\" 1}",
                                      "{1:2}",
                                      "{\"a\":\"\\u12\"}"}) {
    EXPECT_FALSE(parse_entity(body).has_value()) << body;
    EXPECT_FALSE(parse_page(body).has_value()) << body;
  }
  EXPECT_FALSE(parse_entity(std::string("{\"a\":1}\0", 8)).has_value());
  EXPECT_FALSE(parse_entity(std::string("{\"a\":1}\0{}", 10)).has_value());
  EXPECT_FALSE(parse_entity(std::string("{\"a\":\0 1}", 9)).has_value());
}

TEST(PayloadHostile, RefusesWhatIsNoPage) {
  for (const std::string_view body :
       {"{}", "{\"value\":null}", "{\"value\":{}}", "{\"value\":1}", "{\"value\":[1]}", "{\"value\":[null]}",
        "{\"value\":[[]]}", "{\"value\":[{},\"x\"]}", "{\"values\":[]}", "{\"value\":[],\"value\":[]}",
        "{\"value\":[{]}", "{\"value\":[{}", "{\"error\":{\"code\":\"x\",\"message\":\"y\"}}",
        "{\"x\":{\"value\":[]}}"}) {
    const auto page = parse_page(body);
    ASSERT_FALSE(page.has_value()) << body;
    EXPECT_EQ(page.error().code(), Errc::invalid);
  }
}

TEST(PayloadHostile, NamesThePlaceAndNotTheText) {
  EXPECT_EQ(error_of("{\"secret\":\"s3cret\",}"), "reading JSON: it is not valid JSON, at byte 20");
  EXPECT_EQ(error_of("{\"a\":\"s3cret"), "reading JSON: it ends too early, at byte 12");
  EXPECT_EQ(error_of("{\"a\":1e400}"), "reading JSON: a number is too large, at byte 10");
}

TEST(PayloadHostile, RefusesInvalidUtf8) {
  for (const std::string_view bytes :
       {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"}) {
    EXPECT_FALSE(parse_entity("{\"a\":\"" + std::string(bytes) + "\"}").has_value()) << testing::PrintToString(bytes);
    EXPECT_FALSE(parse_entity("{\"" + std::string(bytes) + "\":1}").has_value()) << testing::PrintToString(bytes);
  }
  for (const std::string_view escape : {"\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800"}) {
    EXPECT_FALSE(parse_entity("{\"a\":\"" + std::string(escape) + "\"}").has_value()) << escape;
  }
}

TEST(PayloadHostile, RefusesDuplicateNamesAnywhere) {
  for (const std::string_view body :
       {R"({"a":1,"a":2})", R"({"a":1,"b":{"c":1,"c":2}})", R"({"a":[{"x":1,"x":1}]})",
        R"({"nav":{"x":1},"nav":{"y":2}})", R"({"nav":{"x":1},"nav/x":2})", R"({"nav":null,"nav":{"x":1}})",
        R"({"\u0061":1,"a":2})", R"({"a":[[{"b":{"c":1,"c":1}}]]})", R"({"@odata.etag":"1","@odata.etag":"2"})",
        R"({"":1,"":2})"}) {
    EXPECT_NE(error_of(body).find("comes twice"), std::string::npos) << body;
  }
  EXPECT_FALSE(parse_page(R"({"value":[{"a":1},{"a":1,"a":2}]})").has_value());
  EXPECT_FALSE(parse_page(R"({"x":{"a":1,"a":2},"value":[]})").has_value());
  EXPECT_TRUE(parse_entity(R"({"a":{"x":1},"b":{"x":1},"x":1,"l":[{"x":1},{"x":1}]})").has_value());
}

TEST(PayloadHostile, FindsADuplicateAmongThousands) {
  std::string body = "{";
  for (int i = 0; i < 5000; ++i) body += "\"name" + std::to_string(i) + "\":1,";

  EXPECT_TRUE(parse_entity(body + "\"last\":1}").has_value());
  EXPECT_FALSE(parse_entity(body + "\"name2500\":1}").has_value());
}

TEST(PayloadHostile, SurvivesAHundredThousandBrackets) {
  const std::string brackets(100'000, '[');
  std::string braces;
  for (int i = 0; i < 100'000; ++i) braces += "{\"a\":";

  EXPECT_FALSE(parse_entity(brackets).has_value());
  EXPECT_FALSE(parse_page(brackets).has_value());
  EXPECT_NE(error_of("{\"a\":" + brackets).find("deeper than 64"), std::string::npos);
  EXPECT_NE(error_of(braces).find("deeper than 64"), std::string::npos);
  EXPECT_FALSE(parse_page("{\"value\":" + brackets).has_value());
  EXPECT_FALSE(parse_page("{\"value\":[{\"a\":" + brackets).has_value());
  EXPECT_FALSE(parse_page(braces).has_value());
}

TEST(PayloadHostile, CountsNestingExactly) {
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels - 1), '[') +
           std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
  };
  EXPECT_TRUE(parse_entity(nested(64)).has_value());
  EXPECT_FALSE(parse_entity(nested(65)).has_value());
  EXPECT_TRUE(parse_entity(nested(3), JsonLimits{.bytes_max = 100, .depth_max = 3}).has_value());
  EXPECT_FALSE(parse_entity(nested(4), JsonLimits{.bytes_max = 100, .depth_max = 3}).has_value());
}

TEST(PayloadHostile, BoundsTheSize) {
  const std::string body = R"({"a":"0123456789"})";

  EXPECT_TRUE(parse_entity(body, JsonLimits{.bytes_max = body.size(), .depth_max = 4}).has_value());
  EXPECT_EQ(error_of(body, JsonLimits{.bytes_max = body.size() - 1, .depth_max = 4}),
            "reading JSON: it has more than 17 bytes, at byte 17");
}

TEST(PayloadHostile, ReadsAMegabyteOfText) {
  const std::string text(1 << 20, 'x');
  const auto entity = parse_entity("{\"a\":\"" + text + "\"}");

  ASSERT_TRUE(entity.has_value());
  EXPECT_EQ(entity->find("a")->text(), text);
}

TEST(PayloadHostile, EveryTruncationIsAnError) {
  const std::string body = R"({"@odata.context":"c","value":[{"@odata.etag":"W/\"1\"","a":-1.5e3,"b":"\ud83d\ude00",)"
                           R"("n":{"x":[1,{"y":null}]}}],"@odata.count":2})";
  ASSERT_TRUE(parse_page(body).has_value());
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto page = parse_page(std::string_view(body).substr(0, length));
    ASSERT_FALSE(page.has_value()) << length;
    EXPECT_NE(page.error().message().find("too early"), std::string::npos) << length << page.error().message();
  }
}

TEST(PayloadHostile, SurvivesRandomDamage) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string body = R"({"value":[{"@removed":{"reason":"x"},"id":"1"},{"a":[[1,"2"],{}],"n":{"m":{"x":1.10}}}],)"
                           R"("@odata.nextLink":"n"})";
  constexpr std::string_view alphabet = "{}[]\",:\\ue10.-n @/\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = body;
    for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = alphabet[random() % alphabet.size()];
    (void)parse_page(damaged);
    (void)parse_entity(damaged);
    (void)parse_error(damaged).text();
  }
}

}  // namespace
}  // namespace dualwrite::odata
