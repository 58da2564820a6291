// Service protection: three limits, each per user and web server in a sliding window.
#include "services/steps.hpp"

namespace dualwrite::sandbox {
namespace {

SandboxSettings limited() {
  SandboxSettings settings;
  settings.dataverse.service_protection = true;
  settings.dataverse.operation_time = std::chrono::milliseconds(100);
  return settings;
}

class A11 : public StepTest {
 protected:
  explicit A11(SandboxSettings given = limited()) : StepTest(std::move(given)) {}
  http::Response who(const std::string& token, HeaderPairs headers = {}) {
    return dataverse.handle(request("GET", "/api/data/v9.2/WhoAmI", "", headers, token, "127.0.0.1:8701"));
  }
  http::Response who() { return who(dataverse_token); }
  void ask(int times) {
    for (int i = 0; i < times; ++i) ASSERT_EQ(who().status, 200) << i;
  }
};

class A11Off : public StepTest {};

TEST_F(A11Off, NothingIsLimitedByDefault) {
  for (int i = 0; i < 6100; ++i) ASSERT_EQ(dv("GET", "WhoAmI").status, 200);
  EXPECT_FALSE(dv("GET", "WhoAmI").headers.has("x-ms-ratelimit-burst-remaining-xrm-requests"));
}

TEST_F(A11, The6001stRequestWithin300SecondsIs429) {
  dataverse.state().switches.operation_time = std::chrono::milliseconds(0);
  ask(6000);
  const http::Response refused = who();
  ASSERT_EQ(refused.status, 429);
  EXPECT_EQ(
      refused.body,
      R"({"error":{"code":"0x80072322","message":"Number of requests exceeded the limit of 6000 over time window )"
      R"(of 300 seconds."}})");
  EXPECT_EQ(refused.headers.get("Retry-After"), "300");
}

TEST_F(A11, TheWindowSlides) {
  dataverse.state().switches.protection_requests = 3;
  ask(2);
  clock.advance(std::chrono::seconds(200));
  ask(1);
  const http::Response refused = who();
  EXPECT_EQ(refused.headers.get("Retry-After"), "100");
  clock.advance(std::chrono::seconds(100));
  ask(2);
  EXPECT_EQ(who().status, 429);
}

TEST_F(A11, SendingWhileThrottledLengthensRetryAfter) {
  dataverse.state().switches.protection_requests = 1;
  ask(1);
  clock.advance(std::chrono::seconds(200));
  EXPECT_EQ(who().headers.get("Retry-After"), "100");
  EXPECT_EQ(who().headers.get("Retry-After"), "101");
  EXPECT_EQ(who().headers.get("Retry-After"), "102");
  clock.advance(std::chrono::seconds(100));
  EXPECT_EQ(who().status, 429);
  clock.advance(std::chrono::seconds(3));
  EXPECT_EQ(who().status, 200);
}

TEST_F(A11, CombinedExecutionTimeIsLimited) {
  ask(12000 / 2);  // 600 s of the 1,200, by the model of 100 ms each
  dataverse.state().switches.protection_requests = 100000;
  ask(6000);
  const http::Response refused = who();
  ASSERT_EQ(refused.status, 429);
  EXPECT_EQ(code_of(refused), "0x80072321");
  EXPECT_EQ(message_of(refused),
            "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of "
            "300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again "
            "later.");
}

TEST_F(A11, ConcurrentRequestsAreLimitedTo52) {
  sync_step("Create");
  std::vector<std::shared_ptr<Pending>> open;
  for (int i = 0; i < 52; ++i) open.push_back(begin("POST", "accounts", R"({"name":"x"})"));
  const http::Response refused = who();
  ASSERT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body,
            R"({"error":{"code":"0x80072326","message":"Number of concurrent requests exceeded the limit of 52."}})");
  EXPECT_TRUE(refused.headers.has("Retry-After"));
  answer(0);
  EXPECT_EQ(who().status, 200);
}

TEST_F(A11, EachUserHasLimitsOfItsOwn) {
  dataverse.state().switches.protection_requests = 1;
  ask(1);
  EXPECT_EQ(who().status, 429);
  EXPECT_EQ(who(token("http://127.0.0.1:8701", "editor", "editor-secret")).status, 200);
}

TEST_F(A11, ABatchIsOneRequest) {
  dataverse.state().switches.protection_requests = 2;
  EXPECT_EQ(dv_batch({part("GET", "WhoAmI"), part("GET", "WhoAmI"), part("GET", "WhoAmI")}).status, 200);
  EXPECT_EQ(who().status, 200);
  EXPECT_EQ(who().status, 429);
}

TEST_F(A11, TheExecutionTimeOfABatchIsChargedInFull) {
  dv_batch({part("GET", "WhoAmI"), part("GET", "WhoAmI"), part("GET", "WhoAmI")});
  EXPECT_EQ(who().headers.get("x-ms-ratelimit-time-remaining-xrm-requests"), "1,199.60");
}

TEST_F(A11, NormalResponsesTellWhatIsLeft) {
  const http::Response first = who();
  EXPECT_EQ(first.headers.get("x-ms-ratelimit-burst-remaining-xrm-requests"), "5999");
  EXPECT_EQ(first.headers.get("x-ms-ratelimit-time-remaining-xrm-requests"), "1,199.90");
  EXPECT_EQ(first.headers.get("x-ms-dop-hint"), "4");
}

TEST_F(A11, TheTimeOfASynchronousStepIsChargedToItsCaller) {
  dataverse.state().switches.operation_time = std::chrono::milliseconds(0);
  sync_step("Create");
  const auto create = begin("POST", "accounts", R"({"name":"x"})");
  clock.advance(std::chrono::seconds(10));
  answer(0);
  EXPECT_EQ(create->response->headers.get("x-ms-ratelimit-time-remaining-xrm-requests"), "1,190.00");
}

TEST_F(A11, ARefusedRequestIsNotCarriedOut) {
  dataverse.state().switches.protection_requests = 1;
  ask(1);
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"x"})").status, 429);
  EXPECT_TRUE(dataverse.state().table("account").rows().empty());
}

SandboxSettings several_servers() {
  SandboxSettings settings = limited();
  settings.dataverse.web_servers = 2;
  settings.dataverse.protection_requests = 2;
  return settings;
}

class A11Servers : public A11 {
 protected:
  A11Servers() : A11(several_servers()) {}
};

TEST_F(A11Servers, TheCookieBindsAClientToOneServerAndItsLimits) {
  const http::Response first = who();
  const std::string cookie(first.headers.get("Set-Cookie"));
  ASSERT_TRUE(cookie.starts_with("ARRAffinity=")) << cookie;
  const std::string back = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(who(dataverse_token, {{"Cookie", back}}).status, 200);
  EXPECT_EQ(who(dataverse_token, {{"Cookie", back}}).status, 429);
}

TEST_F(A11Servers, WithoutCookiesTheLoadSpreads) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(who().status, 200) << i;
  EXPECT_EQ(who().status, 429);
}

}  // namespace
}  // namespace dualwrite::sandbox
