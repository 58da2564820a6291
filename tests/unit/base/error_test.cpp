#include "dualwrite/base/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "dualwrite/base/id.hpp"

namespace dualwrite {
namespace {

TEST(Error, PutsWhatWasAttemptedInFrontAndTheHintInBrackets) {
  const Error error = Error(Errc::refused, "too long", "shorten it").while_doing("writing name").while_doing("row 7");

  EXPECT_EQ(error.code(), Errc::refused);
  EXPECT_EQ(error.message(), "row 7: writing name: too long");
  EXPECT_EQ(error.text(), "row 7: writing name: too long (shorten it)");
}

TEST(Error, HasNoBracketsWithoutAHint) {
  EXPECT_EQ(Error(Errc::invalid, "x").text(), "x");
}

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Errc::storage); ++code) names.insert(to_string(static_cast<Errc>(code)));

  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::storage) + 1);
  EXPECT_STREQ(to_string(Errc::in_doubt), "in_doubt");
}

TEST(Error, FailMakesAResultThatHoldsIt) {
  const Result<int> result = fail(Errc::not_found, "gone");

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::not_found);
}

TEST(Id, OrdersAndHashesByItsNumber) {
  using ThingId = Id<struct ThingIdTag>;

  EXPECT_LT(ThingId{1}, ThingId{2});
  EXPECT_EQ(ThingId{}, ThingId{0});
  EXPECT_EQ(std::hash<ThingId>{}(ThingId{5}), std::hash<std::int64_t>{}(5));
}

}  // namespace
}  // namespace dualwrite
