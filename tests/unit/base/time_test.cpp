#include "dualwrite/base/time.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dualwrite {
namespace {

using std::chrono::milliseconds;

TEST(Time, ReadsRfc3339AndWritesItInUtc) {
  struct Case {
    std::string text;
    std::string canonical;
  };
  const std::vector<Case> cases{
      {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
      {"2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"},
      {"2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600Z"},
      {"2026-01-02T03:04:05.678901234567Z", "2026-01-02T03:04:05.678Z"},
      {"2026-01-02T03:04:05.0009Z", "2026-01-02T03:04:05Z"},
      {"2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"},
      {"2026-01-02T03:04:05-23:59", "2026-01-03T03:03:05Z"},
      {"2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"1900-01-01T00:00:00Z", "1900-01-01T00:00:00Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
  };
  for (const Case& c : cases) {
    const auto at = parse_instant(c.text);
    ASSERT_TRUE(at.has_value()) << c.text;
    EXPECT_EQ(format_instant(*at), c.canonical);
  }
}

TEST(Time, RefusesWhatIsNoDateTime) {
  const std::vector<std::string> texts{
      "",
      "2026-01-02",
      "2026-01-02T03:04:05",
      "2026-01-02 03:04:05Z",
      "2026-01-02T03:04Z",
      "2026-1-02T03:04:05Z",
      "2026-13-02T03:04:05Z",
      "2026-02-29T03:04:05Z",
      "2026-00-10T03:04:05Z",
      "2026-01-00T03:04:05Z",
      "2026-01-02T24:00:00Z",
      "2026-01-02T03:60:00Z",
      "2026-01-02T03:04:61Z",
      "2026-01-02T03:04:05.Z",
      "2026-01-02T03:04:05,5Z",
      "2026-01-02T03:04:05+0200",
      "2026-01-02T03:04:05+24:00",
      "2026-01-02T03:04:05+02:60",
      "2026-01-02T03:04:05Zx",
      " 2026-01-02T03:04:05Z",
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
      "-001-01-01T00:00:00Z",
      "2026-01-0:T03:04:05Z",
      "２026-01-02T03:04:05Z",
  };
  for (const std::string& text : texts) EXPECT_FALSE(parse_instant(text).has_value()) << text;
}

TEST(Time, RoundTripsAnyInstantOfTheYears1To9999) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto first = parse_instant("0001-01-01T00:00:00Z")->time_since_epoch().count();
  const auto last = parse_instant("9999-12-31T23:59:59.999Z")->time_since_epoch().count();
  std::uniform_int_distribution<std::int64_t> any(first, last);
  for (int i = 0; i < 5000; ++i) {
    const Instant at{milliseconds{any(random)}};
    const auto again = parse_instant(format_instant(at));
    ASSERT_TRUE(again.has_value()) << format_instant(at);
    ASSERT_EQ(*again, at);
  }
}

TEST(Time, ReadsAndWritesTheDateOfAnHttpHeader) {
  const auto at = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");

  ASSERT_TRUE(at.has_value());
  EXPECT_EQ(format_instant(*at), "1994-11-06T08:49:37Z");
  EXPECT_EQ(format_http_date(*at + milliseconds{999}), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(Instant{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(Time, RefusesOtherFormsOfTheHttpDate) {
  const std::vector<std::string> texts{
      "",
      "30",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
  };
  for (const std::string& text : texts) EXPECT_FALSE(parse_http_date(text).has_value()) << text;
}

}  // namespace
}  // namespace dualwrite
