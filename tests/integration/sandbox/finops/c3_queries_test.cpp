#include <set>

#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

class C3Customers : public FinopsTest {
 protected:
  C3Customers() {
    for (int i = 1; i <= 7; ++i) {
      customer("C" + std::to_string(i), "usmf",
               R"(,"CreditLimit":)" + std::to_string(i * 10) + R"(,"OnHoldStatus":")" + (i > 4 ? "All" : "No") + "\"");
    }
  }
  std::string accounts(const std::string& query) {
    std::string all;
    for (const json& row : fo_get("CustomersV3?cross-company=true&" + query)["value"]) {
      all += (all.empty() ? "" : ",") + row["CustomerAccount"].get<std::string>();
    }
    return all;
  }
};

TEST_F(C5, ServiceDocumentAndMetadata) {
  EXPECT_EQ(fo_get("")["value"][0]["url"], "CustomersV3");
  const http::Response response = fo("GET", "$metadata");
  EXPECT_NE(response.body.find(R"(<PropertyRef Name="dataAreaId"/><PropertyRef Name="CustomerAccount"/>)"),
            std::string::npos);
  EXPECT_NE(response.body.find(R"(Type="Microsoft.Dynamics.DataEntities.NoYes")"), std::string::npos);
  EXPECT_NE(response.body.find(R"(<EnumType Name="NoYes"><Member Name="No" Value="0"/><Member Name="Yes" Value="1"/>)"),
            std::string::npos);
}

TEST_F(C2, OnlyTheDefaultCompanyIsVisible) {
  customer("C1", "usmf");
  customer("C2", "dat");
  EXPECT_EQ(fo_get("CustomersV3")["value"].size(), 1U);
  EXPECT_EQ(fo_get("CustomersV3?cross-company=true")["value"].size(), 2U);
  EXPECT_EQ(fo_get("CustomersV3?cross-company=true&$filter=dataAreaId eq 'usmf'")["value"][0]["CustomerAccount"], "C1");
  EXPECT_EQ(fo("GET", "CustomersV3/$count").body, "1");
}

TEST_F(C2, KeyedReadOutsideTheDefaultCompanyNeedsCrossCompany) {
  customer("C1", "usmf");
  EXPECT_EQ(fo("GET", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')").status, 404);
  EXPECT_EQ(fo("GET", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true").status, 200);
}

TEST_F(C2, KeysCompareWithoutCase) {
  customer("Cust-a", "usmf");
  const json row = fo_get("CustomersV3(dataAreaId='USMF',CustomerAccount='cUST-A')?cross-company=true");
  EXPECT_EQ(row["CustomerAccount"], "Cust-a");
  EXPECT_EQ(row["dataAreaId"], "usmf");
}

TEST_F(C2, AllKeyFieldsAreNeeded) {
  EXPECT_EQ(fo("GET", "CustomersV3(CustomerAccount='C1')?cross-company=true").status, 400);
  EXPECT_EQ(fo("GET", "CustomersV3('C1')?cross-company=true").status, 400);
}

TEST_F(C2, GlobalEntityHasASingleKey) {
  EXPECT_EQ(fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})").status, 201);
  EXPECT_EQ(fo_get("Currencies(CurrencyCode='EUR')")["Name"], "Euro");
  EXPECT_EQ(fo_get("Currencies('eur')")["Name"], "Euro");
}

TEST_F(C2, MissingRowIs404) {
  EXPECT_EQ(fo("GET", "Currencies('XXX')").status, 404);
}

TEST_F(C2, UnknownEntityIs404) {
  EXPECT_EQ(fo("GET", "Nonsense").status, 404);
}

TEST_F(C3Customers, ComparisonsAndLogic) {
  EXPECT_EQ(accounts("$filter=CreditLimit gt 50"), "C6,C7");
  EXPECT_EQ(accounts("$filter=CreditLimit le 20 or CreditLimit eq 70"), "C1,C2,C7");
  EXPECT_EQ(accounts("$filter=not (CreditLimit ge 20)"), "C1");
  EXPECT_EQ(accounts("$filter=CreditLimit ne 10 and CreditLimit lt 30"), "C2");
}

TEST_F(C3Customers, EnumerationsCompareWithTypedLiterals) {
  EXPECT_EQ(accounts("$filter=OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'All'"), "C5,C6,C7");
  EXPECT_EQ(
      accounts("$filter=OnHoldStatus ne Microsoft.Dynamics.DataEntities.CustVendorBlocked'All' and CreditLimit gt 30"),
      "C4");
}

TEST_F(C3Customers, StarIsAWildcard) {
  EXPECT_EQ(accounts("$filter=OrganizationName eq '*OF c3'"), "C3");
  EXPECT_EQ(accounts("$filter=OrganizationName ne '*of*' "), "");
  EXPECT_EQ(accounts("$filter=contains(OrganizationName,'c4')"), "C4");
  EXPECT_EQ(accounts("$filter=startswith(CustomerAccount,'c')&$top=2"), "C1,C2");
}

TEST_F(C3Customers, OrderTopAndSkip) {
  EXPECT_EQ(accounts("$orderby=CreditLimit desc&$top=3"), "C7,C6,C5");
  EXPECT_EQ(accounts("$orderby=CreditLimit desc&$skip=5"), "C2,C1");
  EXPECT_EQ(accounts("$skip=2&$top=2"), "C3,C4");
}

TEST_F(C3Customers, SelectGivesTheChosenFieldsAndTheETag) {
  const json row = fo_get("CustomersV3?cross-company=true&$select=CustomerAccount,dataAreaId&$top=1")["value"][0];
  EXPECT_EQ(row.size(), 3U);
  EXPECT_TRUE(row.contains("@odata.etag"));
}

TEST_F(C3Customers, CountIsBesideTheRows) {
  EXPECT_EQ(fo_get("CustomersV3?cross-company=true&$count=true&$top=1")["@odata.count"], 7);
}

TEST_F(C3Customers, PagesGiveEveryRowOnce) {
  std::set<std::string> seen;
  std::string path = "CustomersV3?cross-company=true&$select=CustomerAccount";
  for (int pages = 0; !path.empty() && pages < 10; ++pages) {
    const json page = fo_get(path, {{"Prefer", "odata.maxpagesize=3"}});
    for (const json& row : page["value"]) EXPECT_TRUE(seen.insert(row["CustomerAccount"].get<std::string>()).second);
    path = page.contains("@odata.nextLink") ? below_root(page["@odata.nextLink"].get<std::string>()) : std::string();
  }
  EXPECT_EQ(seen.size(), 7U);
}

TEST_F(C3Customers, TopReachesOverPages) {
  const json first = fo_get("CustomersV3?cross-company=true&$top=5", {{"Prefer", "odata.maxpagesize=3"}});
  const json second =
      fo_get(below_root(first["@odata.nextLink"].get<std::string>()), {{"Prefer", "odata.maxpagesize=3"}});
  EXPECT_EQ(first["value"].size(), 3U);
  EXPECT_EQ(second["value"].size(), 2U);
  EXPECT_FALSE(second.contains("@odata.nextLink"));
}

TEST_F(C3Customers, RowsAreFoundByAnOrOfKeys) {
  EXPECT_EQ(accounts("$filter=(dataAreaId eq 'usmf' and CustomerAccount eq 'C2') or (dataAreaId eq 'USMF' and "
                     "CustomerAccount eq 'c6') "
                     "or (dataAreaId eq 'usmf' and CustomerAccount eq 'none')"),
            "C2,C6");
}

TEST_F(C3Customers, UnknownPropertyIs400) {
  const http::Response response = fo("GET", "CustomersV3?$filter=nonsense eq 1");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(infolog_of(response).find("'nonsense'"), std::string::npos);
}

}  // namespace
}  // namespace dualwrite::sandbox
