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

TEST_F(SandboxControl, RowsOfACompanyWithoutARightAreAbsentAndNotRefused) {
  customer("C1", "usmf");
  customer("C2", "ussi");
  const std::string take = R"({"client":"dualwrite","company":"USSI","allowed":false})";
  EXPECT_EQ(call("POST", "finops/rights", take).status, 204);
  const json list = fo_get("CustomersV3?cross-company=true&$count=true");
  EXPECT_EQ(list["@odata.count"], 1);
  EXPECT_EQ(list["value"].size(), 1U);
  EXPECT_EQ(fo_get("CustomersV3?cross-company=true&$filter=CustomerAccount eq 'C2'")["value"].size(), 0U);
  const std::string row = "CustomersV3(dataAreaId='ussi',CustomerAccount='C2')?cross-company=true";
  EXPECT_EQ(fo("GET", row).status, 404);
  EXPECT_EQ(fo("PATCH", row, R"({"OrganizationName":"x"})").status, 404);
  EXPECT_EQ(fo("DELETE", row).status, 404);
  const http::Response created = fo("POST", "CustomersV3", R"({"dataAreaId":"ussi","CustomerAccount":"C3"})");
  EXPECT_EQ(created.status, 400);
  EXPECT_EQ(call("POST", "finops/rights", R"({"client":"dualwrite","company":"ussi","allowed":true})").status, 204);
  EXPECT_EQ(fo_get("CustomersV3?cross-company=true")["value"].size(), 2U);
}

TEST_F(SandboxControl, ARightNeedsAKnownClientAndCompany) {
  EXPECT_EQ(call("POST", "finops/rights", R"({"client":"dualwrite","company":"none","allowed":false})").status, 404);
  EXPECT_EQ(call("POST", "finops/rights", R"({"client":"nobody","company":"usmf","allowed":false})").status, 404);
  EXPECT_EQ(call("POST", "finops/rights", R"({"client":"dualwrite","company":"usmf"})").status, 400);
}

TEST_F(SandboxControl, UnknownPathIs404) {
  EXPECT_EQ(call("GET", "nonsense").status, 404);
}

}  // namespace
}  // namespace dualwrite::sandbox
