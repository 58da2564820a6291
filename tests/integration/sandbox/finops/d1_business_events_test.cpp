#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

class D1Subscriber : public FinopsTest {
 protected:
  D1Subscriber() {
    finops::Subscriber subscriber;
    subscriber.url = "http://127.0.0.1:9999/ingest";
    subscriber.headers.add("x-dualwrite-key", "k");
    finops.state().subscribers.push_back(std::move(subscriber));
  }
};

TEST_F(D1Subscriber, EveryCommittedWriteIsANotice) {
  customer("C1");
  fo("PATCH", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true", R"({"OrganizationName":"B"})");
  fo("DELETE", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true");
  ASSERT_EQ(notices.size(), 3U);
  EXPECT_EQ(json::parse(notices[0].body)["Operation"], "Created");
  EXPECT_EQ(json::parse(notices[1].body)["Operation"], "Updated");
  EXPECT_EQ(json::parse(notices[2].body)["Operation"], "Deleted");
}

TEST_F(D1Subscriber, NoticeHasTheShapeOfABusinessEvent) {
  customer("C1");
  const json body = json::parse(notices.at(0).body);
  EXPECT_EQ(notices[0].url, "http://127.0.0.1:9999/ingest");
  EXPECT_EQ(notices[0].headers.get("x-dualwrite-key"), "k");
  EXPECT_EQ(body["BusinessEventId"], "DualwriteRecordChanged");
  EXPECT_EQ(body["BusinessEventLegalEntity"], "usmf");
  EXPECT_EQ(body["EventTimeIso8601"], "2026-03-04T05:06:07.8900000Z");
  EXPECT_TRUE(guid_bytes(body["EventId"].get<std::string>()));
  EXPECT_TRUE(guid_bytes(body["InitiatingUserAADObjectId"].get<std::string>()));
  EXPECT_EQ(body["InitiatingUserAADObjectId"].get<std::string>().front(), '{');
  EXPECT_EQ(body["Entity"], "CustomersV3");
  EXPECT_EQ(body["Key"], (json{{"dataAreaId", "usmf"}, {"CustomerAccount", "C1"}}));
}

TEST_F(D1Subscriber, ControlNumbersRise) {
  customer("C1");
  customer("C2");
  EXPECT_LT(json::parse(notices.at(0).body)["ControlNumber"].get<std::int64_t>(),
            json::parse(notices.at(1).body)["ControlNumber"].get<std::int64_t>());
}

TEST_F(D1Subscriber, WritesThatFailOrChangeNothingAreNoNotice) {
  customer("C1");
  notices.clear();
  fo("POST", "CustomersV3", R"({"dataAreaId":"usmf","CustomerAccount":"C1","OrganizationName":"A"})");
  fo("PATCH", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true",
     R"({"OrganizationName":"Name of C1"})");
  fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0, "1"), part("POST", "Currencies", "{}", 0, "2")});
  EXPECT_TRUE(notices.empty());
}

}  // namespace
}  // namespace dualwrite::sandbox
