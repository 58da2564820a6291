// What is asked of Dataverse so that it calls us: decided from what is there, without any network.
#include "dualwrite/endpoint/webhooks.hpp"

#include <gtest/gtest.h>

namespace dualwrite::endpoint {
namespace {

maps::TableMap customers() {
  maps::TableMap map;
  map.name = "customers";
  map.dataverse_table = "account";
  const auto add = [&](const char* name) {
    maps::Column column;
    column.dataverse = name;
    map.columns.push_back(std::move(column));
  };
  add("name");
  add("msdyn_Company/cdm_companycode");
  add("accountnumber");
  return map;
}

WebhookWish wish(const std::string& url = "https://sync.example.com/") {
  return wish_for("prod", customers(), url, Secret("k<&\">"));
}

std::vector<MessageFilter> all_filters() {
  return {{"Create", "m1", "f1"}, {"Update", "m2", "f2"}, {"Delete", "m3", "f3"}};
}

std::vector<WebhookChange> changes(const WebhookWish& wished, const WebhookService* there, bool renew_key = false) {
  auto decided = changes_to_register(wished, there, all_filters(), renew_key);
  EXPECT_TRUE(decided);
  return decided ? std::move(*decided) : std::vector<WebhookChange>();
}

TEST(Webhooks, AreAServiceEndpointAndAStepForEachMessage) {
  const WebhookWish wished = wish();
  EXPECT_EQ(wished.service.url, "https://sync.example.com/ingest/dataverse");

  const auto all = changes(wished, nullptr);

  ASSERT_EQ(all.size(), 6u);  // the endpoint, three steps, two images
  EXPECT_EQ(all[0].target, "serviceendpoints");
  EXPECT_EQ(all[2].what, "create the step \"dualwrite prod/customers: Update of account\"");
  const std::string& update = all[2].body.reveal();
  EXPECT_NE(update.find(R"("filteringattributes":"accountnumber,msdyn_company,name")"), std::string::npos) << update;
  EXPECT_NE(update.find(R"("mode":1)"), std::string::npos) << update;
  EXPECT_NE(update.find(R"x("sdkmessagefilterid@odata.bind":"/sdkmessagefilters(f2)")x"), std::string::npos) << update;
  EXPECT_EQ(all[1].body.reveal().find("filteringattributes"), std::string::npos);
}

TEST(Webhooks, HoldTheKeyWhereOnlyTheWireSeesIt) {
  const auto all = changes(wish(), nullptr);
  EXPECT_NE(all[0].body.reveal().find("k&lt;&amp;&quot;&gt;"), std::string::npos) << all[0].body.reveal();
  for (const WebhookChange& change : all) EXPECT_EQ(change.what.find("k<"), std::string::npos) << change.what;
}

TEST(Webhooks, ThatAreThereAreLeftAlone) {
  const WebhookWish wished = wish();
  EXPECT_TRUE(changes(wished, &wished.service).empty());
}

TEST(Webhooks, OfAnotherUrlOrKeyAreChangedAndNotMadeAnew) {
  const WebhookService there = wish("http://old.example.com").service;

  const auto moved = changes(wish(), &there);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].method, "PATCH");
  EXPECT_NE(moved[0].body.reveal().find("https://sync.example.com/ingest/dataverse"), std::string::npos);
  EXPECT_EQ(moved[0].body.reveal().find("authvalue"), std::string::npos);

  const WebhookWish same = wish();
  const auto renewed = changes(same, &same.service, true);
  ASSERT_EQ(renewed.size(), 1u);
  EXPECT_NE(renewed[0].body.reveal().find("authvalue"), std::string::npos);
}

TEST(Webhooks, ThatSomebodyChangedAreSetRight) {
  const WebhookWish wished = wish();
  WebhookService there = wished.service;
  there.steps[0].enabled = false;
  there.steps[1].asynchronous = false;
  there.steps[1].columns = "name";
  there.steps[2].images.clear();

  const auto all = changes(wished, &there);

  ASSERT_EQ(all.size(), 4u);
  EXPECT_NE(all[0].what.find("it is turned off"), std::string::npos) << all[0].what;
  EXPECT_NE(all[1].what.find("it is called before the save ends, the columns that it listens to"), std::string::npos)
      << all[1].what;
  EXPECT_NE(all[2].what.find("its image"), std::string::npos) << all[2].what;
  EXPECT_EQ(all[3].target, "sdkmessageprocessingstepimages");
}

TEST(Webhooks, OfATableWithoutTheMessageAreRefusedByName) {
  const auto refused = changes_to_register(wish(), nullptr, {}, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::not_found);
  EXPECT_NE(refused.error().message().find("no message Create of the table account"), std::string::npos);
}

TEST(Webhooks, AreTakenAwayForOneMapAndTheEndpointWithTheLast) {
  maps::TableMap vendors = customers();
  vendors.name = "customers-2";  // a name that begins like the other's
  vendors.dataverse_table = "msdyn_vendor";
  WebhookService there = wish().service;
  for (WebhookStep& step : wish_for("prod", vendors, "https://sync.example.com", Secret()).service.steps) {
    there.steps.push_back(std::move(step));
  }

  const auto of_one = changes_to_unregister("prod", "customers", &there);
  EXPECT_EQ(of_one.size(), 5u);  // two images and three steps
  for (const WebhookChange& change : of_one) {
    EXPECT_EQ(change.what.find("customers-2"), std::string::npos) << change.what;
    EXPECT_FALSE(change.target.starts_with("serviceendpoints")) << change.target;
  }

  std::erase_if(there.steps, [](const WebhookStep& step) { return step.table == "account"; });
  const auto of_last = changes_to_unregister("prod", "customers-2", &there);
  ASSERT_EQ(of_last.size(), 6u);
  EXPECT_EQ(of_last.back().target, "serviceendpoints(" + there.id + ")");
  EXPECT_TRUE(changes_to_unregister("prod", "customers", nullptr).empty());
}

}  // namespace
}  // namespace dualwrite::endpoint
