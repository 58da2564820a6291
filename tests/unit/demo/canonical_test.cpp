#include "demo/canonical.hpp"

#include <gtest/gtest.h>

namespace dualwrite::demo {
namespace {

ColumnPair column(ColumnType type) {
  ColumnPair pair;
  pair.type = type;
  return pair;
}

TEST(ExactNumber, KeepsWhatADoubleWouldLose) {
  EXPECT_EQ(exact_number("123456789012345678.12345", 5), "123456789012345678.12345");
  EXPECT_EQ(exact_number("18446744073709551616", 0), "18446744073709551616");
}

TEST(ExactNumber, GivesOneTextForAllSpellings) {
  for (const char* text : {"1.1", "1.10", "01.1", "11e-1", "0.11E1", "+1.1", "0.11e+1"}) {
    EXPECT_EQ(exact_number(text, 2), "1.1") << text;
  }
  EXPECT_EQ(exact_number("-0.00", 2), "0");
  EXPECT_EQ(exact_number("12e3", 2), "12000");
  EXPECT_EQ(exact_number("5e-3", 2), "0.01");
}

TEST(ExactNumber, RoundsHalfAwayFromZero) {
  EXPECT_EQ(exact_number("2.345", 2), "2.35");
  EXPECT_EQ(exact_number("-2.345", 2), "-2.35");
  EXPECT_EQ(exact_number("2.344999", 2), "2.34");
  EXPECT_EQ(exact_number("9.999", 2), "10");
  EXPECT_EQ(exact_number("-0.004", 2), "0");
}

TEST(ExactNumber, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "1.", ".5", "1e", "1e999", "1,5", "0x1", "1 "}) {
    EXPECT_FALSE(exact_number(text, 2)) << text;
  }
}

TEST(Canonical, TakesBlankNullAndAbsentForTheSame) {
  const ColumnPair text = column(ColumnType::text);
  EXPECT_EQ(canonical(text, Value::null()), canonical(text, Value::string("")));
  EXPECT_EQ(canonical(text, Value{}), canonical(text, Value::string("  ")));
  EXPECT_NE(canonical(text, Value::string(" a")), canonical(text, Value::string("a")));
  EXPECT_EQ(canonical(text, Value::string("a ")), "a");
  EXPECT_EQ(canonical(column(ColumnType::decimal), Value::null()),
            canonical(column(ColumnType::decimal), Value::number("0.00")));
  EXPECT_EQ(canonical(column(ColumnType::boolean), Value::null()),
            canonical(column(ColumnType::boolean), Value::string("No")));
}

TEST(Canonical, ReadsDatesOfBothSides) {
  const ColumnPair date = column(ColumnType::date);
  EXPECT_EQ(canonical(date, Value::string("2026-01-02T12:00:00Z")), "2026-01-02");
  EXPECT_EQ(canonical(date, Value::string("2026-01-02T00:00:00Z")), "2026-01-02");
  EXPECT_EQ(canonical(date, Value::string("2026-01-02")), "2026-01-02");
  EXPECT_EQ(canonical(date, Value::string("1900-01-01T12:00:00Z")), "");
}

TEST(Canonical, KnowsAChoiceByEitherSpelling) {
  ColumnPair choice = column(ColumnType::choice);
  choice.values = {{"No", "806380000"}, {"Invoice", "806380001"}};
  EXPECT_EQ(canonical(choice, Value::string("invoice")), canonical(choice, Value::number("806380001")));
  EXPECT_NE(canonical(choice, Value::string("No")), canonical(choice, Value::number("806380001")));
  EXPECT_NE(canonical(choice, Value::string("Other")), canonical(choice, Value::string("No")));
}

TEST(Canonical, ComparesALookupsKeyWithoutCase) {
  ColumnPair lookup = column(ColumnType::text);
  lookup.navigation = "transactioncurrencyid";
  EXPECT_EQ(canonical(lookup, Value::string("EUR")), canonical(lookup, Value::string("eur")));
}

TEST(RecordKeyText, EscapesTheSeparator) {
  EXPECT_EQ(record_key({"USMF", "Aw|1\\2"}), "usmf|aw\\|1\\\\2");
}

}  // namespace
}  // namespace dualwrite::demo
