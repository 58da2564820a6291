#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A10, ADeltaTokenIsAVersionAndATimeEscapedWithSmallLetters) {
  account("A1");
  const std::string link = track().at("@odata.deltaLink").get<std::string>();
  const std::string token = link.substr(link.find("$deltatoken=") + 12);
  const std::size_t digits = token.find_first_not_of("0123456789");
  EXPECT_GT(digits, 0U);
  EXPECT_EQ(token.substr(digits), "%2103%2f04%2f2026%2005%3a06%3a07");
}

TEST_F(A10, FirstReadGivesAllRowsAndADeltaLink) {
  account("A1");
  const http::Response response = dv("GET", "accounts?$select=name", {}, {{"Prefer", "odata.track-changes"}});
  const json body = json::parse(response.body);
  EXPECT_EQ(response.headers.get("Preference-Applied"), "odata.track-changes");
  EXPECT_EQ(body["value"].size(), 1U);
  EXPECT_NE(body["@odata.deltaLink"].get<std::string>().find("accounts?$select=name&$deltatoken="), std::string::npos);
}

TEST_F(A10, DeltaGivesChangedRowsInTheOrderOfTheirVersions) {
  const std::string first = account("A1");
  account("A2");
  const std::string link = delta_link(track());
  const std::string third = account("A3");
  dv("PATCH", "accounts(" + first + ")", R"({"name":"B"})");
  const json delta = dv_get(link);
  EXPECT_EQ(delta["@odata.context"], "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name)/$delta");
  ASSERT_EQ(delta["value"].size(), 2U);
  EXPECT_EQ(delta["value"][0]["accountid"], third);
  EXPECT_EQ(delta["value"][1]["accountid"], first);
  EXPECT_EQ(delta["value"][1]["name"], "B");
}

TEST_F(A10, ManyEditsOfOneRowAreOneItem) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  for (const char* name : {"B", "C", "D"})
    dv("PATCH", "accounts(" + id + ")", std::string(R"({"name":")") + name + "\"}");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 1U);
  EXPECT_EQ(delta["value"][0]["name"], "D");
}

TEST_F(A10, DeletionsComeLastWithTheBareGuid) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  dv("DELETE", "accounts(" + id + ")");
  account("A2");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 2U);
  const json& deleted = delta["value"][1];
  EXPECT_EQ(deleted["@odata.context"], "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts/$deletedEntity");
  EXPECT_EQ(deleted["id"], id);
  EXPECT_EQ(deleted["reason"], "deleted");
}

TEST_F(A10, CreateAndDeleteBetweenTwoReadsGiveADeletion) {
  const std::string link = delta_link(track());
  const std::string id = account("A1");
  dv("DELETE", "accounts(" + id + ")");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 1U);
  EXPECT_EQ(delta["value"][0]["id"], id);
}

TEST_F(A10, NothingNewGivesAnEmptyPageAndALink) {
  account("A1");
  const json delta = dv_get(delta_link(track()));
  EXPECT_TRUE(delta["value"].empty());
  EXPECT_TRUE(dv_get(delta_link(delta))["value"].empty());
}

TEST_F(A10, ChangesWhileTheFirstPagesAreReadAreInTheDelta) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(account("A" + std::to_string(i)));
  json page = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes,odata.maxpagesize=2"}});
  for (const std::string& id : ids) dv("PATCH", "accounts(" + id + ")", R"({"name":"new"})");
  const std::string late = account("B1");
  while (page.contains("@odata.nextLink")) {
    EXPECT_FALSE(page.contains("@odata.deltaLink"));
    page = dv_get(below_root(page["@odata.nextLink"].get<std::string>()),
                  {{"Prefer", "odata.track-changes,odata.maxpagesize=2"}});
  }
  EXPECT_EQ(dv_get(delta_link(page))["value"].size(), 7U);
}

TEST_F(A10, DeltaPagesGiveEveryChangeOnce) {
  const std::string link = delta_link(track());
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(account("A" + std::to_string(i)));
  dv("DELETE", "accounts(" + ids[0] + ")");
  json page = dv_get(link, {{"Prefer", "odata.maxpagesize=2"}});
  std::size_t items = page["value"].size();
  while (page.contains("@odata.nextLink")) {
    page = dv_get(below_root(page["@odata.nextLink"].get<std::string>()), {{"Prefer", "odata.maxpagesize=2"}});
    items += page["value"].size();
  }
  EXPECT_EQ(items, 5U);
  EXPECT_TRUE(dv_get(delta_link(page))["value"].empty());
}

TEST_F(A10, OtherQueryOptionsAreRefused) {
  for (const char* option : {"$filter=name eq 'A'", "$orderby=name", "$expand=msdyn_company", "$top=5"}) {
    const http::Response response =
        dv("GET", std::string("accounts?") + option, {}, {{"Prefer", "odata.track-changes"}});
    EXPECT_EQ(response.status, 400) << option;
    EXPECT_NE(message_of(response).find("query parameter isn't supported when Change Tracking is enabled."),
              std::string::npos);
  }
}

TEST_F(A10, TokenExpiresAfterSevenDays) {
  const std::string link = delta_link(track());
  clock.advance(std::chrono::days(7) + std::chrono::seconds(2));
  dataverse_token = token("http://127.0.0.1:8701");
  const http::Response response = dv("GET", link);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80044352");
}

TEST_F(A10, TokensCanBeMadeToExpire) {
  const std::string link = delta_link(track());
  dataverse.expire_delta_tokens();
  EXPECT_EQ(code_of(dv("GET", link)), "0x80044352");
  EXPECT_EQ(dv("GET", delta_link(track())).status, 200);
}

TEST_F(A10, CountOfPendingChanges) {
  const std::string link = delta_link(track());
  account("A1");
  const std::string token_option = link.substr(link.find("$deltatoken"));
  EXPECT_EQ(dv("GET", "accounts/$count?" + token_option).body, "1");
}

TEST_F(A10, RolledBackWritesLeaveNoTrace) {
  const std::string link = delta_link(track());
  dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "accounts", R"({"nonsense":1})", 0, "2")});
  EXPECT_TRUE(dv_get(link)["value"].empty());
}

TEST_F(A10, TrackedPagesSaySoInTheirCookieAndEndInADeltaLink) {
  account("A1");
  account("A2");
  const json first = dv_get("accounts?$select=name", {{"Prefer", "odata.track-changes,odata.maxpagesize=1"}});
  EXPECT_FALSE(first.contains("@odata.deltaLink"));
  const std::string link = first["@odata.nextLink"].get<std::string>();
  EXPECT_TRUE(link.ends_with("%22%20istracking=%22True%22%20/%3E")) << link;
  const json second = dv_get(below_root(link), {{"Prefer", "odata.maxpagesize=1"}});
  EXPECT_FALSE(second.contains("@odata.nextLink"));
  EXPECT_TRUE(second.contains("@odata.deltaLink"));
}

TEST_F(A10, AnswerSaysThatChangesAreTracked) {
  EXPECT_EQ(dv("GET", "accounts", {}, {{"Prefer", "odata.track-changes"}}).headers.get("Preference-Applied"),
            "odata.track-changes");
}

TEST_F(A10, DeltaContextAndDeletedItemsHaveTheirDocumentedBytes) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  dv("DELETE", "accounts(" + id + ")");
  const http::Response response = dv("GET", link);
  EXPECT_TRUE(response.body.starts_with(
      R"({"@odata.context":"http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name)/$delta",)"
      R"("@odata.deltaLink":"http://127.0.0.1:8701/api/data/v9.2/accounts?$select=name&$deltatoken=)"))
      << response.body;
  EXPECT_TRUE(response.body.ends_with(
      R"("value":[{"@odata.context":"http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts/$deletedEntity","id":")" +
      id + R"(","reason":"deleted"}]})"))
      << response.body;
}

TEST_F(A10, ChangeOfAColumnThatIsNotSelectedCounts) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  dv("PATCH", "accounts(" + id + ")", R"({"telephone1":"1"})");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 1U);
  EXPECT_FALSE(delta["value"][0].contains("telephone1"));
}

TEST_F(A10, DeltaNeedsNoPreference) {
  const std::string link = delta_link(track());
  EXPECT_FALSE(dv("GET", link).headers.has("Preference-Applied"));
  EXPECT_TRUE(dv_get(link).contains("@odata.deltaLink"));
}

TEST_F(A10, SameLinkGivesTheSameAgain) {
  const std::string link = delta_link(track());
  account("A1");
  EXPECT_EQ(dv_get(link)["value"], dv_get(link)["value"]);
}

TEST_F(A10, TableWithoutChangeTrackingRefusesIt) {
  const http::Response response = dv("GET", "serviceendpoints", {}, {{"Prefer", "odata.track-changes"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80072491");
  EXPECT_EQ(
      dv_get("EntityDefinitions(LogicalName='serviceendpoint')?$select=ChangeTrackingEnabled")["ChangeTrackingEnabled"],
      false);
}

TEST_F(A10, StatusOfAnExpiredTokenIsASwitch) {
  for (const int status : {400, 404, 410, 500}) {
    dataverse.state().switches.expired_delta_status = status;
    const std::string link = delta_link(track());
    clock.advance(std::chrono::hours(24 * 7) + std::chrono::seconds(1));
    dataverse_token = token("http://127.0.0.1:8701");
    const http::Response response = dv("GET", link);
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(code_of(response), "0x80044352");
    EXPECT_EQ(message_of(response),
              "Version stamp associated with the client has expired. Please perform a full sync.");
  }
}

TEST_F(A10, LifeOfATokenIsASwitch) {
  dataverse.state().switches.delta_token_days = 30;
  const std::string link = delta_link(track());
  clock.advance(std::chrono::hours(24 * 29));
  dataverse_token = token("http://127.0.0.1:8701");
  EXPECT_EQ(dv("GET", link).status, 200);
}

TEST_F(A10, BrokenTokensAre400) {
  for (const std::string token : {"", "abc", "5", "5!", "5!yesterday", "x!03/04/2026 05:06:07"}) {
    EXPECT_EQ(dv("GET", "accounts?$deltatoken=" + odata::percent_encode(token)).status, 400) << token;
  }
}

TEST_F(A10, RowThatComesAndGoesAndComesAgainIsThere) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  dv("DELETE", "accounts(" + id + ")");
  dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 1U) << delta;
  EXPECT_EQ(delta["value"][0]["name"], "B");
}

TEST_F(A10, DeltaPagesSayThatTheyHonouredThePageSize) {
  const std::string link = delta_link(track());
  for (const char* number : {"A1", "A2", "A3"}) account(number);
  const http::Response page = dv("GET", link, {}, {{"Prefer", "odata.maxpagesize=2"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.get("Preference-Applied"), "odata.maxpagesize=2");
}

TEST_F(A10, RowThatGoesTwiceIsDeletedOnce) {
  const std::string id = account("A1");
  const std::string link = delta_link(track());
  dv("DELETE", "accounts(" + id + ")");
  dv("PATCH", "accounts(" + id + ")", R"({"name":"B"})");
  dv("DELETE", "accounts(" + id + ")");
  const json delta = dv_get(link);
  ASSERT_EQ(delta["value"].size(), 1U) << delta;
  EXPECT_EQ(delta["value"][0]["id"], id);
  EXPECT_EQ(delta["value"][0]["reason"], "deleted");
}

}  // namespace
}  // namespace dualwrite::sandbox
