#include "config/listen.hpp"

#include <gtest/gtest.h>

namespace dualwrite::config {
namespace {

TEST(Listen, ReadsBothAddressFamiliesAndAnyPort) {
  const auto v4 = parse_listen("127.0.0.1:8700");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->address, "127.0.0.1");
  EXPECT_EQ(v4->port, 8700);
  const auto v6 = parse_listen("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->address, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(Listen, KnowsWhoCanReachTheAddress) {
  for (const char* loopback : {"127.0.0.1:1", "127.9.8.7:1", "[::1]:1", "[::ffff:127.0.0.1]:1"}) {
    EXPECT_TRUE(parse_listen(loopback).value().loopback) << loopback;
  }
  for (const char* open : {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "[fe80::1]:1", "[::ffff:10.0.0.1]:1"}) {
    EXPECT_FALSE(parse_listen(open).value().loopback) << open;
  }
}

TEST(Listen, RefusesNamesAndHalfAddresses) {
  for (const char* text : {"", ":", ":8700", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80x", "localhost:8700", "::1:8700", "[127.0.0.1]:8700", "[]:1", "127.1:1"}) {
    EXPECT_FALSE(parse_listen(text)) << text;
  }
}

}  // namespace
}  // namespace dualwrite::config
