#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace dualwrite::test {
namespace {

using testing::HasSubstr;

class Requests : public ApiTest {};

TEST_F(Requests, ForUnknownPathsPointToTheDescription) {
  for (const char* target : {"/", "/api/v1", "/api/v1/", "/api/v1/maps/", "/api/v2/status", "/api/v1/maps/a/b/c", "x",
                             "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t"}) {
    EXPECT_THAT(problem(get(target), 404), HasSubstr("/api/v1/openapi.json")) << target;
  }
}

TEST_F(Requests, WithTheWrongMethodAreToldTheRightOnes) {
  const http::Response response = send(http::Request("DELETE", "/api/v1/maps/customers/initial-sync"));

  EXPECT_THAT(problem(response, 405), HasSubstr("GET, POST"));
  EXPECT_EQ(response.headers.get("Allow"), "GET, POST");
  EXPECT_EQ(get("/api/v1/dead-letters/replay").headers.get("Allow"), "POST") << "not a dead letter named replay";
}

TEST_F(Requests, WithUnknownParametersAreRefusedWithTheNearestOne) {
  EXPECT_THAT(problem(get("/api/v1/dead-letters?stat=open"), 400), HasSubstr("did you mean state?"));
  EXPECT_THAT(problem(get("/api/v1/dead-letters?zzzzzzz=1"), 400), HasSubstr("map, state, class, before, limit"));
  EXPECT_THAT(problem(get("/api/v1/status?verbose=1"), 400), HasSubstr("it takes none"));
  EXPECT_THAT(problem(get("/api/v1/activity?map=customers&map=vendors"), 400), HasSubstr("twice"));
  EXPECT_THAT(problem(get("/api/v1/activity?map="), 400), HasSubstr("empty"));
  EXPECT_THAT(problem(get("/api/v1/activity?map=%zz"), 400), HasSubstr("cannot be read"));
}

TEST_F(Requests, HaveALimitFromOneToAThousand) {
  EXPECT_EQ(get("/api/v1/activity?limit=1000").status, 200);
  EXPECT_EQ(control.last_filter->limit, 1000U);
  EXPECT_EQ(get("/api/v1/activity").status, 200);
  EXPECT_EQ(control.last_filter->limit, 100U);
  for (const char* limit : {"0", "1001", "-1", "ten", "1.0", "99999999999999999999"}) {
    EXPECT_THAT(problem(get(std::string("/api/v1/activity?limit=") + limit), 400), HasSubstr("from 1 to 1000"))
        << limit;
  }
}

TEST_F(Requests, HaveBodiesOfAMegabyteAtMost) {
  const std::string large(1'100'000, ' ');

  EXPECT_THAT(problem(post("/api/v1/dead-letters/7/discard", large), 413), HasSubstr("1 MB"));
}

TEST_F(Requests, HaveBodiesThatAreJsonObjectsWithKnownMembers) {
  const std::string target = "/api/v1/dead-letters/7/discard";

  EXPECT_THAT(problem(post(target, "{"), 400), HasSubstr("the body, line 1"));
  EXPECT_THAT(problem(post(target, "[]"), 400), HasSubstr("not a JSON object"));
  EXPECT_THAT(problem(post(target, R"({"raeson":"x"})"), 400), HasSubstr("did you mean reason?"));
  EXPECT_THAT(problem(post(target, R"({"reason":1})"), 400), HasSubstr("must be a string"));
  EXPECT_THAT(problem(post(target, R"({"reason":"a","reason":"b"})"), 400), HasSubstr("second time"));
  EXPECT_THAT(problem(post(target, std::string(100'000, '[')), 400), HasSubstr("deeper"));

  http::Request form("POST", target);
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  form.body = R"({"reason":"x"})";
  EXPECT_THAT(problem(send(form), 415), HasSubstr("Content-Type: application/json"));
  form.headers.set("Content-Type", "application/json; charset=utf-8");
  EXPECT_EQ(send(form).status, 200);
}

TEST_F(Requests, HavePathPartsInPercentEncodedUtf8) {
  EXPECT_THAT(problem(get("/api/v1/records/customers/%ff"), 400), HasSubstr("{key}"));
  EXPECT_THAT(problem(get("/api/v1/records/customers/%4"), 400), HasSubstr("{key}"));
  EXPECT_EQ(get("/api/v1/records/customers/a%2Fb").status, 200) << "a slash in a key";
}

}  // namespace
}  // namespace dualwrite::test
