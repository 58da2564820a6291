#include "admin/access.hpp"

#include <gtest/gtest.h>

namespace dualwrite::admin {
namespace {

http::Request request_with(http::Headers headers) {
  return {"POST", "/api/v1/maps/customers/stop", std::move(headers), ""};
}

int status_of(const http::Request& request, const char* key) {
  const auto refusal = refuse_access(request, Secret(key));
  return refusal ? refusal->status : 200;
}

TEST(Access, TakesTheKeyAsBearerTokenOrInItsOwnHeader) {
  EXPECT_EQ(status_of(request_with({{"Authorization", "Bearer s3cret"}}), "s3cret"), 200);
  EXPECT_EQ(status_of(request_with({{"authorization", "bearer s3cret"}}), "s3cret"), 200);
  EXPECT_EQ(status_of(request_with({{"x-dualwrite-key", "s3cret"}}), "s3cret"), 200);
  EXPECT_EQ(status_of(request_with({{"Host", "sync.example.com"}, {"x-dualwrite-key", "s3cret"}}), "s3cret"), 200);
}

TEST(Access, RefusesAMissingOrWrongKeyAndSaysHowToSendIt) {
  EXPECT_EQ(status_of(request_with({}), "s3cret"), 401);
  EXPECT_EQ(status_of(request_with({{"x-dualwrite-key", "wrong"}}), "s3cret"), 401);
  EXPECT_EQ(status_of(request_with({{"Authorization", "Basic s3cret"}}), "s3cret"), 401);

  const auto refusal = refuse_access(request_with({{"x-dualwrite-key", "wrong"}}), Secret("s3cret"));

  EXPECT_EQ(refusal->headers.get("WWW-Authenticate"), "Bearer realm=\"dualwrite\"");
  EXPECT_EQ(refusal->body.find("s3cret"), std::string::npos);
  EXPECT_EQ(refusal->body.find("wrong"), std::string::npos);
  EXPECT_NE(refusal->body.find("--key-file"), std::string::npos);
}

TEST(Access, WithoutAKeyAnswersLoopbackNamesOnly) {
  for (const char* host : {"127.0.0.1:8700", "localhost:8700", "LocalHost", "[::1]:8700", "[::1]"}) {
    EXPECT_EQ(status_of(request_with({{"Host", host}}), ""), 200) << host;
  }
  for (const char* host : {"attacker.example", "127.0.0.1.attacker.example:8700", "10.0.0.1:8700"}) {
    EXPECT_EQ(status_of(request_with({{"Host", host}}), ""), 403) << host;
  }
}

TEST(Access, RefusesWebPagesFromElsewhereEvenWithTheKey) {
  EXPECT_EQ(status_of(request_with({{"Host", "localhost:8700"}, {"Origin", "http://localhost:8700"}}), ""), 200);
  EXPECT_EQ(status_of(request_with({{"Host", "localhost:8700"}, {"Origin", "http://evil.example"}}), ""), 403);
  EXPECT_EQ(status_of(request_with({{"Host", "localhost:8700"}, {"Origin", "null"}}), ""), 403);
  EXPECT_EQ(status_of(request_with({{"Host", "a"}, {"Origin", "https://b"}, {"x-dualwrite-key", "k"}}), "k"), 403);
}

}  // namespace
}  // namespace dualwrite::admin
