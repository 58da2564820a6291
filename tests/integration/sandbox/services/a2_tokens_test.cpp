#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class A2 : public SandboxTest {};

TEST_F(A2, NoRefreshTokenIsIssuedForClientCredentials) {
  const http::Response answer = ask_token(
      "grant_type=client_credentials&client_id=dualwrite&client_secret=sandbox-secret"
      "&scope=http%3A%2F%2F127.0.0.1%3A8701%2F.default");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json token = json::parse(answer.body);
  EXPECT_EQ(token["token_type"], "Bearer");
  EXPECT_FALSE(token.contains("refresh_token"));
}

}  // namespace
}  // namespace dualwrite::sandbox
