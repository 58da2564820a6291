// Query functions, aliases, counts and expansions.
#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string ns = "Microsoft.Dynamics.CRM.";
const std::string by_number = "&$orderby=accountnumber";

TEST_F(A7, InTakesAListOfValuesAsStrings) {
  EXPECT_EQ(numbers("$filter=" + ns + "In(PropertyName='accountnumber',PropertyValues=['A1','a4','B9'])" + by_number),
            "A1,A4");
  EXPECT_EQ(numbers("$filter=" + ns + "In(PropertyName='creditlimit',PropertyValues=['10','70'])" + by_number),
            "A1,A7");
  EXPECT_EQ(numbers("$filter=" + ns + "NotIn(PropertyName='accountnumber',PropertyValues=['A1','A2','A3','A4','A5'])" +
                    by_number),
            "A6,A7");
}

TEST_F(A7, QuotesAndBracketsInValuesAreText) {
  dv_create("accounts", R"({"accountnumber":"B1","name":"it's (a) 'test',"})");
  EXPECT_EQ(numbers("$filter=" + ns + "In(PropertyName='name',PropertyValues=['it''s (a) ''test'',','x'])"), "B1");
  EXPECT_EQ(numbers("$filter=name eq 'Microsoft.Dynamics.CRM.In(' or accountnumber eq 'B1'"), "B1");
}

TEST_F(A7, FunctionsAreCombinedWithOperators) {
  EXPECT_EQ(numbers("$filter=creditonhold eq true and not " + ns +
                    "In(PropertyName='accountnumber',PropertyValues=['A5'])" + by_number),
            "A6,A7");
}

TEST_F(A7, BetweenIncludesItsEnds) {
  EXPECT_EQ(numbers("$filter=" + ns + "Between(PropertyName='creditlimit',PropertyValues=['20','40'])" + by_number),
            "A2,A3,A4");
  EXPECT_EQ(numbers("$filter=" + ns + "NotBetween(PropertyName='creditlimit',PropertyValues=['20','60'])" + by_number),
            "A1,A7");
}

TEST_F(A7, DayFunctionsGoFromMidnightToMidnight) {
  // The clock stands at 2026-03-04T05:06:07Z, a Wednesday.
  const auto with = [&](const std::string& number, const std::string& at) {
    dv_create("accounts", R"({"accountnumber":")" + number + R"(","lastonholdtime":")" + at + "\"}");
  };
  with("D1", "2026-03-03T23:59:59Z");
  with("D2", "2026-03-04T00:00:00Z");
  with("D3", "2026-03-04T23:59:59Z");
  with("D4", "2026-03-05T00:00:00Z");
  const auto found = [&](const std::string& call) { return numbers("$filter=" + ns + call + by_number); };
  EXPECT_EQ(found("Today(PropertyName='lastonholdtime')"), "D2,D3");
  EXPECT_EQ(found("Yesterday(PropertyName='lastonholdtime')"), "D1");
  EXPECT_EQ(found("Tomorrow(PropertyName='lastonholdtime')"), "D4");
  EXPECT_EQ(found("On(PropertyName='lastonholdtime',PropertyValue='2026-03-04')"), "D2,D3");
  EXPECT_EQ(found("OnOrAfter(PropertyName='lastonholdtime',PropertyValue='2026-03-04')"), "D2,D3,D4");
  EXPECT_EQ(found("OnOrBefore(PropertyName='lastonholdtime',PropertyValue='2026-03-04')"), "D1,D2,D3");
}

TEST_F(A7, CountedPeriodsReachFromNow) {
  const auto with = [&](const std::string& number, const std::string& at) {
    dv_create("accounts", R"({"accountnumber":")" + number + R"(","lastonholdtime":")" + at + "\"}");
  };
  with("D1", "2026-01-04T05:06:07Z");
  with("D2", "2026-02-28T00:00:00Z");
  with("D3", "2026-03-04T05:00:00Z");
  with("D4", "2026-03-06T23:00:00Z");
  const auto found = [&](const std::string& call) { return numbers("$filter=" + ns + call + by_number); };
  EXPECT_EQ(found("LastXDays(PropertyName='lastonholdtime',PropertyValue=4)"), "D2,D3");
  EXPECT_EQ(found("LastXMonths(PropertyName='lastonholdtime',PropertyValue=2)"), "D1,D2,D3");
  EXPECT_EQ(found("NextXDays(PropertyName='lastonholdtime',PropertyValue=2)"), "D4");
  EXPECT_EQ(found("OlderThanXMonths(PropertyName='lastonholdtime',PropertyValue=1)"), "D1");
  EXPECT_EQ(found("ThisWeek(PropertyName='lastonholdtime')"), "D3,D4");
  EXPECT_EQ(found("LastWeek(PropertyName='lastonholdtime')"), "D2");
  EXPECT_EQ(found("LastMonth(PropertyName='lastonholdtime')"), "D2");
  EXPECT_EQ(found("ThisYear(PropertyName='lastonholdtime')"), "D1,D2,D3,D4");
}

TEST_F(A7, EqualUserIdMeansTheCaller) {
  EXPECT_EQ(numbers("$filter=" + ns + "EqualUserId(PropertyName='_ownerid_value') and accountnumber eq 'A1'"), "A1");
  dataverse_token = token("http://127.0.0.1:8701", "editor", "editor-secret");
  EXPECT_EQ(numbers("$filter=" + ns + "EqualUserId(PropertyName='_ownerid_value')"), "");
}

TEST_F(A7, ContainValuesLooksIntoChoices) {
  for (const auto& [name, features] :
       {std::pair{"M1", "1"}, std::pair{"M2", "1,3"}, std::pair{"M3", "2"}, std::pair{"M4", "1,2,3"}}) {
    dv_create("contoso_meterreadings",
              std::string(R"({"contoso_meterid":")") + name + R"(","contoso_features":")" + features + "\"}");
  }
  const auto found = [&](const std::string& call) {
    std::string all;
    for (const json& row : dv_get("contoso_meterreadings?$orderby=contoso_meterid&$filter=" + ns + call)["value"]) {
      all += row["contoso_meterid"].get<std::string>();
    }
    return all;
  };
  EXPECT_EQ(found("ContainValues(PropertyName='contoso_features',PropertyValues=['3'])"), "M2M4");
  EXPECT_EQ(found("ContainValues(PropertyName='contoso_features',PropertyValues=['2','3'])"), "M2M3M4");
  EXPECT_EQ(found("DoesNotContainValues(PropertyName='contoso_features',PropertyValues=['1'])"), "M3");
}

TEST_F(A7, UnknownFunctionsAndArgumentsAre400) {
  for (const std::string call :
       {"Nonsense(PropertyName='name',PropertyValue='x')", "In(PropertyName='nonsense',PropertyValues=['x'])",
        "In(PropertyName='name')", "Between(PropertyName='creditlimit',PropertyValues=['1'])",
        "LastXDays(PropertyName='lastonholdtime',PropertyValue=many)", "Today(PropertyName='name')",
        "In(PropertyName='name',PropertyValues=['x']"}) {
    EXPECT_EQ(dv("GET", "accounts?$filter=" + ns + call).status, 400) << call;
  }
}

TEST_F(A7, ParameterAliasesStandForLiterals) {
  EXPECT_EQ(numbers("$filter=accountnumber eq @p1 or creditlimit ge @p2&@p1='A1'&@p2=70" + by_number), "A1,A7");
  EXPECT_EQ(numbers("$filter=" + ns + "In(PropertyName=@p,PropertyValues=@v)&@p='accountnumber'&@v=['A2']"), "A2");
  EXPECT_EQ(dv("GET", "accounts?$filter=accountnumber eq @p9").status, 400);
}

TEST_F(A7, ArithmeticAndHasAreNotSupported) {
  for (const std::string filter : {"creditlimit add 1 eq 11", "creditlimit mod 2 eq 0", "customertypecode has 1",
                                   "length(name) eq 3", "tolower(name) eq 'x'", "year(createdon) eq 2026"}) {
    EXPECT_EQ(dv("GET", "accounts?$filter=" + filter).status, 400) << filter;
  }
}

TEST_F(A7, ColumnsAreComparedWithColumns) {
  dv_create("accounts", R"({"accountnumber":"S1","name":"s1"})");
  EXPECT_EQ(numbers("$filter=name eq accountnumber"), "S1");
}

TEST_F(A7, SearchAndUnknownOptionsAreRefused) {
  for (const std::string option : {"$search=x", "$skip=0", "$Select=name", "$format=xml"}) {
    EXPECT_EQ(dv("GET", "accounts?" + option).status, 400) << option;
  }
}

TEST_F(A7, CountIsCappedAt5000) {
  std::string targets;
  for (int i = 0; i < 4994; ++i) {
    targets += std::string(i == 0 ? "" : ",") + R"({"@odata.type":"Microsoft.Dynamics.CRM.account"})";
  }
  ASSERT_EQ(dv("POST", "accounts/" + ns + "CreateMultiple", "{\"Targets\":[" + targets + "]}").status, 200);
  const json page =
      dv_get("accounts?$select=name&$count=true", {{"Prefer", "odata.maxpagesize=1,odata.include-annotations=\"*\""}});
  EXPECT_EQ(page["@odata.count"], 5000);
  EXPECT_EQ(page["@Microsoft.Dynamics.CRM.totalrecordcount"], 5000);
  EXPECT_EQ(page["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"], true);
  EXPECT_EQ(dv("GET", "accounts/$count").body, "5000");
  const json first = dv_get("accounts?$select=name");
  EXPECT_EQ(first["value"].size(), 5000U);
  EXPECT_EQ(dv_get(below_root(first["@odata.nextLink"].get<std::string>()))["value"].size(), 1U);
  EXPECT_EQ(dv_get("RetrieveTotalRecordCount(EntityNames=['account'])")["EntityRecordCountCollection"],
            (json{{"Count", 1}, {"IsReadOnly", false}, {"Keys", {"account"}}, {"Values", {5001}}}));
}

TEST_F(A7, CountWithoutAnnotationsSaysNoMore) {
  const json page = dv_get("accounts?$select=name&$count=true");
  EXPECT_EQ(page["@odata.count"], 7);
  EXPECT_FALSE(page.contains("@Microsoft.Dynamics.CRM.totalrecordcount"));
  EXPECT_EQ(
      dv_get("accounts?$count=true",
             {{"Prefer", "odata.include-annotations=\"*\""}})["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"],
      false);
}

TEST_F(A7, RetrieveTotalRecordCountRefusesUnknownTables) {
  const http::Response response = dv("GET", "RetrieveTotalRecordCount(EntityNames=['nonsense'])");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80041102");
}

TEST_F(A7, NextLinkIsTheDocumentedCookie) {
  const json page = dv_get("accounts?$select=name", {{"Prefer", "odata.maxpagesize=3"}});
  const std::string link = page["@odata.nextLink"].get<std::string>();
  const std::string begin =
      "http://127.0.0.1:8701/api/data/v9.2/accounts?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20"
      "pagingcookie=%22";
  EXPECT_EQ(link.substr(0, begin.size()), begin);
  EXPECT_TRUE(link.ends_with("%22%20istracking=%22False%22%20/%3E")) << link;
}

TEST_F(A7, MorePagesThanTheServersSizeCannotBeHad) {
  dataverse.state().page_size = 4;
  EXPECT_EQ(dv_get("accounts", {{"Prefer", "odata.maxpagesize=100"}})["value"].size(), 4U);
}

TEST_F(A7, ExpansionsAreNamedInTheContext) {
  const json page = dv_get("accounts?$select=name&$expand=msdyn_company($select=cdm_companycode)&$top=1");
  EXPECT_EQ(page["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name,msdyn_company(cdm_companycode))");
}

TEST_F(A7, MoreThanFifteenExpansionsAreRefused) {
  std::string expand;
  for (int i = 0; i < 16; ++i) expand += std::string(i == 0 ? "" : ",") + "msdyn_company";
  EXPECT_EQ(dv("GET", "accounts?$expand=" + expand).status, 400);
  EXPECT_EQ(dv("GET", "accounts?$expand=" + expand.substr(14)).status, 200);
}

TEST_F(A7, FifteenExpansionsAreCountedOnAllTheirLevels) {
  std::string nested = "parentaccountid";
  for (int i = 0; i < 8; ++i) nested = "parentaccountid($expand=" + nested + ")";
  EXPECT_EQ(dv("GET", "accounts?$expand=" + nested + ",msdyn_company,msdyn_company,msdyn_company").status, 200);
  EXPECT_EQ(dv("GET", "accounts?$expand=" + nested + "," + nested).status, 400);
}

TEST_F(A7, AnExpandedLookupTakesNoOrderAndNoTop) {
  for (const char* option : {"$orderby=cdm_name", "$top=1"}) {
    const http::Response answer = dv("GET", std::string("accounts?$expand=msdyn_company(") + option + ")");
    ASSERT_EQ(answer.status, 400) << option;
    EXPECT_EQ(answer.body,
              R"({"error":{"code":"0x80060888","message":"Only $select and $filter clause can be provided while doing )"
              R"($expand on many-to-one relationship or nested one-to-many relationship."}})");
  }
  EXPECT_EQ(dv("GET", "accounts?$expand=nonsense").status, 400);
}

TEST_F(A7, AnExpandedLookupWhoseRowIsFilteredOutIsNull) {
  const json rows = dv_get("accounts?$expand=msdyn_company($filter=cdm_companycode eq 'usmf')&$orderby=accountnumber");
  EXPECT_FALSE(rows["value"][0]["msdyn_company"].is_null());
  EXPECT_TRUE(rows["value"][1]["msdyn_company"].is_null());
}

TEST_F(A7, AnExpandedLookupHasNoETag) {
  const json row = dv_get("accounts?$top=1&$select=name&$expand=msdyn_company($select=cdm_companycode)")["value"][0];
  EXPECT_TRUE(row.contains("@odata.etag"));
  EXPECT_EQ(row["msdyn_company"].size(), 2U) << "the column that was asked for and the key: " << row["msdyn_company"];
}

TEST_F(A7, AReferenceInPlaceOfAnExpandedRow) {
  const json page = dv_get("accounts?$top=1&$select=name&$expand=msdyn_company/$ref&$orderby=accountnumber");
  const json& row = page["value"][0];
  const std::string company = row["_msdyn_company_value"];
  EXPECT_EQ(row["msdyn_company"],
            (json{{"@odata.id", "http://127.0.0.1:8701/api/data/v9.2/cdm_companies(" + company + ")"}}));
  EXPECT_EQ(page["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name,msdyn_company,msdyn_company/$ref())");
}

TEST_F(A7, AColumnSeveralLookupsAwayCanBeFilteredBy) {
  const std::string top = account("TOP");
  const std::string middle = account("MID", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + top + ")\"");
  account("LOW", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + middle + ")\"");
  EXPECT_EQ(numbers("$filter=parentaccountid/parentaccountid/accountnumber eq 'TOP'"), "LOW");
  EXPECT_EQ(numbers("$filter=parentaccountid/parentaccountid/accountid eq " + top), "LOW");
}

TEST_F(A7, LogicalNameOfALookupCannotBeSelected) {
  EXPECT_EQ(dv("GET", "accounts?$select=msdyn_company").status, 400);
  EXPECT_EQ(dv("GET", "accounts?$select=_msdyn_company_value").status, 200);
}

}  // namespace
}  // namespace dualwrite::sandbox
