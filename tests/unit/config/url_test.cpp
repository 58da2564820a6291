#include "config/url.hpp"

#include <gtest/gtest.h>

namespace dualwrite::config {
namespace {

TEST(Url, AcceptsOriginsWithAndWithoutPort) {
  for (const char* url : {"https://org.crm4.dynamics.com", "https://org.example/", "http://127.0.0.1:8701",
                          "http://[::1]:8701", "http://[::1]", "http://sandbox:1"}) {
    EXPECT_TRUE(is_origin(url)) << url;
  }
}

TEST(Url, RefusesWhatIsMoreOrLessThanAnOrigin) {
  for (const char* url : {"", "org.example", "ftp://org.example", "https://", "https:///", "https://org.example/data",
                          "https://user:pass@org.example", "https://org.example?x", "https://org.example#x",
                          "https://org.example:", "https://org.example:x", "https://[::1", "https://org example"}) {
    EXPECT_FALSE(is_origin(url)) << url;
  }
}

TEST(Url, AcceptsTokenEndpointsButNoUserInformation) {
  EXPECT_TRUE(is_http_url("https://login.microsoftonline.com/tenant/oauth2/v2.0/token"));
  EXPECT_TRUE(is_http_url("http://127.0.0.1:8703/sandbox/oauth2/v2.0/token"));
  EXPECT_FALSE(is_http_url("https://me:secret@login.example/token"));
  EXPECT_FALSE(is_http_url("https://login.example/token#x"));
  EXPECT_FALSE(is_http_url("login.example/token"));
}

}  // namespace
}  // namespace dualwrite::config
