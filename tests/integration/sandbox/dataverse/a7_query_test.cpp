#include <set>

#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A7, SelectGivesTheColumnsAndThePrimaryKey) {
  const json body = dv_get("accounts?$select=name&$top=1");
  EXPECT_EQ(body["@odata.context"], "http://127.0.0.1:8701/api/data/v9.2/$metadata#accounts(name)");
  EXPECT_EQ(body["value"][0].size(), 3U) << body;
  EXPECT_TRUE(body["value"][0].contains("accountid"));
}

TEST_F(A7, NullColumnsArePresent) {
  const json row = dv_get("accounts?$top=1")["value"][0];
  EXPECT_TRUE(row.at("telephone1").is_null());
  EXPECT_TRUE(row.at("_parentaccountid_value").is_null());
}

TEST_F(A7, ComparisonsAndLogic) {
  EXPECT_EQ(numbers("$filter=creditlimit gt 50&$orderby=accountnumber"), "A6,A7");
  EXPECT_EQ(numbers("$filter=creditlimit ge 50 and creditonhold eq true&$orderby=accountnumber"), "A5,A6,A7");
  EXPECT_EQ(numbers("$filter=creditlimit lt 20 or creditlimit eq 70&$orderby=accountnumber"), "A1,A7");
  EXPECT_EQ(numbers("$filter=not (creditlimit le 60)"), "A7");
  EXPECT_EQ(numbers("$filter=accountnumber ne 'A1' and creditlimit lt 30"), "A2");
}

TEST_F(A7, StringsCompareWithoutCase) {
  EXPECT_EQ(numbers("$filter=name eq 'NAME OF a3'"), "A3");
  EXPECT_EQ(numbers("$filter=contains(name,'OF A4')"), "A4");
  EXPECT_EQ(numbers("$filter=endswith(name,'a5')"), "A5");
  EXPECT_EQ(numbers("$filter=startswith(name,'NAME')&$orderby=accountnumber desc&$top=1"), "A7");
}

TEST_F(A7, NullTest) {
  dv_create("accounts", R"({"accountnumber":"B1"})");
  EXPECT_EQ(numbers("$filter=creditlimit eq null"), "B1");
  EXPECT_EQ(numbers("$filter=_msdyn_company_value eq null"), "B1");
  EXPECT_EQ(numbers("$filter=creditlimit ne null and accountnumber eq 'A1'"), "A1");
}

TEST_F(A7, LookupIsFilteredByValueAndByPath) {
  const std::string id = dv_get("cdm_companies(cdm_companycode='ussi')")["cdm_companyid"].get<std::string>();
  for (const std::string& filter : {"_msdyn_company_value eq " + id, "msdyn_company/cdm_companyid eq " + id,
                                    std::string("msdyn_company/cdm_companycode eq 'ussi'")}) {
    EXPECT_EQ(numbers("$filter=" + filter + "&$orderby=accountnumber"), "A2,A4,A6") << filter;
  }
}

TEST_F(A7, KeysInAnOrChainAreFound) {
  const std::string id = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  std::string filter;
  for (const char* number : {"A1", "A3", "A9"}) {
    filter += (filter.empty() ? "" : " or ") + ("(accountnumber eq '" + std::string(number)) +
              "' and _msdyn_company_value eq " + id + ")";
  }
  EXPECT_EQ(numbers("$filter=" + filter + "&$orderby=accountnumber"), "A1,A3");
}

TEST_F(A7, KeyPinnedByANestedOrIsFound) {
  EXPECT_EQ(
      numbers("$filter=msdyn_company/cdm_companycode eq 'usmf' and (accountnumber eq 'A1' or accountnumber eq 'A2' "
              "or accountnumber eq 'A5')&$orderby=accountnumber"),
      "A1,A5");
}

TEST_F(A7, ExpandJoinsOneRow) {
  const json row = dv_get(
      "accounts?$filter=accountnumber eq 'A1'&$select=name&$expand=msdyn_company($select=cdm_companycode)")["value"][0];
  EXPECT_EQ(row["msdyn_company"]["cdm_companycode"], "usmf");
  EXPECT_TRUE(row["msdyn_company"].contains("cdm_companyid"));
}

TEST_F(A7, ExpandOfAnEmptyLookupIsNull) {
  EXPECT_TRUE(dv_get("accounts?$top=1&$expand=parentaccountid")["value"][0].at("parentaccountid").is_null());
}

TEST_F(A7, CountIsBesideTheRowsAndAlone) {
  EXPECT_EQ(dv_get("accounts?$count=true&$top=2")["@odata.count"], 7);
  const http::Response response = dv("GET", "accounts/$count?$filter=creditlimit gt 50");
  EXPECT_EQ(response.body, "2");
  EXPECT_TRUE(response.headers.get("Content-Type").starts_with("text/plain"));
}

TEST_F(A7, PagesGiveEveryRowOnce) {
  std::set<std::string> seen;
  std::string path = "accounts?$select=accountnumber";
  int pages = 0;
  while (!path.empty() && pages < 10) {
    const json page = dv_get(path, {{"Prefer", "odata.maxpagesize=3"}});
    EXPECT_LE(page["value"].size(), 3U);
    for (const json& row : page["value"]) EXPECT_TRUE(seen.insert(row["accountnumber"].get<std::string>()).second);
    path = page.contains("@odata.nextLink") ? below_root(page["@odata.nextLink"].get<std::string>()) : std::string();
    ++pages;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 7U);
}

TEST_F(A7, PagesInAnotherOrderGiveEveryRowOnce) {
  const json first = dv_get("accounts?$orderby=creditlimit desc", {{"Prefer", "odata.maxpagesize=4"}});
  const json second =
      dv_get(below_root(first["@odata.nextLink"].get<std::string>()), {{"Prefer", "odata.maxpagesize=4"}});
  EXPECT_EQ(first["value"][0]["accountnumber"], "A7");
  EXPECT_EQ(second["value"][0]["accountnumber"], "A3");
  EXPECT_EQ(second["value"].size(), 3U);
  EXPECT_FALSE(second.contains("@odata.nextLink"));
}

TEST_F(A7, NextLinkCarriesThePagingCookie) {
  const json page = dv_get("accounts", {{"Prefer", "odata.maxpagesize=3"}});
  const std::string link = page["@odata.nextLink"].get<std::string>();
  EXPECT_NE(link.find("$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22"), std::string::npos) << link;
  EXPECT_TRUE(link.ends_with("%22%20istracking=%22False%22%20/%3E")) << link;
}

TEST_F(A7, TopIsIgnoredWhereAPageSizeIsAskedFor) {
  EXPECT_EQ(dv_get("accounts?$top=2", {{"Prefer", "odata.maxpagesize=3"}})["value"].size(), 3U);
}

TEST_F(A7, SkipIsRefused) {
  EXPECT_EQ(dv("GET", "accounts?$skip=2").status, 400);
}

TEST_F(A7, UnknownPropertyIs400WithItsName) {
  for (const char* path :
       {"accounts?$select=nonsense", "accounts?$filter=nonsense eq 1", "accounts?$orderby=nonsense"}) {
    const http::Response response = dv("GET", path);
    EXPECT_EQ(response.status, 400) << path;
    EXPECT_EQ(message_of(response),
              "Could not find a property named 'nonsense' on type 'Microsoft.Dynamics.CRM.account'.");
  }
}

TEST_F(A7, BrokenFilterIs400) {
  for (const char* filter : {"name eq", "(name eq 'a'", "name like 'a'", "name eq 1", "nosuch(name,'a')"}) {
    EXPECT_EQ(dv("GET", std::string("accounts?$filter=") + filter).status, 400) << filter;
  }
}

TEST_F(A7, ALookupOrdersByTheNameThatItLeadsTo) {
  const std::string zoe = account("ZOE", "dat", R"(,"accountclassificationcode":1)");
  const std::string bea = account("BEA", "dat");
  account("X1", "dat", R"(,"parentaccountid@odata.bind":"/accounts()" + zoe + ")\"");
  account("X2", "dat", R"(,"parentaccountid@odata.bind":"/accounts()" + bea + ")\"");
  account("X3", "dat");
  EXPECT_EQ(numbers("$filter=startswith(accountnumber,'X')&$orderby=_parentaccountid_value"), "X3,X2,X1");
  EXPECT_EQ(numbers("$filter=startswith(accountnumber,'X')&$orderby=_parentaccountid_value desc"), "X1,X2,X3");
}

TEST_F(A7, QueriesInOtherLanguagesAreRefusedAndNotAnsweredWithEveryRow) {
  for (const char* query : {"fetchXml=%3Cfetch%2F%3E", "savedQuery=1", "userQuery=1"}) {
    EXPECT_EQ(dv("GET", std::string("accounts?") + query).status, 501) << query;
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
