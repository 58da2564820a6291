#include "demo/csv.hpp"

#include <gtest/gtest.h>

namespace dualwrite::demo {
namespace {

using Row = std::vector<std::string>;

TEST(Csv, ReadsQuotedCommasLineEndsAndDoubledQuotes) {
  const auto table = parse_csv("t", "a,b\r\n\"x, y\",\"line 1\nline \"\"2\"\"\"\r\nplain,\r\n");

  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->header, (Row{"a", "b"}));
  ASSERT_EQ(table->rows.size(), 2u);
  EXPECT_EQ(table->rows[0], (Row{"x, y", "line 1\nline \"2\""}));
  EXPECT_EQ(table->rows[1], (Row{"plain", ""}));
}

TEST(Csv, SkipsAByteOrderMarkAndNeedsNoLastLineEnd) {
  const auto table = parse_csv("t", "\xEF\xBB\xBFname\nMüller");

  ASSERT_TRUE(table);
  EXPECT_EQ(table->header, Row{"name"});
  EXPECT_EQ(table->rows, std::vector<Row>{Row{"Müller"}});
}

TEST(Csv, RefusesWhatIsNotATableAndNamesTheLine) {
  for (const char* text : {"a,b\n1\n", "a,b\n1,2,3\n", "a\n\"open\n", "a\n\"x\"y\n", "a\nx\"y\n", "", "a\n\xFF\n"}) {
    EXPECT_FALSE(parse_csv("file.csv", text)) << text;
  }
  const auto short_row = parse_csv("file.csv", "a,b\n\"1\n2\",3\n4\n");
  ASSERT_FALSE(short_row);
  EXPECT_NE(short_row.error().message().find("line 4"), std::string::npos) << short_row.error().message();
}

}  // namespace
}  // namespace dualwrite::demo
