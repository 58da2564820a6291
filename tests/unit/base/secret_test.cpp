#include "dualwrite/base/secret.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>

namespace dualwrite {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Printable<Secret>, "a secret must not be printable");
static_assert(!std::convertible_to<Secret, std::string>, "a secret must be revealed on purpose");

TEST(Secret, IsRevealedOnPurposeOnly) {
  const Secret secret("s3cret");

  EXPECT_EQ(secret.reveal(), "s3cret");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, ComparesEveryByte) {
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("xbc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abcd"));
  EXPECT_FALSE(same_secret(std::string("a\0b", 3), std::string("a\0c", 3)));
  EXPECT_TRUE(same_secret("\xff\xfe", "\xff\xfe"));
}

}  // namespace
}  // namespace dualwrite
