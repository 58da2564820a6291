#include "endpoint/rec_id.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

TEST(RecId, IsTheSecondNumberOfTheFirstPair) {
  EXPECT_EQ(rec_id_of("W/\"JzAsNTYzNzE0NDU3Nic=\""), "5637144576");  // '0,5637144576'
  EXPECT_EQ(rec_id_of("W/\"JzcsMTE7OCwyMjsxLDMzJw==\""), "11");      // '7,11;8,22;1,33'
}

TEST(RecId, IsNotKnownOfAnyOtherETag) {
  for (const char* etag : {"", "W/\"\"", "W/\"12345\"", "\"JzAsNTYzNzE0NDU3Nic=\"", "W/\"JzAsNTYzNzE0NDU3Nic=",
                           "W/\"JzAsMCc=\"", "W/\"JzEsLTUn\"", "W/\"Jyc=\"", "W/\"not base64!\""}) {
    EXPECT_EQ(rec_id_of(etag), "") << etag;
  }
}

}  // namespace
}  // namespace dualwrite::endpoint
