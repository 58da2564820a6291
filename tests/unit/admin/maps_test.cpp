#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ApiTest, ListsMapsInTheirOrder) {
  const nlohmann::json maps = parsed(get("/api/v1/maps"));

  ASSERT_EQ(maps.at("items").size(), 2U);
  EXPECT_EQ(maps.at("items").at(1).at("name"), "vendors");
  EXPECT_EQ(maps.at("items").at(1).at("lastError"), "the delta link has expired");
}

TEST_F(ApiTest, ShowsOneMapWithNullForWhatIsNotKnown) {
  const nlohmann::json map = parsed(get("/api/v1/maps/vendors"));

  EXPECT_EQ(map.at("state"), "paused");
  EXPECT_EQ(map.at("lastScanAt"), nullptr);
  EXPECT_EQ(map.at("reason"), nullptr);
  EXPECT_EQ(map.at("initialSync").at("state"), "never");
}

TEST_F(ApiTest, ActionsAnswerTheMapAfterThem) {
  EXPECT_EQ(parsed(post("/api/v1/maps/vendors/start")).at("state"), "running");
  EXPECT_EQ(parsed(post("/api/v1/maps/vendors/pause")).at("state"), "paused");
  EXPECT_EQ(parsed(post("/api/v1/maps/vendors/stop")).at("state"), "stopped");
  const http::Response resumed = post("/api/v1/maps/vendors/resume");

  EXPECT_EQ(resumed.status, 202) << "it is still catching up";
  EXPECT_THAT(control.calls, ElementsAre("start vendors", "pause vendors", "stop vendors", "resume vendors"));
}

TEST_F(ApiTest, AnUnknownMapIsNamedWithTheNearestOne) {
  EXPECT_THAT(problem(get("/api/v1/maps/custmers"), 404), HasSubstr("did you mean customers?"));
  EXPECT_THAT(problem(get("/api/v1/maps/zzz"), 404), HasSubstr("GET /api/v1/maps lists them"));
  EXPECT_THAT(problem(post("/api/v1/maps/zzz/start"), 404), HasSubstr("there is no map"));
}

TEST_F(ApiTest, AnActionThatTheStateForbidsIsAConflict) {
  control.refusal = Error(Errc::invalid, "customers is stopped", "start it first");

  EXPECT_EQ(problem(post("/api/v1/maps/customers/pause"), 409), "customers is stopped | start it first");
}

TEST_F(ApiTest, InitialSyncBeginsWithTheMasterThatWasNamed) {
  const http::Response begun = post("/api/v1/maps/vendors/initial-sync", R"({"master":"dataverse"})");

  EXPECT_EQ(begun.status, 202);
  EXPECT_EQ(parsed(begun).at("map"), "vendors");
  EXPECT_THAT(control.calls, ElementsAre("initial_sync master=dataverse vendors"));
  EXPECT_EQ(parsed(get("/api/v1/maps/customers/initial-sync")).at("legs").at(0).at("read"), 1200);
}

TEST_F(ApiTest, InitialSyncWithoutAMasterIsRefused) {
  const std::string target = "/api/v1/maps/vendors/initial-sync";

  EXPECT_THAT(problem(post(target), 400), HasSubstr("no body"));
  EXPECT_THAT(problem(post(target, "{}"), 400), HasSubstr("no member \"master\""));
  EXPECT_THAT(problem(post(target, R"({"master":"both"})"), 400), HasSubstr("finops"));
  EXPECT_THAT(control.calls, ElementsAre());
}

}  // namespace
}  // namespace dualwrite::test
