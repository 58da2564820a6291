// Errors, batches under stress, throttling (C6 to C8).
#include <algorithm>

#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string throttled_body =
    R"({"error":{"code":"","message":"This request could not be processed at this time due to system experiencing )"
    R"(high resource utilization."}})";

TEST_F(C6, ADuplicateNamesTheKeyInAnInfolog) {
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})").body,
            R"({"error":{"code":"","message":"An error has occurred.","innererror":{"message":"Write failed for table )"
            R"(row of type 'CurrencyEntity'. Infolog: Info: Cannot create a record in Currencies (CurrencyEntity). )"
            R"(Currency code: EUR.\nThe record already exists.","type":"Microsoft.Dynamics.Platform.Integration.)"
            R"(Services.OData.AxODataWriteException","stacktrace":"   at Microsoft.Dynamics.Platform.Integration.)"
            R"(Services.OData"}}})");
}

TEST_F(C6, ProductionMayHideTheStackTrace) {
  Switched other([](FinopsSwitches& switches) { switches.stack_traces = false; });
  const json here = json::parse(fo("POST", "Currencies", "{}").body)["error"]["innererror"];
  const json there = json::parse(other.fo("POST", "Currencies", "{}").body)["error"]["innererror"];
  EXPECT_TRUE(here.contains("stacktrace"));
  EXPECT_FALSE(there.contains("stacktrace"));
  EXPECT_EQ(here["message"], there["message"]);
}

TEST_F(C6, InfologEntriesAreJoinedAndPrefixed) {
  EXPECT_EQ(infolog_of(fo("POST", "Currencies", "{}")),
            "Write failed for table row of type 'CurrencyEntity'. Infolog: Error: Field 'CurrencyCode' must be filled "
            "in.; Error: validateWrite failed on data source 'CurrencyEntity (CurrencyEntity)'");
}

TEST_F(C6, AMissingRowIs404WithoutInnerErrorOrWithoutABody) {
  Switched other([](FinopsSwitches& switches) { switches.not_found_has_body = false; });
  const http::Response here = fo("GET", "Currencies('EUR')");
  const http::Response there = other.fo("GET", "Currencies('EUR')");
  EXPECT_EQ(here.status, 404);
  EXPECT_EQ(here.body, R"({"error":{"code":"","message":"No HTTP resource was found that matches the request URI )"
                       R"('http://127.0.0.1:8702/data/Currencies('EUR')'."}})");
  EXPECT_EQ(there.status, 404);
  EXPECT_EQ(there.body, "");
}

TEST_F(C6, AMissingRowIs404ForEveryMethod) {
  EXPECT_EQ(fo("PATCH", "Currencies('EUR')", "{}").status, 404);
  EXPECT_EQ(fo("PUT", "Currencies('EUR')", "{}").status, 404);
  EXPECT_EQ(fo("DELETE", "Currencies('EUR')").status, 404);
}

TEST_F(C6, AnEntityThatNoSecurityRoleOpensIs403) {
  const std::string closed = R"({"client":"dualwrite","entity":"Currencies","allowed":false})";
  EXPECT_EQ(control("POST", "finops/entity-rights", closed).status, 204);
  EXPECT_EQ(fo("GET", "Currencies").status, 403);
  EXPECT_EQ(fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})").status, 403);
  EXPECT_EQ(fo("GET", "CustomersV3").status, 200);
  control("POST", "finops/entity-rights", R"({"client":"dualwrite","entity":"Currencies","allowed":true})");
  EXPECT_EQ(fo("GET", "Currencies").status, 200);
}

TEST_F(C6, AnActionThatFailsIs500) {
  const http::Response failed =
      fo("POST", "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.ExportToPackage",
         R"({"definitionGroupId":"Nope","legalEntityId":"USMF"})");
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(infolog_of(failed),
            "Exception occurred while executing action ExportToPackage on Entity DataManagementDefinitionGroup: The "
            "data project 'Nope' does not exist.");
  EXPECT_EQ(json::parse(failed.body)["error"]["innererror"]["type"], "System.InvalidOperationException");
}

TEST_F(C6, APatchOfACollectionNamesTheSelection) {
  EXPECT_TRUE(infolog_of(fo("PATCH", "Currencies", "{}"))
                  .starts_with("More than one resource was found for selection criteria"));
}

TEST_F(C6, ABodyThatIsNoJsonIs400) {
  EXPECT_EQ(fo("POST", "Currencies", "{\"CurrencyCode\":").status, 400);
  EXPECT_EQ(fo("POST", "Currencies", "[]").status, 400);
}

TEST_F(C7, PartsOfAChangeSetNeedAContentId) {
  const http::Response refused = fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0)});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(fo("GET", "Currencies/$count").body, "0");
}

TEST_F(C7, AJsonBatchIsNotSupported) {
  const http::Response refused = fo("POST", "$batch", R"({"requests":[{"id":"1","method":"get","url":"Currencies"}]})",
                                    {{"Content-Type", "application/json"}});
  EXPECT_EQ(refused.status, 400);
}

TEST_F(C7, ItMayStopBehindAFailure) {
  const std::vector<odata::BatchRequestPart> parts{part("GET", "Nonsense"), part("GET", "Currencies")};
  Switched other([](FinopsSwitches& switches) { switches.batch_goes_on = false; });
  EXPECT_EQ(parts_of(fo_batch(parts)).size(), 2U);
  const http::Response stopped = other.fo_batch(parts);
  EXPECT_EQ(stopped.status, 200);
  EXPECT_EQ(parts_of(stopped).size(), 1U);
  const http::Response preferred =
      other.fo("POST", "$batch", odata::encode_batch_request(parts, "batch_1"),
               {{"Content-Type", "multipart/mixed; boundary=batch_1"}, {"Prefer", "odata.continue-on-error"}});
  EXPECT_EQ(parts_of(preferred).size(), 2U);
}

TEST_F(C7, EachOperationOfAChangeSetHasItsOwnCompany) {
  const auto answers = parts_of(fo_batch(
      {part("POST", "CustomersV3", R"({"dataAreaId":"usmf","CustomerAccount":"A","OrganizationName":"A"})", 0, "1"),
       part("POST", "CustomersV3", R"({"dataAreaId":"ussi","CustomerAccount":"A","OrganizationName":"A"})", 0, "2"),
       part("POST", "CustomersV3", R"({"CustomerAccount":"A","OrganizationName":"A"})", 0, "3")}));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(column("dataAreaId", "CustomersV3?cross-company=true"), "dat,usmf,ussi");
  EXPECT_EQ(answers[1].content_id, "2");
}

TEST_F(C7, IfMatchGuardsAPartOfAChangeSet) {
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})");
  auto stale = part("PATCH", "Currencies('EUR')", R"({"Name":"x"})", 0, "2");
  stale.headers.emplace_back("If-Match", "W/\"old\"");
  const auto answers =
      parts_of(fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"USD"})", 0, "1"), std::move(stale)}));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, 412);
  EXPECT_EQ(fo("GET", "Currencies/$count").body, "1");
}

TEST_F(C7, APartWithoutAChangeSetStandsForItself) {
  const auto answers = parts_of(fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})"),
                                          part("POST", "Currencies", R"({"CurrencyCode":"EUR"})"),
                                          part("GET", "http://127.0.0.1:8702/data/Currencies('EUR')")}));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].status, 201);
  EXPECT_EQ(answers[1].status, 400);
  EXPECT_EQ(answers[2].status, 200);
}

TEST_F(C8, NothingIsThrottledUnlessItIsAskedFor) {
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(fo("GET", "Currencies").status, 200);
}

class C8Busy : public FinopsTest {
 protected:
  static SandboxSettings settings_of(bool says_when) {
    return Switched::with([&](FinopsSwitches& switches) {
      switches.throttle_capacity = 8;
      switches.throttle_retry_after = says_when;
    });
  }
  explicit C8Busy(bool says_when = true) : FinopsTest(settings_of(says_when)) {}
  void priority(const std::string& name) {
    const std::string body = R"({"client":"dualwrite","priority":")" + name + "\"}";
    EXPECT_EQ(control("POST", "finops/apps", body).status, 204);
  }
  /// How many of twenty requests are carried out.
  int admitted() {
    int count = 0;
    for (int i = 0; i < 20; ++i) count += fo("GET", "Currencies").status == 200 ? 1 : 0;
    return count;
  }
};

TEST_F(C8Busy, LowerPrioritiesAreRejectedFirst) {
  priority("Low");
  EXPECT_EQ(admitted(), 4);
  priority("Medium");
  EXPECT_EQ(admitted(), 2);
  priority("High");
  EXPECT_EQ(admitted(), 2);
}

TEST_F(C8Busy, ARejectedRequestIs429WithAMessageAndRetryAfter) {
  admitted();
  clock.advance(std::chrono::seconds(20));
  const http::Response refused = fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body, throttled_body);
  EXPECT_EQ(refused.headers.get("Retry-After"), "40");
}

TEST_F(C8Busy, AfterRetryAfterThereIsRoomAgain) {
  admitted();
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(fo("GET", "Currencies").status, 429);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(fo("GET", "Currencies").status, 200);
}

TEST_F(C8, TheWindowOverWhichLoadIsTakenCanBeShorter) {
  Switched other([](FinopsSwitches& switches) {
    switches.throttle_capacity = 2;
    switches.throttle_window = std::chrono::seconds(5);
  });
  int answered = 0;
  for (int i = 0; i < 3; ++i) answered += other.fo("GET", "Currencies").status == 200 ? 1 : 0;
  EXPECT_EQ(answered, 1) << "medium priority has three quarters of the capacity";
  EXPECT_EQ(other.fo("GET", "Currencies").headers.get("Retry-After"), "5");
  other.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(other.fo("GET", "Currencies").status, 200);
}

class C8Silent : public C8Busy {
 protected:
  C8Silent() : C8Busy(false) {}
};

TEST_F(C8Silent, RetryAfterMayBeMissing) {
  admitted();
  const http::Response refused = fo("GET", "Currencies");
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.headers.has("Retry-After"));
}

TEST_F(C8Busy, PartsOfABatchAreRejectedOneByOneAndTheOuterStatusStays200) {
  const std::vector<odata::BatchRequestPart> gets(8, part("GET", "Currencies"));
  const http::Response answer = fo_batch(gets);
  EXPECT_EQ(answer.status, 200);
  const auto parts = parts_of(answer);
  ASSERT_EQ(parts.size(), 8U);
  EXPECT_EQ(std::ranges::count(parts, 200, &odata::BatchResponsePart::status), 6);
  EXPECT_EQ(parts[7].status, 429);
  EXPECT_EQ(parts[7].body, throttled_body);
  EXPECT_EQ(odata::find_header(parts[7].headers, "Retry-After"), "60");
}

TEST_F(C8Busy, ARejectedPartUndoesItsChangeSet) {
  priority("Low");
  std::vector<odata::BatchRequestPart> posts;
  for (int i = 0; i < 6; ++i) {
    const std::string body = R"({"MeterId":"M)" + std::to_string(i) + "\"}";
    posts.push_back(part("POST", "MeterReadings", body, 0, std::to_string(i + 1)));
  }
  const auto parts = parts_of(fo_batch(posts));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 429);
  EXPECT_EQ(parts[0].content_id, "5");
  priority("High");
  EXPECT_EQ(fo("GET", "MeterReadings/$count").body, "0");
}

TEST_F(C8Busy, OnPremisesIsNotThrottled) {
  admitted();
  EXPECT_EQ(at("GET", "/namespaces/AXSF/data/Currencies").status, 200);
}

TEST_F(C8Busy, DataManagementIsExempt) {
  admitted();
  EXPECT_EQ(fo("POST", "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetExecutionSummaryStatus",
               R"({"executionId":"x"})")
                .status,
            200);
}

TEST_F(C7, WhetherIfMatchCountsWithinAChangeSetIsASwitch) {
  finops.state().switches.change_set_if_match = false;
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})");
  auto stale = part("PATCH", "Currencies('EUR')", R"({"Name":"x"})", 0, "1");
  stale.headers.emplace_back("If-Match", "W/\"old\"");
  auto alone = part("PATCH", "Currencies('EUR')", R"({"Name":"y"})");
  alone.headers.emplace_back("If-Match", "W/\"old\"");
  const auto answers = parts_of(fo_batch({std::move(stale), std::move(alone)}));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].status, 204);
  EXPECT_EQ(answers[1].status, 412) << "outside of a change set it counts all the same";
  EXPECT_EQ(fo_get("Currencies('EUR')")["Name"], "x");
}

}  // namespace
}  // namespace dualwrite::sandbox
