#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class SandboxControl : public SandboxTest {
 protected:
  http::Response call(const std::string& method, const std::string& path, const std::string& body = {}) {
    return control(Controlled{&dataverse, &finops, &tokens, nullptr, nullptr, nullptr, {}},
                   http::Request(method, "/_sandbox/" + path, {}, body));
  }
};

TEST_F(SandboxControl, StatsCountRequestsByServiceAndKind) {
  customer("C1");
  fo_batch({part("GET", "Currencies"), part("GET", "Currencies")});
  dv("GET", "WhoAmI");
  const json stats = json::parse(call("GET", "stats").body);
  EXPECT_EQ(stats["requests"]["finops"], (json{{"$batch", 1}, {"GET", 2}, {"POST", 1}}));
  EXPECT_EQ(stats["requests"]["dataverse"], (json{{"GET", 1}}));
  EXPECT_EQ(stats["rows"]["finops"]["CustomersV3"], 1);
}

TEST_F(SandboxControl, SubscribingTwiceKeepsTheLastHeaders) {
  EXPECT_EQ(call("POST", "finops/notify", R"({"url":"http://127.0.0.1:1/x","headers":{"x-dualwrite-key":"a"}})").status,
            204);
  EXPECT_EQ(call("POST", "finops/notify", R"({"url":"http://127.0.0.1:1/x","headers":{"x-dualwrite-key":"b"}})").status,
            204);
  customer("C1");
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].headers.get("x-dualwrite-key"), "b");
  EXPECT_EQ(call("DELETE", "finops/notify").status, 204);
  customer("C2");
  EXPECT_EQ(notices.size(), 1U);
}

TEST_F(SandboxControl, SubscriptionNeedsAUrl) {
  EXPECT_EQ(call("POST", "finops/notify", R"({"url":"here"})").status, 400);
  EXPECT_EQ(call("POST", "finops/notify", "nonsense").status, 400);
}

TEST_F(SandboxControl, TokensCanBeRevoked) {
  EXPECT_EQ(call("POST", "tokens/revoke").status, 204);
  EXPECT_EQ(dv("GET", "WhoAmI").status, 401);
}

TEST_F(SandboxControl, UnknownPathIs404) {
  EXPECT_EQ(call("GET", "nonsense").status, 404);
}

}  // namespace
}  // namespace dualwrite::sandbox
