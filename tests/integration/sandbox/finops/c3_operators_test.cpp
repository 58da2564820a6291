// $filter, $orderby and $expand beyond the comparisons of c3_queries_test.cpp.
#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string kind = "Microsoft.Dynamics.DataEntities.TariffKind";

class C3Readings : public FinopsTest {
 protected:
  C3Readings() {
    for (int i = 1; i <= 5; ++i) {
      reading("M" + std::to_string(i),
              R"(,"Visits":)" + std::to_string(i) + R"(,"Quantity":)" + std::to_string(i) + ".5");
    }
  }
  std::string found(const std::string& filter) { return column("MeterId", "MeterReadings?$filter=" + filter); }
  int status(const std::string& filter) { return fo("GET", "MeterReadings?$filter=" + filter).status; }
};

TEST_F(C3Readings, SumsAndDifferencesAreCompared) {
  EXPECT_EQ(found("Visits add 1 eq 3"), "M2");
  EXPECT_EQ(found("Visits sub 1 ge 3"), "M4,M5");
  EXPECT_EQ(found("Quantity sub Visits eq 0.5"), "M1,M2,M3,M4,M5");
}

TEST_F(C3Readings, ProductsAreExact) {
  EXPECT_EQ(found("Quantity mul 3 eq 7.5"), "M2");
  EXPECT_EQ(found("Quantity mul 0.1 eq 0.35"), "M3");
}

TEST_F(C3Readings, DivOfIntegersIsCutAndDivbyIsNot) {
  EXPECT_EQ(found("Visits div 2 eq 1"), "M2,M3");
  EXPECT_EQ(found("Visits divby 2 eq 1.5"), "M3");
  EXPECT_EQ(found("Visits mod 2 eq 1"), "M1,M3,M5");
}

TEST_F(C3Readings, ADivisionByZeroIsTrueForNoRow) {
  EXPECT_EQ(found("Visits div 0 eq 1"), "");
  EXPECT_EQ(found("Visits mod PulseCount eq 0"), "");
}

TEST_F(C3Readings, CalculationsTakeNumbersOnly) {
  EXPECT_EQ(status("MeterId add 1 eq 3"), 400);
  EXPECT_EQ(status("Nonsense add 1 eq 3"), 400);
}

TEST_F(C3Readings, InHasAndLambdasAreRefused) {
  EXPECT_EQ(status("MeterId in ('M1','M2')"), 400);
  EXPECT_EQ(status("Visits has 1"), 400);
  EXPECT_EQ(status("Tariffs/any(t:t/Step eq 1)"), 400);
}

TEST_F(C3Readings, NotAndBracketsBind) {
  EXPECT_EQ(found("not (Visits eq 1 or Visits eq 2) and Visits lt 5"), "M3,M4");
}

TEST_F(C3Readings, TextsAreComparedWithoutRegardToCase) {
  EXPECT_EQ(found("MeterId eq 'm3'"), "M3");
  EXPECT_EQ(found("contains(MeterId,'m4')"), "M4");
  EXPECT_EQ(found("startswith(MeterId,'m')"), "M1,M2,M3,M4,M5");
}

TEST_F(C3Readings, APageIsAsLongAsThePreferenceSays) {
  const json page = fo_get("MeterReadings?$select=MeterId", {{"Prefer", "odata.maxpagesize=2"}});
  EXPECT_EQ(page["value"].size(), 2U);
  EXPECT_NE(page["@odata.nextLink"].get<std::string>().find("$skiptoken="), std::string::npos);
}

TEST_F(C3Readings, TheNextLinkKeepsTheQueryAndIsFollowedVerbatim) {
  std::string seen;
  std::string query = "MeterReadings?$select=MeterId&$orderby=Visits desc&$filter=Visits gt 1";
  while (!query.empty()) {
    const json page = fo_get(query, {{"Prefer", "odata.maxpagesize=3"}});
    for (const json& row : page["value"]) {
      EXPECT_EQ(row.size(), 2U) << row;
      seen += row["MeterId"].get<std::string>();
    }
    query = page.contains("@odata.nextLink") ? below_root(page["@odata.nextLink"]) : std::string();
  }
  EXPECT_EQ(seen, "M5M4M3M2");
}

TEST_F(C3Readings, CountIsAPlainNumber) {
  const http::Response count = fo("GET", "MeterReadings/$count?$filter=Visits le 3");
  EXPECT_EQ(count.body, "3");
  EXPECT_TRUE(count.headers.get("Content-Type").starts_with("text/plain"));
}

TEST_F(C3, AServerPageHasTenThousandRows) {
  for (int i = 0; i < 10001; ++i) reading("R" + std::to_string(i));
  const json page = fo_get("MeterReadings?$select=MeterId");
  EXPECT_EQ(page["value"].size(), 10000U);
  const json rest = fo_get(below_root(page["@odata.nextLink"]));
  EXPECT_EQ(rest["value"].size(), 1U);
  EXPECT_FALSE(rest.contains("@odata.nextLink"));
}

TEST_F(C3, EnumerationsNeedATypedLiteral) {
  tariff("M1", 1);
  EXPECT_EQ(column("Step", "MeterTariffs?$filter=Kind eq " + kind + "'Night'"), "1");
  EXPECT_EQ(column("Step", "MeterTariffs?$filter=Kind ne " + kind + "'Night'"), "");
  EXPECT_EQ(fo("GET", "MeterTariffs?$filter=Kind eq 'Night'").status, 400);
  EXPECT_EQ(fo("GET", "MeterTariffs?$filter=Kind eq Microsoft.Dynamics.DataEntities.NoYes'Yes'").status, 400);
}

TEST_F(C3, EnumerationsCompareForEqualityOnly) {
  EXPECT_EQ(fo("GET", "MeterTariffs?$filter=Kind gt " + kind + "'Day'").status, 400);
  EXPECT_EQ(fo("GET", "MeterTariffs?$filter=Kind eq " + kind + "'Noon'").status, 400);
}

TEST_F(C3, NumbersInAKeyAreOrderedAsNumbers) {
  for (const int step : {10, 9, 100}) tariff("M1", step);
  EXPECT_EQ(column("Step", "MeterTariffs?$orderby=dataAreaId,MeterId,Kind,ValidFrom,Step"), "9,10,100");
}

TEST_F(C3, ExpandOfASingleRowIsInline) {
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})");
  tariff("M1", 1, R"(,"CurrencyCode":"EUR")");
  tariff("M1", 2);
  const json rows = fo_get("MeterTariffs?$select=Step&$expand=Currency($select=CurrencyCode,Name)")["value"];
  EXPECT_EQ(rows[0]["Currency"]["Name"], "Euro");
  EXPECT_EQ(rows[0]["Currency"].size(), 3U) << rows[0];
  EXPECT_TRUE(rows[1]["Currency"].is_null());
}

TEST_F(C3, ExpandOfManyRowsIsAList) {
  reading("M1");
  reading("M2");
  tariff("M1", 1);
  tariff("m1", 2);
  tariff("M3", 3);
  const json rows = fo_get("MeterReadings?$expand=Tariffs($select=Step)")["value"];
  ASSERT_EQ(rows[0]["Tariffs"].size(), 2U);
  EXPECT_EQ(rows[0]["Tariffs"][1]["Step"], 2);
  EXPECT_TRUE(rows[1]["Tariffs"].empty());
}

TEST_F(C3, ExpandedRowsAreThoseOfVisibleCompanies) {
  reading("M1");
  tariff("M1", 1);
  const std::string other = R"({"dataAreaId":"usmf","MeterId":"M1","Kind":"Night","ValidFrom":"2026-01-02","Step":2})";
  EXPECT_EQ(fo("POST", "MeterTariffs", other).status, 201);
  EXPECT_EQ(fo_get("MeterReadings('M1')?$expand=Tariffs")["Tariffs"].size(), 1U);
  EXPECT_EQ(fo_get("MeterReadings('M1')?$expand=Tariffs&cross-company=true")["Tariffs"].size(), 2U);
  control("POST", "finops/rights", R"({"client":"dualwrite","company":"usmf","allowed":false})");
  EXPECT_EQ(fo_get("MeterReadings('M1')?$expand=Tariffs&cross-company=true")["Tariffs"].size(), 1U);
}

TEST_F(C3, ExpandGoesOneLevelDeep) {
  EXPECT_EQ(fo("GET", "MeterReadings?$expand=Tariffs($expand=Currency)").status, 400);
  EXPECT_EQ(fo("GET", "MeterReadings?$expand=Nonsense").status, 400);
  EXPECT_EQ(fo("GET", "MeterReadings?$expand=Tariffs($select=Nonsense)").status, 400);
}

TEST_F(C3, ANavigationPropertyHasAUrl) {
  reading("M1");
  tariff("M1", 1);
  EXPECT_EQ(fo_get("MeterReadings('M1')/Tariffs")["value"].size(), 1U);
  const std::string key =
      "dataAreaId='dat',MeterId='M1',Kind=" + kind + "'Night',ValidFrom=2026-01-02T12:00:00Z,Step=1";
  EXPECT_EQ(fo_get("MeterTariffs(" + key + ")/Meter")["MeterId"], "M1");
  EXPECT_EQ(fo("GET", "MeterTariffs(" + key + ")/Currency").status, 204);
  EXPECT_EQ(fo("GET", "MeterReadings('M1')/Nonsense").status, 404);
}

TEST_F(C3Readings, ThePreferenceForAPageSizeMayBeIgnored) {
  finops.state().switches.page_size_preference = false;
  const json page = fo_get("MeterReadings?$select=MeterId", {{"Prefer", "odata.maxpagesize=2"}});
  EXPECT_GT(page["value"].size(), 2U);
  EXPECT_FALSE(page.contains("@odata.nextLink"));
}

}  // namespace
}  // namespace dualwrite::sandbox
