// Collections of a one-to-many relationship: in $expand, and with any and all in $filter.
#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string root = "http://127.0.0.1:8701/api/data/v9.2/";

/// Two accounts, PARENT with the children C1, C2 and C3, and ALONE without.
class A7Collections : public A7 {
 protected:
  A7Collections() {
    parent = account("PARENT");
    account("ALONE");
    for (const int i : {3, 1, 2}) {
      children.push_back(account(
          "C" + std::to_string(i), "usmf",
          R"(,"creditlimit":)" + std::to_string(i) + R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\""));
    }
  }
  json expanded(const std::string& options, HeaderPairs headers = {}) {
    return dv_get("accounts(" + parent + ")?$select=name&$expand=account_parent_account" + options, headers);
  }
  static std::string numbers_of(const json& rows) {
    std::string all;
    for (const json& row : rows) all += (all.empty() ? "" : ",") + row["accountnumber"].get<std::string>();
    return all;
  }
  std::string parent;
  std::vector<std::string> children;
};

TEST_F(A7Collections, AnExpandedCollectionHoldsTheRowsThatPointHere) {
  const json row = expanded("($select=accountnumber)");
  ASSERT_EQ(row["account_parent_account"].size(), 3U);
  const json& child = row["account_parent_account"][0];
  EXPECT_EQ(child.size(), 4U) << "the ETag, the column that was asked for, the lookup, the key: " << child;
  EXPECT_TRUE(child.contains("@odata.etag"));
  EXPECT_EQ(child["_parentaccountid_value"], parent);
  EXPECT_EQ(row["@odata.context"], root + "$metadata#accounts(name,account_parent_account(accountnumber))/$entity");
  EXPECT_EQ(
      dv_get("accounts?$filter=accountnumber eq 'ALONE'&$expand=account_parent_account")["value"][0]
                                                                                        ["account_parent_account"],
      json::array());
}

TEST_F(A7Collections, TheNextLinkOfACollectionIsItsOwnAddressWithTheSameOptions) {
  const json row = expanded("($select=accountnumber;$orderby=accountnumber desc)");
  EXPECT_EQ(
      row["account_parent_account@odata.nextLink"],
      root + "accounts(" + parent + ")/account_parent_account?$select=accountnumber&$orderby=accountnumber%20desc");
  const json again = dv_get(below_root(row["account_parent_account@odata.nextLink"]));
  EXPECT_EQ(numbers_of(again["value"]), "C3,C2,C1");
}

TEST_F(A7Collections, WithoutTheSwitchOnlyACollectionWithRowsLeftHasANextLink) {
  dataverse.state().switches.expand_next_link = false;
  EXPECT_FALSE(expanded("").contains("account_parent_account@odata.nextLink"));
  dataverse.state().page_size = 2;
  const json row = expanded("");
  ASSERT_EQ(row["account_parent_account"].size(), 2U);
  const json rest = dv_get(below_root(row["account_parent_account@odata.nextLink"]));
  EXPECT_EQ(rest["value"].size(), 1U);
}

TEST_F(A7Collections, TheyTakeFilterOrderAndTop) {
  const json row = expanded("($filter=creditlimit gt 1;$orderby=creditlimit desc;$top=1)");
  EXPECT_EQ(numbers_of(row["account_parent_account"]), "C3");
  for (const char* option : {"$skip=1", "$count=true", "$search=x", "$levels=2"}) {
    EXPECT_EQ(dv("GET", std::string("accounts?$expand=account_parent_account(") + option + ")").status, 400) << option;
  }
}

TEST_F(A7Collections, PagingIsForTheSetAndNotForTheCollection) {
  const json page = dv_get("accounts?$filter=accountnumber eq 'PARENT'&$expand=account_parent_account",
                           {{"Prefer", "odata.maxpagesize=1"}});
  EXPECT_EQ(page["value"][0]["account_parent_account"].size(), 3U);
}

TEST_F(A7Collections, WithANestedExpandTheCollectionComesInPages) {
  const json row = expanded("($select=accountnumber;$expand=msdyn_company($select=cdm_companycode))",
                            {{"Prefer", "odata.maxpagesize=2"}});
  ASSERT_EQ(row["account_parent_account"].size(), 2U);
  const json& child = row["account_parent_account"][0];
  EXPECT_EQ(child["msdyn_company"]["cdm_companycode"], "usmf");
  EXPECT_FALSE(child.contains("@odata.etag"));
  EXPECT_FALSE(child.contains("_parentaccountid_value"));
  const std::string link = row["account_parent_account@odata.nextLink"];
  EXPECT_NE(link.find("&$skiptoken="), std::string::npos) << link;
  const json rest = dv_get(below_root(link));
  ASSERT_EQ(rest["value"].size(), 1U);
  EXPECT_EQ(rest["value"][0]["msdyn_company"]["cdm_companycode"], "usmf");
}

TEST_F(A7Collections, ANestedExpandForbidsOrderAndTopEverywhere) {
  for (const char* options : {"$top=1;$expand=msdyn_company", "$orderby=name;$expand=msdyn_company"}) {
    const http::Response answer = dv("GET", std::string("accounts?$expand=account_parent_account(") + options + ")");
    ASSERT_EQ(answer.status, 400) << options;
    EXPECT_EQ(code_of(answer), "0x80060888");
  }
}

TEST_F(A7Collections, ACollectionWithinACollection) {
  const json row = expanded("($select=accountnumber;$expand=account_parent_account($select=accountnumber))");
  EXPECT_EQ(row["account_parent_account"][0]["account_parent_account"], json::array());
  account("GRAND", "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + children[0] + ")\"");
  const json again = expanded("($filter=accountnumber eq 'C3';$expand=account_parent_account($select=accountnumber))");
  EXPECT_EQ(again["account_parent_account"][0]["account_parent_account"][0]["accountnumber"], "GRAND");
}

TEST_F(A7Collections, AReferenceToACollectionIsRefused) {
  const http::Response answer = dv("GET", "accounts?$expand=account_parent_account/$ref");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"error":{"code":"0x80060888","message":"Expand with $ref is only supported on lookup type navigation )"
            R"(property."}})");
}

TEST_F(A7Collections, AnAnswerThatExpandsTooManyRowsIsGivenUpAsItsTimeWouldBe) {
  std::string deep = "account_parent_account($select=accountid)";
  for (int level = 0; level < 4; ++level) {
    deep = "account_parent_account($select=accountid;$expand=parentaccountid($select=accountid;$expand=" + deep + "))";
  }
  for (int i = 0; i < 30; ++i) {
    account("M" + std::to_string(i), "usmf", R"(,"parentaccountid@odata.bind":"/accounts()" + parent + ")\"");
  }
  const http::Response answer = dv("GET", "accounts(" + parent + ")?$select=name&$expand=" + deep);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(code_of(answer), "0x80044151");
}

TEST_F(A7Collections, AnyIsTrueIfAMemberPasses) {
  EXPECT_EQ(numbers("$filter=account_parent_account/any(c:c/creditlimit eq 2)"), "PARENT");
  EXPECT_EQ(numbers("$filter=account_parent_account/any(c:c/creditlimit eq 9)"), "");
  EXPECT_EQ(numbers("$filter=account_parent_account/any(c:contains(c/name,'of c3') and c/creditlimit gt 2)"), "PARENT");
}

TEST_F(A7Collections, AnyWithoutAConditionIsTrueIfThereIsAMember) {
  EXPECT_EQ(numbers("$filter=account_parent_account/any()"), "PARENT");
  EXPECT_EQ(numbers("$filter=not account_parent_account/any() and startswith(accountnumber,'AL')"), "ALONE");
}

TEST_F(A7Collections, AllIsTrueIfNoMemberFailsAndSoForNone) {
  EXPECT_EQ(numbers("$filter=account_parent_account/all(c:c/creditlimit gt 0) and accountnumber gt 'AL'"
                    "&$orderby=accountnumber"),
            "ALONE,C1,C2,C3,PARENT");
  EXPECT_EQ(numbers("$filter=account_parent_account/all(c:c/creditlimit gt 1) and accountnumber eq 'PARENT'"), "");
}

TEST_F(A7Collections, ConditionsMayBeNestedAndFollowLookups) {
  account("GRAND", "ussi", R"(,"parentaccountid@odata.bind":"/accounts()" + children[0] + ")\"");
  EXPECT_EQ(numbers("$filter=account_parent_account/any(c:c/account_parent_account/any(g:g/accountnumber eq 'GRAND'))"),
            "PARENT");
  EXPECT_EQ(numbers("$filter=account_parent_account/any(c:c/msdyn_company/cdm_companycode eq 'ussi')"), "C3");
}

TEST_F(A7Collections, WhatAnyAndAllDoNotTakeIsRefused) {
  for (const char* filter : {
           "parentaccountid/account_parent_account/any(c:c/name eq 'x')",  // nested in a lookup
           "nonsense/any()",
           "account_parent_account/all()",
           "account_parent_account/any(c:name eq 'x')",  // not the variable's
           "account_parent_account/any(c:d/name eq 'x')",
           "account_parent_account/any(c/name eq 'x')",
           "account_parent_account/any(c:c/nonsense eq 'x')",
       }) {
    const http::Response answer = dv("GET", std::string("accounts?$filter=") + filter);
    EXPECT_EQ(answer.status, 400) << filter;
  }
}

TEST_F(A7Collections, AFilterNamesAtMostFifteenCollections) {
  std::string filter = "account_parent_account/any()";
  for (int i = 1; i < 15; ++i) filter += " or account_parent_account/any()";
  EXPECT_EQ(dv("GET", "accounts?$filter=" + filter).status, 200);
  EXPECT_EQ(dv("GET", "accounts?$filter=" + filter + " or account_parent_account/any()").status, 400);
}

}  // namespace
}  // namespace dualwrite::sandbox
