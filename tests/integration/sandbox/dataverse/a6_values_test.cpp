#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A6, StringThatIsTooLongIs400) {
  const http::Response response = post(R"({"name":")" + std::string(161, 'x') + "\"}");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80044331");
  EXPECT_NE(message_of(response).find("'name'"), std::string::npos);
  EXPECT_NE(message_of(response).find("'160'"), std::string::npos);
}

TEST_F(A6, LengthCountsCharactersNotBytes) {
  std::string name;
  for (int i = 0; i < 160; ++i) name += "ü";
  EXPECT_EQ(post(R"({"name":")" + name + "\"}").status, 204);
}

TEST_F(A6, UnknownColumnIs400WithItsName) {
  const http::Response response = post(R"({"nonsense":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80041103");
  EXPECT_NE(message_of(response).find("'nonsense'"), std::string::npos);
}

TEST_F(A6, NamesAreCaseSensitive) {
  EXPECT_EQ(post(R"({"Name":"A"})").status, 400);
}

TEST_F(A6, WrongTypesAre400) {
  for (const char* body : {R"({"name":1})", R"({"numberofemployees":"5"})", R"({"numberofemployees":1.5})",
                           R"({"creditonhold":"yes"})", R"({"revenue":"1"})", R"({"lastonholdtime":"yesterday"})",
                           R"({"customertypecode":"3"})", R"({"numberofemployees":3000000000})"}) {
    EXPECT_EQ(post(body).status, 400) << body;
  }
}

TEST_F(A6, ChoiceOutsideItsOptionsIs400WithTheAcceptedValues) {
  const http::Response response = post(R"({"accountcategorycode":99})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x8004431a");
  EXPECT_NE(message_of(response).find("Accepted Values: 1,2"), std::string::npos);
}

TEST_F(A6, EmptyStringIsStoredAsNull) {
  EXPECT_TRUE(stored(R"({"name":"A","telephone1":""})")["telephone1"].is_null());
}

TEST_F(A6, MoneyIsRoundedToItsPrecision) {
  const http::Response response =
      dv("GET", "accounts(" + dv_create("accounts", R"({"creditlimit":12.345})") + ")?$select=creditlimit");
  EXPECT_NE(response.body.find(R"("creditlimit":12.35)"), std::string::npos) << response.body;
}

TEST_F(A6, DecimalsKeepEveryDigit) {
  const std::string id = dv_create("transactioncurrencies", R"({"exchangerate":1234567890.0123456789})");
  const http::Response response = dv("GET", "transactioncurrencies(" + id + ")?$select=exchangerate");
  EXPECT_NE(response.body.find(R"("exchangerate":1234567890.0123456789)"), std::string::npos) << response.body;
}

TEST_F(A6, DecimalIsShownWithAllOfItsDecimals) {
  const std::string id = dv_create("transactioncurrencies", R"({"exchangerate":1})");
  const http::Response response = dv("GET", "transactioncurrencies(" + id + ")?$select=exchangerate");
  EXPECT_NE(response.body.find(R"("exchangerate":1.0000000000)"), std::string::npos) << response.body;
}

TEST_F(A6, SelectedMoneyBringsItsCurrency) {
  const json row = dv_get("accounts(" + account("A1") + ")?$select=creditlimit");
  EXPECT_TRUE(row.contains("_transactioncurrencyid_value"));
}

TEST_F(A6, DateTimesAreStoredToTheSecondInUtc) {
  EXPECT_EQ(stored(R"({"lastonholdtime":"2026-01-02T03:04:05.678+02:00"})")["lastonholdtime"], "2026-01-02T01:04:05Z");
}

TEST_F(A6, LookupIsWrittenByBindAndReadAsValue) {
  const std::string id = account("A1");
  const json company = dv_get("cdm_companies(cdm_companycode='usmf')");
  const json row = dv_get("accounts(" + id + ")");
  EXPECT_EQ(row["_msdyn_company_value"], company["cdm_companyid"]);
  EXPECT_FALSE(row.contains("msdyn_company"));
}

TEST_F(A6, BindTakesAbsoluteAndRelativeUrls) {
  const std::string parent = account("A1");
  for (const std::string& url : {"/accounts(" + parent + ")", "accounts(" + parent + ")",
                                 "http://127.0.0.1:8701/api/data/v9.2/accounts(" + parent + ")"}) {
    EXPECT_EQ(stored(R"({"parentaccountid@odata.bind":")" + url + "\"}")["_parentaccountid_value"], parent) << url;
  }
}

TEST_F(A6, NullBindAndNullNavigationClear) {
  const std::string parent = account("A1");
  for (const char* body : {R"({"parentaccountid@odata.bind":null})", R"({"parentaccountid":null})"}) {
    const std::string id = dv_create("accounts", R"({"parentaccountid@odata.bind":"/accounts()" + parent + ")\"}");
    EXPECT_EQ(dv("PATCH", "accounts(" + id + ")", body).status, 204) << body;
    EXPECT_TRUE(dv_get("accounts(" + id + ")")["_parentaccountid_value"].is_null()) << body;
  }
}

TEST_F(A6, BindToAMissingRowIs404) {
  const http::Response by_id =
      post(R"x({"parentaccountid@odata.bind":"/accounts(11111111-2222-3333-4444-555555555555)"})x");
  EXPECT_EQ(by_id.status, 404);
  EXPECT_EQ(code_of(by_id), "0x80040217");
  const http::Response by_key = post(R"x({"msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='none')"})x");
  EXPECT_EQ(by_key.status, 404);
  EXPECT_EQ(code_of(by_key), "0x80060891");
}

TEST_F(A6, LookupValueColumnIsReadOnly) {
  const http::Response response = post(R"({"_msdyn_company_value":"11111111-2222-3333-4444-555555555555"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(message_of(response).find("Use Navigation properties"), std::string::npos);
}

TEST_F(A6, BindToATableOfAnotherKindIs400) {
  EXPECT_EQ(post(R"({"msdyn_company@odata.bind":"/accounts()" + account("A1") + ")\"}").status, 400);
}

TEST_F(A6, StateIsAnOrdinaryPatch) {
  const std::string row = "accounts(" + account("A1") + ")";
  EXPECT_EQ(dv("PATCH", row, R"({"statecode":1,"statuscode":2})").status, 204);
  EXPECT_EQ(dv_get(row)["statecode"], 1);
}

TEST_F(A6, AnnotationsComeWhenAskedFor) {
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"customertypecode":3)") + ")";
  const json plain = dv_get(row);
  const json annotated = dv_get(row, {{"Prefer", "odata.include-annotations=\"*\""}});
  EXPECT_FALSE(plain.contains("customertypecode@OData.Community.Display.V1.FormattedValue"));
  EXPECT_EQ(annotated["customertypecode@OData.Community.Display.V1.FormattedValue"], "Customer");
  EXPECT_EQ(annotated["_msdyn_company_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "cdm_company");
  EXPECT_EQ(annotated["_msdyn_company_value@OData.Community.Display.V1.FormattedValue"], "usmf");
}

TEST_F(A6, BrokenJsonIs400) {
  EXPECT_EQ(post(R"({"name":)").status, 400);
  EXPECT_EQ(post("[1]").status, 400);
}

TEST_F(A6, NumbersAndDatesReachTheirRangesAndGoNoFurther) {
  const auto status = [&](const std::string& column, const std::string& value) {
    return dv("POST", "contoso_meterreadings", "{\"" + column + "\":" + value + "}").status;
  };
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, std::string>>{{"contoso_visits", "2147483647"},
                                                        {"contoso_visits", "-2147483648"},
                                                        {"contoso_pulsecount", "9223372036854775807"},
                                                        {"contoso_pulsecount", "-9223372036854775808"},
                                                        {"contoso_quantity", "-100000000000"},
                                                        {"contoso_installedon", "\"1753-01-01\""},
                                                        {"contoso_readat", "\"1753-01-01T00:00:00Z\""}}) {
    EXPECT_EQ(status(column, value), 204) << column << " " << value;
  }
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, std::string>>{{"contoso_visits", "2147483648"},
                                                        {"contoso_visits", "-2147483649"},
                                                        {"contoso_pulsecount", "9223372036854775808"},
                                                        {"contoso_pulsecount", "-9223372036854775809"},
                                                        {"contoso_quantity", "-100000000000.0000000001"},
                                                        {"contoso_installedon", "\"1752-12-31\""},
                                                        {"contoso_readat", "\"1752-12-31T23:59:59Z\""}}) {
    EXPECT_EQ(status(column, value), 400) << column << " " << value;
  }
}

TEST_F(A6, BaseAmountFollowsAmountAndCurrency) {
  const std::string euro =
      dv_create("transactioncurrencies", R"({"isocurrencycode":"EUR","currencyname":"Euro","exchangerate":0.8})");
  const std::string pound =
      dv_create("transactioncurrencies", R"({"isocurrencycode":"GBP","currencyname":"Pound","exchangerate":3})");
  const std::string bind = R"("transactioncurrencyid@odata.bind":"/transactioncurrencies()";
  const std::string id = dv_create("accounts", "{" + bind + euro + ")\",\"creditlimit\":100}");
  const std::string row = "accounts(" + id + ")";
  EXPECT_EQ(dv_get(row)["creditlimit_base"], 125);
  EXPECT_EQ(dv_get(row)["exchangerate"], 0.8);
  dv("PATCH", row, R"({"creditlimit":10})");
  EXPECT_EQ(dv_get(row)["creditlimit_base"], 12.5);
  dv("PATCH", row, "{" + bind + pound + ")\"}");
  EXPECT_EQ(dv_get(row)["creditlimit_base"], 3.33);
  EXPECT_EQ(dv_get(row)["exchangerate"], 3);
  dv("PATCH", row, R"({"creditlimit":null})");
  EXPECT_TRUE(dv_get(row)["creditlimit_base"].is_null());
}

TEST_F(A6, BaseAmountsAreDividedToTheLastDigit) {
  const std::string currency =
      dv_create("transactioncurrencies", R"({"isocurrencycode":"XXX","exchangerate":0.0000000003})");
  const auto base_of = [&](const std::string& amount) {
    const std::string id =
        dv_create("contoso_meterreadings", R"({"contoso_amount":)" + amount +
                                               R"(,"transactioncurrencyid@odata.bind":"/transactioncurrencies()" +
                                               currency + ")\"}");
    const std::string body = dv("GET", "contoso_meterreadings(" + id + ")?$select=contoso_amount_base").body;
    const std::size_t at = body.find("\"contoso_amount_base\":") + 22;
    return body.substr(at, body.find(',', at) - at);
  };
  EXPECT_EQ(base_of("0.0001"), "333333.3333");
  EXPECT_EQ(base_of("-0.0002"), "-666666.6667");
  EXPECT_EQ(base_of("900000000000000"), "3000000000000000000000000");
  EXPECT_EQ(base_of("0"), "0");
}

TEST_F(A6, WithoutACurrencyThereIsNoBaseAmount) {
  const json row = stored(R"({"creditlimit":100})");
  EXPECT_EQ(row["creditlimit"], 100);
  EXPECT_TRUE(row["creditlimit_base"].is_null());
  EXPECT_TRUE(row["_transactioncurrencyid_value"].is_null());
}

TEST_F(A6, CurrencyOfTheOrganizationIsTheDefault) {
  const std::string dollar =
      dv_create("transactioncurrencies", R"({"isocurrencycode":"USD","currencyname":"Dollar","exchangerate":1})");
  const std::string organization = dv_get("WhoAmI")["OrganizationId"].get<std::string>();
  EXPECT_EQ(dv("PATCH", "organizations(" + organization + ")",
               R"({"basecurrencyid@odata.bind":"/transactioncurrencies()" + dollar + ")\"}")
                .status,
            204);
  const json row = stored(R"({"creditlimit":100})");
  EXPECT_EQ(row["_transactioncurrencyid_value"], dollar);
  EXPECT_EQ(row["creditlimit_base"], 100);
}

TEST_F(A6, BaseAmountsCannotBeWritten) {
  EXPECT_TRUE(stored(R"({"name":"A","creditlimit_base":5,"exchangerate":7})")["creditlimit_base"].is_null());
}

TEST_F(A6, PolymorphicLookupHasOneNavigationForEachTarget) {
  const std::string payer = account("A1");
  const std::string vendor = dv_create("msdyn_vendors", R"({"msdyn_name":"V"})");
  const std::string row =
      "contoso_meterreadings(" +
      dv_create("contoso_meterreadings", R"({"contoso_payerid_account@odata.bind":"/accounts()" + payer + ")\"}") + ")";
  const json all_annotations = dv_get(row, {{"Prefer", "odata.include-annotations=\"*\""}});
  EXPECT_EQ(all_annotations["_contoso_payerid_value"], payer);
  EXPECT_EQ(all_annotations["_contoso_payerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "account");
  EXPECT_EQ(all_annotations["_contoso_payerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"],
            "contoso_payerid_account");
  EXPECT_EQ(dv("PATCH", row, R"({"contoso_payerid_vendor@odata.bind":"/msdyn_vendors()" + vendor + ")\"}").status, 204);
  EXPECT_EQ(dv_get(row)["_contoso_payerid_value"], vendor);
  const json joined = dv_get(row + "?$expand=contoso_payerid_account,contoso_payerid_vendor($select=msdyn_name)");
  EXPECT_TRUE(joined["contoso_payerid_account"].is_null());
  EXPECT_EQ(joined["contoso_payerid_vendor"]["msdyn_name"], "V");
  EXPECT_EQ(dv("PATCH", row, R"({"contoso_payerid_vendor@odata.bind":null})").status, 204);
  EXPECT_TRUE(dv_get(row)["_contoso_payerid_value"].is_null());
}

TEST_F(A6, PolymorphicNavigationTakesItsOwnTableOnly) {
  const std::string payer = account("A1");
  for (const std::string navigation : {"contoso_payerid_vendor", "contoso_payerid"}) {
    EXPECT_EQ(
        dv("POST", "contoso_meterreadings", "{\"" + navigation + "@odata.bind\":\"/accounts(" + payer + ")\"}").status,
        400)
        << navigation;
  }
}

TEST_F(A6, BindByAlternateKeyWithALookup) {
  const std::string parent = account("A1");
  const std::string company = dv_get("cdm_companies(cdm_companycode='usmf')")["cdm_companyid"].get<std::string>();
  EXPECT_EQ(stored(R"({"parentaccountid@odata.bind":"/accounts(accountnumber='A1',_msdyn_company_value=)" + company +
                   ")\"}")["_parentaccountid_value"],
            parent);
}

TEST_F(A6, StatusOfABindToAMissingRowIsASwitch) {
  dataverse.state().switches.missing_bind_status = 400;
  const http::Response response =
      post(R"x({"parentaccountid@odata.bind":"/accounts(11111111-2222-3333-4444-555555555555)"})x");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(code_of(response), "0x80040217");
}

TEST_F(A6, EmptyStringIsKeptWhereTheSwitchSaysSo) {
  dataverse.state().switches.empty_string_is_null = false;
  EXPECT_EQ(stored(R"({"name":"A","telephone1":""})")["telephone1"], "");
}

TEST_F(A6, ChoicesAreAListOfNumbersInOneString) {
  const std::string row =
      "contoso_meterreadings(" + dv_create("contoso_meterreadings", R"({"contoso_features":"3,1"})") + ")";
  const json read = dv_get(row, {{"Prefer", "odata.include-annotations=\"*\""}});
  EXPECT_EQ(read["contoso_features"], "1,3");
  EXPECT_EQ(read["contoso_features@OData.Community.Display.V1.FormattedValue"], "Remote; Sealed");
  EXPECT_EQ(dv("PATCH", row, R"({"contoso_features":"4"})").status, 400);
  EXPECT_EQ(dv("PATCH", row, R"({"contoso_features":[1]})").status, 400);
  EXPECT_EQ(dv("PATCH", row, R"({"contoso_features":null})").status, 204);
  EXPECT_TRUE(dv_get(row)["contoso_features"].is_null());
}

TEST_F(A6, TwoOptionsHaveLabels) {
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"creditonhold":true,"donotfax":false)") + ")";
  const json read = dv_get(row, {{"Prefer", "odata.include-annotations=\"*\""}});
  EXPECT_EQ(read["creditonhold@OData.Community.Display.V1.FormattedValue"], "Yes");
  EXPECT_EQ(read["donotfax@OData.Community.Display.V1.FormattedValue"], "No");
}

TEST_F(A6, DecimalsAreRoundedHalfAwayFromZero) {
  const auto rounded = [&](const std::string& amount) {
    const std::string id = dv_create("accounts", R"({"creditlimit":)" + amount + "}");
    return dv_get("accounts(" + id + ")?$select=creditlimit")["creditlimit"].dump();
  };
  EXPECT_EQ(rounded("0.125"), "0.13");
  EXPECT_EQ(rounded("-0.125"), "-0.13");
  EXPECT_EQ(rounded("9.995"), "10");
  dataverse.state().switches.round_half_to_even = true;
  EXPECT_EQ(rounded("0.125"), "0.12");
  EXPECT_EQ(rounded("0.135"), "0.14");
  EXPECT_EQ(rounded("0.1251"), "0.13");
  EXPECT_EQ(rounded("-0.125"), "-0.12");
}

TEST_F(A6, DateOnlyColumnsHaveNoTime) {
  const std::string id = dv_create("contoso_meterreadings", R"({"contoso_installedon":"2026-01-02"})");
  EXPECT_EQ(dv_get("contoso_meterreadings(" + id + ")")["contoso_installedon"], "2026-01-02");
  EXPECT_EQ(dv("POST", "contoso_meterreadings", R"({"contoso_installedon":"2026-02-30"})").status, 400);
}

TEST_F(A6, WriteToAReadOnlyNavigationIsRefusedThroughItsRef) {
  const std::string row = "accounts(" + account("A1") + ")";
  EXPECT_EQ(dv("DELETE", row + "/createdby/$ref").status, 400);
}

TEST_F(A6, DateTimesAreRoundedToTheSecondWhereTheSwitchSaysSo) {
  dataverse.state().switches.round_seconds = true;
  const auto held = [&](const std::string& at) {
    return stored(R"({"lastonholdtime":")" + at + "\"}")["lastonholdtime"].get<std::string>();
  };
  EXPECT_EQ(held("2026-01-02T03:04:05.678+02:00"), "2026-01-02T01:04:06Z");
  EXPECT_EQ(held("2026-01-02T03:04:05.499Z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(held("2026-12-31T23:59:59.5Z"), "2027-01-01T00:00:00Z");
}

TEST_F(A6, AnAccountIsBoundToItsPrimaryContact) {
  const std::string contact = "00000000-0000-0000-0000-0000000000c1";
  ASSERT_EQ(dv("PATCH", "contacts(" + contact + ")", R"({"lastname":"Lovelace"})").status, 204);
  const std::string id = account("A1");
  const std::string bind = "{\"primarycontactid@odata.bind\":\"/contacts(" + contact + ")\"}";
  ASSERT_EQ(dv("PATCH", "accounts(" + id + ")", bind).status, 204);
  const json found = dv_get("accounts?$select=name&$expand=primarycontactid($select=lastname)&$filter=" +
                            odata::percent_encode_query("primarycontactid/lastname eq 'Lovelace'"));
  ASSERT_EQ(found["value"].size(), 1U) << found;
  EXPECT_EQ(found["value"][0]["primarycontactid"]["lastname"], "Lovelace");
}

}  // namespace
}  // namespace dualwrite::sandbox
