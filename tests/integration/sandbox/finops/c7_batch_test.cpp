#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(C7, GoesOnAfterAFailureWith200Outside) {
  const http::Response response =
      fo_batch({part("POST", "Currencies", R"({"Name":"none"})"),
                part("POST", "http://127.0.0.1:8702/data/Currencies", R"({"CurrencyCode":"EUR"})"),
                part("GET", "/data/Currencies('EUR')")});
  EXPECT_EQ(response.status, 200);
  const auto parts = parts_of(response);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].status, 400);
  EXPECT_EQ(parts[1].status, 201);
  EXPECT_EQ(parts[2].status, 200);
}

TEST_F(C7, FailedChangeSetIsOneErrorWithTheContentIdOfTheFailure) {
  const auto parts = parts_of(fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0, "1"),
                                        part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0, "2"),
                                        part("POST", "Currencies", R"({"CurrencyCode":"USD"})", 0, "3")}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 400);
  EXPECT_EQ(parts[0].content_id, "2");
  EXPECT_EQ(fo("GET", "Currencies/$count").body, "0");
}

TEST_F(C7, ChangeSetIsAtomicAndAnswersEveryPart) {
  const auto parts = parts_of(
      fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0, "1"),
                part("PATCH", "Currencies('EUR')", R"({"Name":"Euro"})", 0, "2"), part("GET", "Currencies('EUR')")}));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].status, 201);
  EXPECT_EQ(parts[1].status, 204);
  EXPECT_EQ(json::parse(parts[2].body)["Name"], "Euro");
}

TEST_F(C7, UpToFiveThousandParts) {
  std::vector<odata::BatchRequestPart> parts(5001, part("GET", "Currencies('EUR')"));
  EXPECT_EQ(fo_batch(parts).status, 400);
  parts.resize(1500);
  EXPECT_EQ(fo_batch(parts).status, 200);
}

}  // namespace
}  // namespace dualwrite::sandbox
