#include "dualwrite/base/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dualwrite {
namespace {

TEST(Uuid, NamesGiveTheSameUuidForEver) {
  // Row ids of earlier runs were chosen with this: a changed value would create every row a second time.
  EXPECT_EQ(name_uuid("finops|usmf|us-001"), "e0fc5224-90c6-5c93-9384-b1970fdeff99");
  EXPECT_NE(name_uuid("a"), name_uuid("b"));
}

TEST(Uuid, CarriesVersionAndVariant) {
  const std::string named = name_uuid("x");
  const std::string random = random_uuid();

  EXPECT_EQ(named[14], '5');
  EXPECT_EQ(random[14], '4');
  for (const std::string& uuid : {named, random}) {
    EXPECT_TRUE(is_uuid(uuid)) << uuid;
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
  }
}

TEST(Uuid, RandomOnesDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_uuid());

  EXPECT_EQ(seen.size(), 1000U);
}

TEST(Uuid, IsRecognisedInEitherCaseAndNothingElseIs) {
  EXPECT_TRUE(is_uuid("00000000-0000-0000-0000-000000000001"));
  EXPECT_TRUE(is_uuid("3FA85F64-5717-4562-b3fc-2c963f66afa6"));
  for (const std::string_view text :
       {"", "3fa85f64", "3fa85f6457174562b3fc2c963f66afa6", "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
        "3fa85f64-5717-4562-b3fc-2c963f66afag", "3fa85f64-5717-4562-b3fc-2c963f66afa",
        "3fa85f64-5717-4562-b3fc-2c963f66afa66", "3fa85f64_5717-4562-b3fc-2c963f66afa6"}) {
    EXPECT_FALSE(is_uuid(text)) << text;
  }
}

}  // namespace
}  // namespace dualwrite
