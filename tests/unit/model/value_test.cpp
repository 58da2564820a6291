#include "dualwrite/model/value.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace dualwrite {
namespace {

TEST(Value, PrintsAsJsonAndAbsentInBrackets) {
  EXPECT_EQ(to_string(Value()), "(absent)");
  EXPECT_EQ(to_string(Value::null()), "null");
  EXPECT_EQ(to_string(Value::boolean(true)), "true");
  EXPECT_EQ(to_string(Value::number("1.10")), "1.10");
  EXPECT_EQ(to_string(Value::string("a\"b\n")), R"("a\"b\n")");
  std::ostringstream out;
  out << Value::string("x");
  EXPECT_EQ(out.str(), "\"x\"");
}

TEST(Value, EqualsByKindAndText) {
  EXPECT_EQ(Value::string("1"), Value::string("1"));
  EXPECT_NE(Value::string("1"), Value::number("1"));
  EXPECT_NE(Value::number("1.0"), Value::number("1"));
  EXPECT_NE(Value(), Value::null());
  EXPECT_NE(Value::null(), Value::string(""));
  EXPECT_TRUE(Value::boolean(true).is_true());
  EXPECT_FALSE(Value::string("true").is_true());
}

TEST(Number, HasOneCanonicalText) {
  struct Case {
    std::string text;
    std::string canonical;
  };
  const std::vector<Case> cases{
      {"0", "0"},
      {"-0", "0"},
      {"-0.000e5", "0"},
      {"0e999999999999999999999", "0"},
      {"1", "1"},
      {"+1", "1"},
      {"007", "7"},
      {"1.10", "1.1"},
      {"1.0", "1"},
      {"-1.50", "-1.5"},
      {"100", "100"},
      {"1E2", "100"},
      {"1e+2", "100"},
      {"1.5e1", "15"},
      {"1.25e1", "12.5"},
      {"12.5e-1", "1.25"},
      {"12.5e-2", "0.125"},
      {"12.5e-4", "0.00125"},
      {"0.000123e4", "1.23"},
      {"1e-2", "0.01"},
      {"18446744073709551616", "18446744073709551616"},
      {"-9223372036854775809", "-9223372036854775809"},
      {"123456789012345678901234567890.123456789012345678901234567890",
       "123456789012345678901234567890.12345678901234567890123456789"},
      {"1e399", "1" + std::string(399, '0')},
      {"1e400", ""},
      {"1e-400", "0." + std::string(399, '0') + "1"},
      {"1e-401", ""},
      {"1e99999999999999999999999999", ""},
      {"1e-99999999999999999999999999", ""},
      {"0." + std::string(5000, '0') + "1e5001", "1"},
      {std::string(5000, '0') + "1", "1"},
      {std::string(400, '9'), std::string(400, '9')},
      {std::string(401, '9'), ""},
  };
  for (const Case& c : cases) EXPECT_EQ(canonical_number(c.text), c.canonical) << c.text.substr(0, 60);
}

TEST(Number, RefusesWhatIsNone) {
  for (const std::string_view text : {"",    "-",  "+",  ".5",  "5.",  "1e",  "1e+", "e5",    "1.2.3", "0x10",
                                      "1,5", " 1", "1 ", "NaN", "INF", "--1", "+-1", "1e5.5", "1_000", "١"}) {
    EXPECT_EQ(canonical_number(text), "") << text;
  }
  EXPECT_EQ(canonical_number(std::string("1\0", 2)), "");
}

TEST(Number, RoundsHalfAwayFromZero) {
  struct Case {
    std::string number;
    int scale;
    std::string rounded;
  };
  const std::vector<Case> cases{
      {"1", 2, "1"},          {"1.005", 2, "1.01"},  // a double would give 1
      {"1.004", 2, "1"},      {"-1.005", 2, "-1.01"},
      {"2.5", 0, "3"},        {"-2.5", 0, "-3"},
      {"2.4", 0, "2"},        {"0.5", 0, "1"},
      {"-0.4", 0, "0"},       {"0.49999999999999999999999999999999", 0, "0"},
      {"9.99", 1, "10"},      {"99.95", 1, "100"},
      {"999.999", 0, "1000"}, {"-0.995", 2, "-1"},
      {"0.001", 2, "0"},      {"1.1", 5, "1.1"},
      {"1.10001", 4, "1.1"},  {"123456789012345678901234567890.15", 1, "123456789012345678901234567890.2"},
      {"1.6", -3, "2"},       {"", 2, ""},
  };
  for (const Case& c : cases) EXPECT_EQ(round_number(c.number, c.scale), c.rounded) << c.number << " to " << c.scale;
}

}  // namespace
}  // namespace dualwrite
