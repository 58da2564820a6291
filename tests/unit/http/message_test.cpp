#include "dualwrite/http/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dualwrite::http {
namespace {

TEST(Headers, FindsTheFirstFieldWhateverItsCase) {
  const Headers headers{{"ETag", "W/\"1\""}, {"X-A", "1"}, {"x-a", "2"}};

  EXPECT_EQ(headers.get("etag"), "W/\"1\"");
  EXPECT_EQ(headers.get("X-a"), "1");
  EXPECT_TRUE(headers.has("ETAG"));
  EXPECT_FALSE(headers.has("ETag2"));
  EXPECT_EQ(headers.get("absent"), "");
}

TEST(Headers, SetReplacesEveryFieldOfThatNameByOneInTheFirstsPlace) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}};

  headers.set("a", "new");
  headers.set("D", "6");

  const std::vector<std::pair<std::string, std::string>> expected{{"A", "new"}, {"B", "2"}, {"C", "4"}, {"D", "6"}};
  EXPECT_EQ(headers.fields(), expected);
}

TEST(Url, IsTakenApart) {
  Url url;

  ASSERT_TRUE(parse_url("HTTPS://Org.CRM.dynamics.com/api/data/v9.2?$top=1#part", url));
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "org.crm.dynamics.com");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.path, "/api/data/v9.2?$top=1");
  EXPECT_EQ(origin_of(url), "https://org.crm.dynamics.com");

  ASSERT_TRUE(parse_url("http://127.0.0.1:8080", url));
  EXPECT_EQ(url.port, "8080");
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(origin_of(url), "http://127.0.0.1:8080");

  ASSERT_TRUE(parse_url("http://[::1]:0080?x=1", url));
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, "80");
  EXPECT_EQ(url.path, "/?x=1");
  EXPECT_EQ(origin_of(url), "http://[::1]");
}

TEST(Url, RefusesWhatIsNotAnAbsoluteHttpUrl) {
  for (const char* text :
       {"", "/path", "ftp://host/", "http:/host", "http://", "http:///path", "http://user:pw@host/", "http://host:0/",
        "http://host:65536/", "http://host:8x/", "http://ho st/", "http://host/a b", "http://[::1", "http://[abc]/",
        "http://host/\r\nX: y", "http://[::1]x/", "https://host:123456/"}) {
    Url url;
    EXPECT_FALSE(parse_url(text, url)) << text;
  }
}

TEST(ReasonPhrase, IsKnownForStandardStatusesOnly) {
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(412), "Precondition Failed");
  EXPECT_EQ(reason_phrase(429), "Too Many Requests");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  EXPECT_EQ(reason_phrase(299), "");
  EXPECT_EQ(reason_phrase(0), "");
  EXPECT_EQ(reason_phrase(999), "");
}

}  // namespace
}  // namespace dualwrite::http
