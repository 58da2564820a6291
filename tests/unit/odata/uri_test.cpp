#include "dualwrite/odata/uri.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dualwrite::odata {
namespace {

TEST(Uri, EncodesEverythingButTheUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c#d%e+f&g?h'"), "a%20b%2Fc%23d%25e%2Bf%26g%3Fh%27");
  EXPECT_EQ(percent_encode("Zürich 😀"), "Z%C3%BCrich%20%F0%9F%98%80");
  EXPECT_EQ(percent_encode(std::string("\0\n", 2)), "%00%0A");
}

TEST(Uri, KeepsAQueryReadable) {
  EXPECT_EQ(percent_encode_query("$filter"), "$filter");
  EXPECT_EQ(percent_encode_query("contains(name,'a&b') and x/y eq 1"), "contains(name,'a%26b')%20and%20x/y%20eq%201");
  EXPECT_EQ(percent_encode_query("2026-01-02T03:04:05+02:00"), "2026-01-02T03:04:05%2B02:00");
  EXPECT_EQ(percent_encode_query("a#b?c\"d"), "a%23b%3Fc%22d");
}

TEST(Uri, DecodesEscapesAndLeavesPlus) {
  EXPECT_EQ(percent_decode("a%20b%2fc+d"), "a b/c+d");
  EXPECT_EQ(percent_decode(""), "");
  EXPECT_EQ(percent_decode("%25%32%30"), "%20");
  for (const std::string_view broken : {"%", "%2", "abc%zz", "%2g", "%%20", "100%"}) {
    const auto decoded = percent_decode(broken);
    ASSERT_FALSE(decoded.has_value()) << broken;
    EXPECT_EQ(decoded.error().code(), Errc::invalid);
  }
}

TEST(Uri, RoundTripsAnyBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 300; ++round) {
    std::string name = "$x";
    std::string text;
    for (int i = 0; i < 60; ++i) text += static_cast<char>(byte(random));
    ASSERT_EQ(percent_decode(percent_encode(text)), text);
    ASSERT_EQ(percent_decode(percent_encode_query(text)), text);

    const auto options = parse_query(name + "=" + percent_encode_query(text) + "&y=" + percent_encode_query(text));
    ASSERT_TRUE(options.has_value());
    const std::vector<std::pair<std::string, std::string>> expected{{"$x", text}, {"y", text}};
    ASSERT_EQ(*options, expected);
  }
}

TEST(Uri, DoublesQuotes) {
  EXPECT_EQ(quote("it's"), "'it''s'");
  EXPECT_EQ(quote(""), "''");
  EXPECT_EQ(quote("'"), "''''");
}

TEST(KeyPredicate, ReadsEveryKindOfLiteral) {
  struct Case {
    std::string text;
    KeyPredicate key;
  };
  const std::string guid = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
  const std::vector<Case> cases{
      {"'US-001'", {{"", Value::string("US-001")}}},
      {"''", {{"", Value::string("")}}},
      {"5", {{"", Value::number("5")}}},
      {guid, {{"", Value::string(guid)}}},
      {"accountid=" + guid, {{"accountid", Value::string(guid)}}},
      {"dataAreaId='usmf',CustomerAccount='US-001'",
       {{"dataAreaId", Value::string("usmf")}, {"CustomerAccount", Value::string("US-001")}}},
      {" dataAreaId = 'usmf' , N = 7 ", {{"dataAreaId", Value::string("usmf")}, {"N", Value::number("7")}}},
      {"Name='it''s, a=b (c)',Id=9007199254740993",
       {{"Name", Value::string("it's, a=b (c)")}, {"Id", Value::number("9007199254740993")}}},
      {"D=2019-10-04T12:00:00Z,B=true", {{"D", Value::string("2019-10-04T12:00:00Z")}, {"B", Value::boolean(true)}}},
      {"K=Microsoft.Dynamics.DataEntities.NoYes'Yes'", {{"K", Value::string("Yes")}}},
      {"A=007,B=-1.50,C=null", {{"A", Value::string("007")}, {"B", Value::number("-1.50")}, {"C", Value::null()}}},
      {"EntityNames=['a','b'],N=1", {{"EntityNames", Value::string("['a','b']")}, {"N", Value::number("1")}}},
      {"_primarycontactid_value=" + guid, {{"_primarycontactid_value", Value::string(guid)}}},
      {"Name='Zürich 😀'", {{"Name", Value::string("Zürich 😀")}}},
      {"'a=b'", {{"", Value::string("a=b")}}},
      {"Q=''''", {{"Q", Value::string("'")}}},
  };
  for (const Case& c : cases) {
    const auto key = parse_key_predicate(c.text);
    ASSERT_TRUE(key.has_value()) << c.text << ": " << key.error().text();
    EXPECT_EQ(*key, c.key) << c.text;
  }
}

TEST(KeyPredicate, RefusesWhatIsBroken) {
  for (const std::string_view text : {"", " ", "a=", "a='x", "a='x'y", "='x'", "a='x',", ",a='x'", "'x','y'",
                                      "a='x','y'", "a='x',a='y'", "a='x''", "a='x' 'y'", "a='x'=1"}) {
    const auto key = parse_key_predicate(text);
    ASSERT_FALSE(key.has_value()) << text;
    EXPECT_EQ(key.error().code(), Errc::invalid) << text;
  }
}

TEST(KeyPredicate, IsBounded) {
  std::string text = "k0=0";
  for (int i = 1; i < 65; ++i) text += ",k" + std::to_string(i) + "=0";

  const auto key = parse_key_predicate(text);

  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().code(), Errc::limit);
}

TEST(KeyPredicate, IsWrittenWithQuotesUnlessItIsAGuid) {
  const std::string guid = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
  const KeyPredicate key{{"a", Value::string("it's")},
                         {"b", Value::number("1.50")},
                         {"c", Value::string(guid)},
                         {"d", Value::boolean(false)},
                         {"e", Value::null()}};

  EXPECT_EQ(format_key_predicate(key), "a='it''s',b=1.50,c=" + guid + ",d=false,e=null");
  EXPECT_EQ(parse_key_predicate(format_key_predicate(key)), key);
  EXPECT_EQ(format_key_predicate({{"", Value::string("x")}}), "'x'");
  EXPECT_EQ(format_key_predicate({{"", Value::string(guid)}}), guid);
}

TEST(Query, SplitsAndDecodesOptions) {
  using Options = std::vector<std::pair<std::string, std::string>>;

  EXPECT_EQ(parse_query(""), Options{});
  EXPECT_EQ(parse_query("?"), Options{});
  EXPECT_EQ(parse_query("$filter=a%20eq%20'x=y'&%24top=5&cross-company=true"),
            (Options{{"$filter", "a eq 'x=y'"}, {"$top", "5"}, {"cross-company", "true"}}));
  EXPECT_EQ(parse_query("?a&b=&&c=1&"), (Options{{"a", ""}, {"b", ""}, {"c", "1"}}));
  EXPECT_EQ(parse_query("q=a+b%2Bc"), (Options{{"q", "a b+c"}}));
  EXPECT_EQ(parse_query("=x"), (Options{{"", "x"}}));
  ASSERT_FALSE(parse_query("a=%").has_value());
  ASSERT_FALSE(parse_query("%=a").has_value());
}

TEST(Query, IsBounded) {
  std::string query;
  for (int i = 0; i < 100; ++i) query += "a=1&";
  ASSERT_TRUE(parse_query(query).has_value());

  const auto options = parse_query(query + "a=1");

  ASSERT_FALSE(options.has_value());
  EXPECT_EQ(options.error().code(), Errc::limit);
}

TEST(KeyPredicate, TakesAsManyMembersAsItsBound) {
  std::string key = "k0=0";
  for (int i = 1; i < 64; ++i) key += ",k" + std::to_string(i) + "=0";
  const auto members = parse_key_predicate(key);
  ASSERT_TRUE(members.has_value());
  EXPECT_EQ(members->size(), 64U);
}

TEST(Uri, EncodesASlashInAKeyAndKeepsItsPunctuation) {
  EXPECT_EQ(percent_encode_key("dataAreaId='usmf',Id='a/b%2F#?&+ \xF0\x9F\x98\x80'"),
            "dataAreaId='usmf',Id='a%2Fb%252F%23%3F%26%2B%20%F0%9F%98%80'");
}

}  // namespace
}  // namespace dualwrite::odata
