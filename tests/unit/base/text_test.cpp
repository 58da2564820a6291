#include "dualwrite/base/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dualwrite {
namespace {

TEST(Text, LowersAsciiOnly) {
  EXPECT_EQ(ascii_lower("US-001 ÄÖ Z"), "us-001 ÄÖ z");
  EXPECT_TRUE(equal_ignoring_case("dataAreaId", "DATAAREAID"));
  EXPECT_FALSE(equal_ignoring_case("ä", "Ä"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

TEST(Text, TellsUtf8FromOtherBytes) {
  struct Case {
    std::string bytes;
    bool valid;
  };
  const std::vector<Case> cases{
      {"", true},
      {"plain ascii of more than eight bytes", true},
      {"\x7f", true},
      {"\x80", false},              // a continuation alone
      {"\xc2\x80", true},           // U+0080
      {"\xc1\xbf", false},          // overlong
      {"\xc0\x80", false},          // overlong zero
      {"\xdf\xbf", true},           // U+07FF
      {"\xe0\xa0\x80", true},       // U+0800
      {"\xe0\x9f\xbf", false},      // overlong
      {"\xed\x9f\xbf", true},       // U+D7FF
      {"\xed\xa0\x80", false},      // surrogate
      {"\xee\x80\x80", true},       // U+E000
      {"\xef\xbf\xbf", true},       // U+FFFF
      {"\xf0\x90\x80\x80", true},   // U+10000
      {"\xf0\x8f\xbf\xbf", false},  // overlong
      {"\xf0\x9f\x98\x80", true},   // an emoji
      {"\xf4\x8f\xbf\xbf", true},   // U+10FFFF
      {"\xf4\x90\x80\x80", false},  // above
      {"\xf5\x80\x80\x80", false},
      {"\xff", false},
      {"\xe2\x82", false},      // cut off
      {"\xf0\x9f\x98", false},  // cut off
      {"abcdefgh\xe2\x82\xac"
       "abcdefghijk",
       true},
      {"abcdefghabcdefgh\xfe", false},
      {std::string("\0", 1), true},
      {std::string(1 << 20, 'x') + "\xc3", false},
  };
  for (const Case& c : cases) EXPECT_EQ(is_utf8(c.bytes), c.valid) << testing::PrintToString(c.bytes.substr(0, 40));
}

TEST(Text, FindsTheNearestWordForATypingError) {
  const std::vector<std::string_view> words{"poll_interval_ms", "pool_size", "listen", "maps", "id"};
  struct Case {
    std::string word;
    std::string nearest;
  };
  const std::vector<Case> cases{
      {"pol_interval_ms", "poll_interval_ms"},
      {"poll_intervall", "poll_interval_ms"},
      {"Maps", "maps"},
      {"map", "maps"},
      {"mpas", "maps"},  // neighbours swapped count as one error
      {"litsen", "listen"},
      {"maps", "maps"},
      {"di", "id"},
      {"x", ""},
      {"", ""},
      {"something_else", ""},
      {std::string(100'000, 'x'), ""},
  };
  for (const Case& c : cases) EXPECT_EQ(nearest(c.word, words), c.nearest) << c.word.substr(0, 40);
  EXPECT_EQ(nearest("maps", {}), "");
}

TEST(Text, AllowsOneThirdOfTheWordAsErrorsAndAtLeastOne) {
  const std::vector<std::string_view> words{"abcdefghi"};

  EXPECT_EQ(nearest("abcdefXYZ", words), "abcdefghi");  // 3 of 9
  EXPECT_EQ(nearest("abcdeWXYZ", words), "");           // 4 of 9
  EXPECT_EQ(nearest("ax", std::vector<std::string_view>{"ay"}), "ay");
  EXPECT_EQ(nearest("ax", std::vector<std::string_view>{"by"}), "");
}

TEST(Text, TakesTheFirstOfEquallyNearWords) {
  const std::vector<std::string_view> words{"mars", "mops", "maps2"};

  EXPECT_EQ(nearest("maps", words), "mars");
}

TEST(Text, QuotesTextForJson) {
  struct Case {
    std::string text;
    std::string json;
  };
  const std::vector<Case> cases{
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"\\/", R"("\"\\/")"},
      {"\n\r\t\b\x01\x1f", R"("\n\r\t\u0008\u0001\u001f")"},
      {std::string("a\0b", 3), R"("a\u0000b")"},
      {"\x7f", "\"\\u007f\""},
      {"Zürich 😀", "\"Zürich 😀\""},
      {"a\xff"
       "b\xe2\x82",
       "\"a\xEF\xBF\xBD"
       "b\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const Case& c : cases) {
    std::string out;
    append_json_quoted(out, c.text);
    EXPECT_EQ(out, c.json);
  }
}

}  // namespace
}  // namespace dualwrite
