// $apply: what of OData's aggregation Dataverse takes.
#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

/// The seven accounts A1 to A7 of A7: credit limits of 10 to 70, A2, A4 and A6 of ussi, on hold from A5 on.
class A7Apply : public A7 {
 protected:
  std::string value(const std::string& apply, HeaderPairs headers = {}) {
    return dv_get("accounts?$apply=" + apply, headers)["value"].dump();
  }
};

TEST_F(A7Apply, GroupByGivesTheDistinctValues) {
  EXPECT_EQ(dv("GET", "accounts?$apply=groupby((creditonhold))").body,
            R"({"@odata.context":"http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts",)"
            R"("value":[{"creditonhold":false},{"creditonhold":true}]})");
}

TEST_F(A7Apply, CountByValue) {
  EXPECT_EQ(value("groupby((creditonhold),aggregate($count as count))"),
            R"([{"count":4,"creditonhold":false},{"count":3,"creditonhold":true}])");
}

TEST_F(A7Apply, AggregateOfTheWholeSetIsOneRow) {
  EXPECT_EQ(value("aggregate(creditlimit with sum as total)"), R"([{"total":280}])");
  EXPECT_EQ(value("aggregate(creditlimit with min as least,creditlimit with max as most,$count as n)"),
            R"([{"least":10,"most":70,"n":7}])");
}

TEST_F(A7Apply, SumsAndAveragesAreExact) {
  account("B1", "dat", R"(,"creditlimit":90071992547.41)");
  account("B2", "dat", R"(,"creditlimit":0.02)");
  const std::string body =
      dv("GET", "accounts?$apply=filter(startswith(accountnumber,'B'))/aggregate(creditlimit with sum as total)").body;
  EXPECT_NE(body.find(R"({"total":90071992547.43})"), std::string::npos) << body;
  const std::string average = dv("GET",
                                 "accounts?$apply=filter(accountnumber le 'A3' and accountnumber ne 'A3')/"
                                 "aggregate(creditlimit with average as mean)")
                                  .body;
  EXPECT_NE(average.find(R"({"mean":15})"), std::string::npos) << average;
  const std::string thirds =
      dv("GET",
         "accounts?$apply=filter(accountnumber eq 'A1' or accountnumber eq 'A2' or accountnumber "
         "eq 'B2')/aggregate(creditlimit with average as mean)")
          .body;
  EXPECT_NE(thirds.find(R"({"mean":10.0066666667})"), std::string::npos) << thirds;
}

TEST_F(A7Apply, NullIsNotConsideredInAnAverageAndZeroIs) {
  account("N1");
  account("Z1", "usmf", R"(,"creditlimit":0)");
  EXPECT_EQ(value("filter(accountnumber eq 'A1' or accountnumber eq 'N1')/aggregate(creditlimit with average as mean)"),
            R"([{"mean":10}])");
  EXPECT_EQ(value("filter(accountnumber eq 'A1' or accountnumber eq 'Z1')/aggregate(creditlimit with average as mean)"),
            R"([{"mean":5}])");
}

TEST_F(A7Apply, FilterComesFirst) {
  EXPECT_EQ(value("filter(creditlimit gt 30)/groupby((creditonhold),aggregate(creditlimit with sum as total))"),
            R"([{"creditonhold":false,"total":40},{"creditonhold":true,"total":180}])");
}

TEST_F(A7Apply, AColumnOfALookupIsNamedByItsTable) {
  EXPECT_EQ(
      value("groupby((msdyn_company/cdm_companycode),aggregate(creditlimit with sum as total))"),
      R"([{"cdm_company_cdm_companycode":"usmf","total":160},{"cdm_company_cdm_companycode":"ussi","total":120}])");
}

TEST_F(A7Apply, GroupsWithoutAValueComeWithoutTheMember) {
  account("P1", "usmf", R"(,"accountcategorycode":1)");
  EXPECT_EQ(value("filter(accountnumber ge 'A7')/groupby((accountcategorycode))"), R"([{},{"accountcategorycode":1}])");
}

TEST_F(A7Apply, LabelsOfGroupsComeWhenTheyAreAskedFor) {
  account("P1", "usmf", R"(,"accountcategorycode":1)");
  EXPECT_EQ(value("filter(accountnumber eq 'P1')/groupby((accountcategorycode))",
                  {{"Prefer", "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\""}}),
            R"([{"accountcategorycode":1,"accountcategorycode@OData.Community.Display.V1.FormattedValue":)"
            R"("Preferred Customer"}])");
}

TEST_F(A7Apply, TheFirstAndLastTime) {
  clock.set("2026-03-04T05:30:00Z");
  account("LATE");
  EXPECT_EQ(value("aggregate(createdon with min as first,createdon with max as last)"),
            R"([{"first":"2026-03-04T05:06:07Z","last":"2026-03-04T05:30:00Z"}])");
}

TEST_F(A7Apply, CountDistinctIgnoresCaseAsComparisonsDo) {
  account("X1", "usmf", R"(,"telephone1":"abc")");
  account("X2", "usmf", R"(,"telephone1":"ABC")");
  EXPECT_EQ(value("aggregate(telephone1 with countdistinct as n)"), R"([{"n":1}])");
}

TEST_F(A7Apply, GroupingByDateTimesIsRefused) {
  EXPECT_EQ(dv("GET", "accounts?$apply=groupby((createdon))").status, 400);
}

TEST_F(A7Apply, OrderingByAnAggregateIsRefusedInTheServicesWords) {
  const http::Response answer = dv("GET", "accounts?$apply=groupby((creditonhold),aggregate($count as n))&$orderby=n");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(message_of(answer), "The query node SingleValueOpenPropertyAccess is not supported");
}

TEST_F(A7Apply, MoreThanFiftyThousandRowsAreRefused) {
  EXPECT_EQ(dataverse.state().switches.aggregate_limit, 50000);
  dataverse.state().switches.aggregate_limit = 7;
  EXPECT_EQ(value("aggregate($count as n)"), R"([{"n":7}])");
  account("A8");
  const http::Response answer = dv("GET", "accounts?$apply=aggregate($count as n)");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":{"code":"0x8004e023","message":"AggregateQueryRecordLimit exceeded. Cannot perform this )"
            R"(operation."}})");
  EXPECT_EQ(value("filter(accountnumber ne 'A8')/aggregate($count as n)"), R"([{"n":7}])");
}

TEST_F(A7Apply, OtherTransformationsAreRefused) {
  for (const char* apply :
       {"compute(creditlimit mul 2 as x)", "topcount(1,creditlimit)", "identity",
        "aggregate(creditlimit with median as x)", "aggregate(name with sum as x)", "aggregate(creditlimit)",
        "groupby(creditonhold)", "groupby((nonsense))", "groupby((creditonhold))/filter(creditonhold eq true)", "",
        "filter(creditlimit gt 1)", "filter(nonsense eq 1)"}) {
    EXPECT_EQ(dv("GET", std::string("accounts?$apply=") + apply).status, 400) << apply;
  }
  EXPECT_EQ(dv("GET", "accounts?$select=name&$apply=aggregate($count as n)").status, 400);
}

}  // namespace
}  // namespace dualwrite::sandbox
