#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DeadLetters : public ApiTest {};

TEST_F(DeadLetters, AreFilteredByMapStateAndClass) {
  EXPECT_EQ(parsed(get("/api/v1/dead-letters?map=customers&state=open&class=refused")).at("items").size(), 1U);
  EXPECT_EQ(parsed(get("/api/v1/dead-letters?map=vendors")).at("items").size(), 0U);
  EXPECT_EQ(parsed(get("/api/v1/dead-letters?state=resolved")).at("items").size(), 0U);
  EXPECT_EQ(parsed(get("/api/v1/dead-letters?class=duplicate")).at("items").size(), 0U);
}

TEST_F(DeadLetters, ComeInPagesThatSayWhereTheNextOneBegins) {
  store::DeadLetter older = control.letters.front();
  older.id = store::DeadLetterId(3);
  control.letters.push_back(older);

  const nlohmann::json first = parsed(get("/api/v1/dead-letters?limit=1"));
  EXPECT_EQ(first.at("items").at(0).at("id"), 7);
  EXPECT_EQ(first.at("nextBefore"), 7);

  const nlohmann::json second = parsed(get("/api/v1/dead-letters?limit=10&before=7"));
  EXPECT_EQ(second.at("items").at(0).at("id"), 3);
  EXPECT_EQ(second.at("nextBefore"), nullptr);
}

TEST_F(DeadLetters, KeepTheDigitsOfNumbersInRows) {
  EXPECT_THAT(get("/api/v1/dead-letters/7").body, HasSubstr("\"CreditLimit\":12345678901234567890.10"));
  EXPECT_EQ(parsed(get("/api/v1/dead-letters/7")).at("dataverseRow"), nullptr);
}

TEST_F(DeadLetters, ThatDoNotExistAreNotFound) {
  EXPECT_THAT(problem(get("/api/v1/dead-letters/8"), 404), HasSubstr("there is no dead letter 8"));
  EXPECT_THAT(problem(get("/api/v1/dead-letters/seven"), 400), HasSubstr("a number from 1 on"));
  EXPECT_THAT(problem(get("/api/v1/dead-letters/0"), 400), HasSubstr("a number from 1 on"));
}

TEST_F(DeadLetters, AreReplayedOneByOneWithTheirOutcome) {
  EXPECT_EQ(parsed(post("/api/v1/dead-letters/7/replay")), nlohmann::json({{"id", 7}, {"outcome", "resolved"}}));

  control.outcome = sync::ReplayOutcome::refused;
  EXPECT_EQ(parsed(post("/api/v1/dead-letters/7/replay")).at("outcome"), "refused");
}

TEST_F(DeadLetters, AreResolvedByTheSideThatCounts) {
  EXPECT_THAT(problem(post("/api/v1/dead-letters/7/resolve", "{}"), 400), HasSubstr("winner"));
  EXPECT_THAT(problem(post("/api/v1/dead-letters/7/resolve", R"({"winner":"both"})"), 400),
              HasSubstr("winner must be \"finops\" or \"dataverse\""));
  EXPECT_EQ(parsed(post("/api/v1/dead-letters/7/resolve", R"({"winner":"finops"})")),
            nlohmann::json({{"id", 7}, {"outcome", "resolved"}}));
  EXPECT_THAT(control.calls, ElementsAre("resolve 7 finops"));
}

TEST_F(DeadLetters, AreReplayedInBulkByFilterWithOrWithoutABody) {
  const http::Response some = post("/api/v1/dead-letters/replay", R"({"map":"customers","class":"refused"})");
  EXPECT_EQ(some.status, 202);
  EXPECT_EQ(parsed(some), nlohmann::json({{"queued", 1}}));
  EXPECT_EQ(control.last_filter->map, MapId(1));
  EXPECT_EQ(control.last_filter->state, store::DeadLetterState::open);

  EXPECT_EQ(parsed(post("/api/v1/dead-letters/replay")).at("queued"), 1);
  EXPECT_EQ(control.last_filter->map, std::nullopt);
}

TEST_F(DeadLetters, AreDiscardedOnlyWithAReason) {
  EXPECT_THAT(problem(post("/api/v1/dead-letters/7/discard", "{}"), 400), HasSubstr("reason"));
  EXPECT_THAT(problem(post("/api/v1/dead-letters/7/discard", R"({"reason":""})"), 400), HasSubstr("not empty"));

  const nlohmann::json discarded = parsed(post("/api/v1/dead-letters/7/discard", R"({"reason":"test data"})"));

  EXPECT_EQ(discarded.at("state"), "discarded");
  EXPECT_EQ(discarded.at("closedBy"), "test data");
  EXPECT_THAT(control.calls, ElementsAre("discard 7 test data"));
}

TEST_F(ApiTest, AnUnknownClassOfDeadLettersIsRefusedWithTheKnownOnes) {
  const http::Response listed = get("/api/v1/dead-letters?class=bogus");

  EXPECT_EQ(listed.status, 400);
  EXPECT_EQ(parsed(listed).at("hint"),
            "choose one of refused, missing-parent, duplicate, unsettled, unmappable, unreadable, key-changed, "
            "conflict, oscillation");
}

}  // namespace
}  // namespace dualwrite::test
