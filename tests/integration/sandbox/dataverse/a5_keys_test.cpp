#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

std::string company_of(const json& companies, const std::string& code) {
  for (const json& company : companies["value"]) {
    if (company["cdm_companycode"] == code) return company["cdm_companyid"].get<std::string>();
  }
  return {};
}

TEST_F(A5, RowIsFoundByAlternateKeyWithALookup) {
  const std::string id = account("A1");
  const std::string usmf = company_of(dv_get("cdm_companies"), "usmf");
  const json row = dv_get("accounts(accountnumber='A1',_msdyn_company_value=" + usmf + ")");
  EXPECT_EQ(row["accountid"], id);
}

TEST_F(A5, NamedPrimaryKeyWorks) {
  const std::string id = account("A1");
  EXPECT_EQ(dv_get("accounts(accountid=" + id + ")")["accountid"], id);
}

TEST_F(A5, KeyStringsCompareWithoutCase) {
  EXPECT_EQ(dv_get("cdm_companies(cdm_companycode='USMF')")["cdm_companycode"], "usmf");
}

TEST_F(A5, EncodedQuotesAreUndoubled) {
  dv_create("transactioncurrencies", R"({"isocurrencycode":"O'B"})");
  EXPECT_EQ(dv_get("transactioncurrencies(isocurrencycode=%27O%27%27B%27)")["isocurrencycode"], "O'B");
}

TEST_F(A5, UnknownKeyIs400) {
  const http::Response response = dv("GET", "accounts(name='A')");
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(message_of(response).starts_with(
      "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.account'."));
}

TEST_F(A5, MissingRowByAlternateKeyIs404WithItsOwnCode) {
  const http::Response response = dv("GET", "transactioncurrencies(isocurrencycode='XXX')");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(code_of(response), "0x80060891");
  EXPECT_EQ(message_of(response),
            "A record with the specified key values does not exist in transactioncurrency entity");
}

TEST_F(A5, ViolatedKeyIs412) {
  account("A1");
  const http::Response response =
      dv("POST", "accounts",
         R"x({"accountnumber":"a1","msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})x");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80060892");
  EXPECT_TRUE(
      message_of(response).starts_with("Entity Key msdyn_accountkey violated. A record with the same value for "
                                       "accountnumber, msdyn_company already exists."));
}

TEST_F(A5, KeyWithANullColumnIsNotUnique) {
  EXPECT_EQ(dv("POST", "accounts", R"({"accountnumber":"A1"})").status, 204);
  EXPECT_EQ(dv("POST", "accounts", R"({"accountnumber":"A1"})").status, 204);
}

TEST_F(A5, SameNumberInAnotherCompanyIsAnotherRow) {
  EXPECT_NE(account("A1", "usmf"), account("A1", "ussi"));
}

TEST_F(A5, PatchByAlternateKeyCreatesWithTheKeysColumns) {
  EXPECT_EQ(dv("PATCH", "transactioncurrencies(isocurrencycode='EUR')", R"({"currencyname":"Euro"})").status, 204);
  const json row = dv_get("transactioncurrencies(isocurrencycode='EUR')");
  EXPECT_EQ(row["isocurrencycode"], "EUR");
  EXPECT_EQ(row["currencyname"], "Euro");
}

TEST_F(A5, PatchByAlternateKeyUpdatesWhatIsThere) {
  const std::string id = dv_create("transactioncurrencies", R"({"isocurrencycode":"EUR"})");
  const http::Response response = dv("PATCH", "transactioncurrencies(isocurrencycode='EUR')?$select=currencyname",
                                     R"({"currencyname":"Euro"})", {{"Prefer", "return=representation"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["transactioncurrencyid"], id);
}

TEST_F(A5, KeyIsFreeAgainAfterDelete) {
  const std::string id = account("A1");
  dv("DELETE", "accounts(" + id + ")");
  EXPECT_NE(account("A1"), id);
}

}  // namespace
}  // namespace dualwrite::sandbox
