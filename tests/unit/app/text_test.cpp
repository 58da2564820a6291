#include "app/text.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dualwrite::app {
namespace {

TEST(Text, GivesTimesInTheUnitThatIsTwiceFull) {
  const Instant now = *parse_instant("2026-01-10T00:00:00Z");
  const auto ago = [now](std::chrono::seconds age) { return relative(now - age, now); };

  EXPECT_EQ(ago(std::chrono::seconds(0)), "now");
  EXPECT_EQ(ago(std::chrono::seconds(119)), "119 s ago");
  EXPECT_EQ(ago(std::chrono::seconds(120)), "2 min ago");
  EXPECT_EQ(ago(std::chrono::minutes(119)), "119 min ago");
  EXPECT_EQ(ago(std::chrono::hours(3)), "3 h ago");
  EXPECT_EQ(ago(std::chrono::hours(49)), "2 days ago");
  EXPECT_EQ(ago(std::chrono::seconds(-30)), "in 30 s");
}

TEST(Text, GroupsDigitsOfWholeNumbersOnly) {
  EXPECT_EQ(grouped("0"), "0");
  EXPECT_EQ(grouped("999"), "999");
  EXPECT_EQ(grouped("1000"), "1,000");
  EXPECT_EQ(grouped("12345678901234567890"), "12,345,678,901,234,567,890");
  EXPECT_EQ(grouped("1000.5"), "1000.5");
  EXPECT_EQ(grouped(""), "");
}

TEST(Text, TakesControlCharactersOutAndLeavesLetters) {
  EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a [31mb c ");
  EXPECT_EQ(printable("Z\u00fcrich \u00a9 \u0085x"), "Z\u00fcrich \u00a9  x");
}

TEST(Text, AlignsTablesByCharactersNotBytes) {
  Table table({"NAME", ">COUNT", "LAST"});
  table.row({"Z\u00fcrich", "7", "x"});
  table.row({"Bern", "1,000"});

  std::ostringstream out;
  table.print(out);

  EXPECT_EQ(out.str(), "NAME    COUNT  LAST\nZ\u00fcrich      7  x\nBern    1,000\n");
}

}  // namespace
}  // namespace dualwrite::app
