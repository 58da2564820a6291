#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Journal : public ApiTest {};

TEST_F(Journal, ConflictsAreTheLinesOfLostValuesWithTheirDetailAsMembers) {
  const http::Response response = get("/api/v1/conflicts");
  const nlohmann::json conflict = parsed(response).at("items").at(0);

  EXPECT_EQ(parsed(response).at("items").size(), 1U);
  EXPECT_EQ(conflict.at("column"), "CreditLimit");
  EXPECT_EQ(conflict.at("side"), "finops");
  EXPECT_EQ(conflict.at("rule"), "newest-wins/tie-break");
  EXPECT_EQ(conflict.at("type"), "update_differing");
  EXPECT_EQ(conflict.at("lostTime").at("from"), nullptr);
  EXPECT_EQ(conflict.at("wonTime").at("source"), "stamp");
  EXPECT_EQ(conflict.at("finopsToken"), "W/\"1\"");
  EXPECT_EQ(conflict.at("dataverseToken"), nullptr);
  EXPECT_THAT(response.body, HasSubstr(R"("lost":1.50,"won":12345678901234567890.10)")) << "digits are kept";
}

TEST_F(Journal, AConflictKeepsAnEmptyStringThatLost) {
  control.lines[1].detail = R"({"lost":"","won":null})";

  const nlohmann::json conflict = parsed(get("/api/v1/conflicts")).at("items").at(0);

  EXPECT_EQ(conflict.at("lost"), "");
  EXPECT_EQ(conflict.at("won"), nullptr);
  EXPECT_EQ(conflict.at("type"), nullptr) << "a line from before there were types";
  EXPECT_EQ(conflict.at("lostTime"), nullptr);
}

TEST_F(Journal, ActivityIsFilteredByMapKeyAndKind) {
  EXPECT_EQ(parsed(get("/api/v1/activity")).at("items").size(), 2U);
  EXPECT_EQ(parsed(get("/api/v1/activity?kind=updated")).at("items").size(), 1U);
  EXPECT_EQ(parsed(get("/api/v1/activity?key=USMF%7CUS-001&map=customers")).at("items").size(), 2U);
  EXPECT_EQ(parsed(get("/api/v1/activity?key=usmf%7Cus-002")).at("items").size(), 0U);
  EXPECT_THAT(problem(get("/api/v1/activity?kind=upset"), 400), HasSubstr("created, updated, deleted, lost, echo"));
  EXPECT_THAT(get("/api/v1/activity").body, HasSubstr(R"("CreditLimit":{"from":1.50,"to":2.50})"));
}

TEST_F(Journal, ExplainsARecordWhateverTheCaseOfItsKey) {
  const http::Response response = get("/api/v1/records/customers/USMF%7CUS-001");
  const nlohmann::json record = parsed(response);

  EXPECT_THAT(control.calls, ElementsAre("explain customers usmf|us-001"));
  EXPECT_EQ(record.at("present"), nlohmann::json({{"finops", true}, {"dataverse", false}}));
  EXPECT_EQ(record.at("columns").at(0).at("dataverse"), nullptr);
  EXPECT_EQ(record.at("journal").size(), 2U);
  EXPECT_EQ(record.at("deadLetters").at(0).at("id"), 7);
  EXPECT_THAT(response.body, HasSubstr("\"agreed\":12345678901234567890.10"));
}

TEST_F(Journal, ARecordOfWhichNothingIsKnownIsNotFound) {
  control.record.reset();

  EXPECT_THAT(problem(get("/api/v1/records/customers/x"), 404), HasSubstr("nothing is known of x"));
}

}  // namespace
}  // namespace dualwrite::test
