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

TEST_F(A5, SomeCharactersCannotStandInAKeyOfAnAddress) {
  const std::string set = "cdm_companies";
  for (const std::string bad : {"/", "<", ">", "*", "%", "&", ":", "\\", "?", "+"}) {
    const std::string name = "a" + bad + "b";
    dv_create(set, json{{"cdm_companycode", name}}.dump());
    const std::string row = set + "(cdm_companycode='" + odata::percent_encode(name) + "')";
    EXPECT_EQ(dv("GET", row).status, 400) << bad;
    EXPECT_EQ(dv("PATCH", row, R"({"cdm_name":"x"})").status, 400) << bad;
    const json found = dv_get(set + "?$filter=cdm_companycode eq '" + odata::percent_encode(name) + "'");
    ASSERT_EQ(found["value"].size(), 1U) << bad;
    const std::string id = found["value"][0]["cdm_companyid"].get<std::string>();
    EXPECT_EQ(dv("PATCH", set + "(" + id + ")", R"({"cdm_name":"x"})").status, 204) << bad;
  }
}

TEST_F(A5, TheyCanWhereTheSwitchSaysSo) {
  dataverse.state().switches.refuse_special_key_characters = false;
  dv_create("cdm_companies", R"({"cdm_companycode":"a/b:c"})");
  EXPECT_EQ(dv("GET", "cdm_companies(cdm_companycode='a%2Fb%3Ac')").status, 200);
}

TEST_F(A5, OtherCharactersCan) {
  for (const std::string name : {"a b", "ü", "it's", "a#b", "a@b.c", "(a,b=c)"}) {
    dv_create("cdm_companies", json{{"cdm_companycode", name}}.dump());
    std::string quoted = odata::quote(name);
    EXPECT_EQ(dv("GET", "cdm_companies(cdm_companycode=" + odata::percent_encode(quoted) + ")").status, 200) << name;
  }
}

TEST_F(A5, NullIsNoKey) {
  dv_create("accounts", R"({"name":"A"})");
  const std::string usmf = company_of(dv_get("cdm_companies"), "usmf");
  EXPECT_EQ(dv("GET", "accounts(accountnumber=null,_msdyn_company_value=" + usmf + ")").status, 400);
}

TEST_F(A5, GuidsAreTakenInAnyCaseAndGivenInLowerCase) {
  std::string id = account("A1");
  std::string upper = id;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(dv_get("accounts(" + upper + ")")["accountid"], id);
}

TEST_F(A5, UpdateThatTakesAnotherRowsKeyIs412) {
  account("A1");
  const std::string id = account("A2");
  const http::Response response = dv("PATCH", "accounts(" + id + ")", R"({"accountnumber":"a1"})");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(code_of(response), "0x80060892");
  EXPECT_EQ(message_of(response),
            "Entity Key msdyn_accountkey violated. A record with the same value for accountnumber, msdyn_company "
            "already exists. A duplicate record cannot be created. Select one or more unique values and try again.");
}

TEST_F(A5, TheStatusOfAViolatedKeyIsASwitch) {
  dataverse.state().switches.duplicate_key_status = 400;
  account("A1");
  const http::Response response =
      dv("POST", "accounts",
         R"x({"accountnumber":"a1","msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')"})x");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80060892");
}

}  // namespace
}  // namespace dualwrite::sandbox
