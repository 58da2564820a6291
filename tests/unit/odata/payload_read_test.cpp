#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dualwrite/odata/payload.hpp"

namespace dualwrite::odata {
namespace {

using Members = std::vector<std::pair<std::string, Value>>;
using Arrays = std::vector<std::pair<std::string, std::string>>;

Entity read(std::string_view body) {
  auto entity = parse_entity(body);
  EXPECT_TRUE(entity.has_value()) << (entity ? "" : entity.error().text());
  return entity ? *std::move(entity) : Entity{};
}

Page read_page(std::string_view body) {
  auto page = parse_page(body);
  EXPECT_TRUE(page.has_value()) << (page ? "" : page.error().text());
  return page ? *std::move(page) : Page{};
}

TEST(PayloadRead, KeepsTheTextOfEveryNumber) {
  for (const std::string number : {"0",
                                   "-0",
                                   "1",
                                   "-1",
                                   "1.10",
                                   "1E2",
                                   "1e+2",
                                   "1.0",
                                   "-0.0",
                                   "0.1",
                                   "9007199254740993",
                                   "9223372036854775807",
                                   "-9223372036854775808",
                                   "18446744073709551615",
                                   "18446744073709551616",
                                   "-9223372036854775809",
                                   "123456789012345678.12345",
                                   "123456789012345678901234567890",
                                   "0.123456789012345678901234567890",
                                   "1e308",
                                   "1e-400"}) {
    const Entity entity = read("{\"n\":" + number + ",\"after\":1}");
    ASSERT_NE(entity.find("n"), nullptr) << number;
    EXPECT_EQ(*entity.find("n"), Value::number(number));
  }
}

TEST(PayloadRead, ReadsEveryKindOfScalarInOrder) {
  const Entity entity = read(R"( { "b" : true, "a":false,"n":null,"s":"x","e":"" } )");

  EXPECT_EQ(entity.members, (Members{{"b", Value::boolean(true)},
                                     {"a", Value::boolean(false)},
                                     {"n", Value::null()},
                                     {"s", Value::string("x")},
                                     {"e", Value::string("")}}));
  EXPECT_EQ(entity.find("missing"), nullptr);
  EXPECT_EQ(entity.find("B"), nullptr);
}

TEST(PayloadRead, DecodesStrings) {
  struct Case {
    std::string json;
    std::string text;
  };
  const std::vector<Case> cases{
      {R"("a\"b\\c\/d")", "a\"b\\c/d"},
      {R"("\b\f\n\r\t")", "\b\f\n\r\t"},
      {R"("\u00e4\u20ac")", "ä€"},
      {R"("\ud83d\ude00")", "😀"},
      {"\"😀 Zürich\"", "😀 Zürich"},
      {R"("\u0000")", std::string(1, '\0')},
      {"\"\x7f\"", "\x7f"},
  };
  for (const Case& c : cases) EXPECT_EQ(*read("{\"s\":" + c.json + "}").find("s"), Value::string(c.text)) << c.json;
}

TEST(PayloadRead, KeepsOddNames) {
  const Entity entity = read(R"({"a\"b":1,"c/d":2,"e\\f":3,"":4,"Zürich":5,"x y":6})");

  EXPECT_EQ(entity.members, (Members{{"a\"b", Value::number("1")},
                                     {"c/d", Value::number("2")},
                                     {"e\\f", Value::number("3")},
                                     {"", Value::number("4")},
                                     {"Zürich", Value::number("5")},
                                     {"x y", Value::number("6")}}));
}

TEST(PayloadRead, TakesControlInformationOutAndLeavesOtherAnnotationsIn) {
  const Entity entity = read(R"({"@odata.context":"c","@odata.etag":"W/\"1\"","@odata.id":"i","@odata.type":"#T",
    "statuscode@OData.Community.Display.V1.FormattedValue":"Active","statuscode":1})");

  EXPECT_EQ(entity.context, "c");
  EXPECT_EQ(entity.etag, "W/\"1\"");
  EXPECT_EQ(entity.id, "i");
  EXPECT_EQ(entity.members, (Members{{"@odata.type", Value::string("#T")},
                                     {"statuscode@OData.Community.Display.V1.FormattedValue", Value::string("Active")},
                                     {"statuscode", Value::number("1")}}));
}

TEST(PayloadRead, AcceptsTheShortControlNamesOfVersion401) {
  const Entity entity = read(R"({"@context":"c","@etag":"e","@id":"i"})");

  EXPECT_EQ(entity.context, "c");
  EXPECT_EQ(entity.etag, "e");
  EXPECT_EQ(entity.id, "i");
  EXPECT_TRUE(entity.members.empty());
}

TEST(PayloadRead, FlattensExpandedNavigations) {
  const Entity entity =
      read(R"({"a":1,"nav":{"@odata.etag":"n","x":2,"deep":{"y":3,"z":null}},"gone":null,"b":4,"empty":{}})");

  EXPECT_EQ(entity.etag, "");
  EXPECT_EQ(entity.members, (Members{{"a", Value::number("1")},
                                     {"nav/@odata.etag", Value::string("n")},
                                     {"nav/x", Value::number("2")},
                                     {"nav/deep/y", Value::number("3")},
                                     {"nav/deep/z", Value::null()},
                                     {"gone", Value::null()},
                                     {"b", Value::number("4")}}));
}

TEST(PayloadRead, KeepsArraysAsTheyAreWritten) {
  const Entity entity = read(R"({"e":[],"n":[1.10, 2],"nav":{"list":[ {"a":[1,[2]],"b":"]"} ]},"after":1,"m":[1
]})");

  EXPECT_EQ(entity.arrays,
            (Arrays{{"e", "[]"}, {"n", "[1.10, 2]"}, {"nav/list", R"([ {"a":[1,[2]],"b":"]"} ])"}, {"m", "[1\n]"}}));
  EXPECT_EQ(entity.members, (Members{{"after", Value::number("1")}}));
}

TEST(PayloadRead, ReadsAPageWithItsLinksAndCount) {
  const Page page = read_page(R"({"@odata.context":"https://x/$metadata#accounts","@odata.count":3,
    "@Microsoft.Dynamics.CRM.totalrecordcount":-1,"extra":{"a":[{"value":1}]},"other":[[1],{"b":2}],
    "value":[{"@odata.etag":"W/\"1\"","a":1},{"a":2,"list":[1,2]},{}],
    "@odata.nextLink":"https://x/accounts?$skiptoken=2"})");

  ASSERT_EQ(page.entities.size(), 3U);
  EXPECT_EQ(page.entities[0].etag, "W/\"1\"");
  EXPECT_EQ(page.entities[1].members, (Members{{"a", Value::number("2")}}));
  EXPECT_EQ(page.entities[1].arrays, (Arrays{{"list", "[1,2]"}}));
  EXPECT_TRUE(page.entities[2].members.empty());
  EXPECT_EQ(page.next_link, "https://x/accounts?$skiptoken=2");
  EXPECT_EQ(page.delta_link, "");
  EXPECT_EQ(page.count, 3);
}

TEST(PayloadRead, ReadsAnEmptyPage) {
  const Page page = read_page(R"({"value":[]})");

  EXPECT_TRUE(page.entities.empty());
  EXPECT_FALSE(page.count.has_value());
}

TEST(PayloadRead, ReadsCountsAndLinksInEveryForm) {
  EXPECT_EQ(read_page(R"({"@odata.count":"12","value":[]})").count, 12);
  EXPECT_EQ(read_page(R"({"@count":9007199254740993,"value":[]})").count, 9007199254740993);
  EXPECT_EQ(read_page(R"({"value":[],"@odata.deltaLink":"d"})").delta_link, "d");
  EXPECT_EQ(read_page(R"({"value":[],"@nextLink":"n"})").next_link, "n");
  EXPECT_FALSE(parse_page(R"({"@odata.count":1.5,"value":[]})").has_value());
  EXPECT_FALSE(parse_page(R"({"@odata.count":18446744073709551616,"value":[]})").has_value());
}

TEST(PayloadRead, ReadsDeletedItemsOfBothVersions) {
  const Page page = read_page(R"json({"@odata.context":"https://x/$metadata#accounts/$delta","value":[
    {"@odata.context":"https://x/$metadata#accounts/$deletedEntity","id":"g1","reason":"deleted"},
    {"id":"g2","reason":"changed","@odata.context":"#accounts/$deletedEntity"},
    {"@removed":{"reason":"deleted"},"@id":"Customers('A')"},
    {"@odata.etag":"e","accountid":"g3","id":"not an item's"},
    {"@odata.context":"#Customers/$deletedLink","source":"a","relationship":"r","target":"b"}],
    "@odata.deltaLink":"d"})json");

  ASSERT_EQ(page.entities.size(), 5U);
  EXPECT_TRUE(page.entities[0].removed);
  EXPECT_EQ(page.entities[0].id, "g1");
  EXPECT_EQ(page.entities[0].members, (Members{{"reason", Value::string("deleted")}}));
  EXPECT_TRUE(page.entities[1].removed);
  EXPECT_EQ(page.entities[1].id, "g2");
  EXPECT_EQ(*page.entities[1].find("reason"), Value::string("changed"));
  EXPECT_TRUE(page.entities[2].removed);
  EXPECT_EQ(page.entities[2].id, "Customers('A')");
  EXPECT_EQ(page.entities[2].members, (Members{{"reason", Value::string("deleted")}}));
  EXPECT_FALSE(page.entities[3].removed);
  EXPECT_EQ(*page.entities[3].find("id"), Value::string("not an item's"));
  EXPECT_FALSE(page.entities[4].removed);
}

TEST(PayloadRead, ReadsALargePage) {
  std::string body = R"({"value":[)";
  for (int i = 0; i < 10'000; ++i) {
    if (i > 0) body += ',';
    body += R"({"@odata.etag":"W/\"1\"","accountid":")" + std::to_string(i) + R"(","revenue":1.10})";
  }
  body += "]}";

  const Page page = read_page(body);

  ASSERT_EQ(page.entities.size(), 10'000U);
  EXPECT_EQ(*page.entities.back().find("accountid"), Value::string("9999"));
  EXPECT_EQ(*page.entities.back().find("revenue"), Value::number("1.10"));
}

TEST(PayloadRead, RowsMayHaveDifferentColumnsAndManyOfThem) {
  std::string wide = "{";
  for (int i = 0; i < 1000; ++i) wide += (i > 0 ? ",\"c" : "\"c") + std::to_string(i) + "\":" + std::to_string(i);
  wide += '}';
  const Page page = read_page("{\"value\":[{\"c1\":0}," + wide + ",{\"c2\":0},{\"c2\":0}," + wide + "]}");

  ASSERT_EQ(page.entities.size(), 5U);
  EXPECT_EQ(page.entities[1].members.size(), 1000U);
  EXPECT_EQ(page.entities[1].members, page.entities[4].members);
  EXPECT_EQ(*page.entities[4].find("c999"), Value::number("999"));
}

}  // namespace
}  // namespace dualwrite::odata
