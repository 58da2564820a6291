#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string row_c1 = "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true";

class C6Switched : public FinopsTest {
 protected:
  static SandboxSettings switched() {
    SandboxSettings settings;
    settings.finops.write_failure_status = 500;
    settings.finops.stale_etag_status = 409;
    settings.finops.refuse_key_edit = false;
    settings.finops.identical_update_is_write = true;
    settings.finops.check_references = false;
    return settings;
  }
  C6Switched() : FinopsTest(switched()) {}
};

TEST_F(C4, PostIs201WithTheFullRowAndDefaults) {
  const http::Response response =
      fo("POST", "CustomersV3", R"({"dataAreaId":"usmf","CustomerAccount":"C1","OrganizationName":"A"})");
  const json row = json::parse(response.body);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(row["@odata.context"], "http://127.0.0.1:8702/data/$metadata#CustomersV3/$entity");
  EXPECT_EQ(row["OnHoldStatus"], "No");
  EXPECT_EQ(row["CreditLimit"], 0);
  EXPECT_EQ(row["SalesMemo"], "");
  EXPECT_EQ(row["CredManCustomerSince"], "1900-01-01T12:00:00Z");
  EXPECT_EQ(row.size(), 307U);
  EXPECT_EQ(response.headers.get("Location"),
            "http://127.0.0.1:8702/data/CustomersV3(dataAreaId='usmf',CustomerAccount='C1')");
}

TEST_F(C4, PostWithoutCompanyGoesToTheDefaultCompany) {
  const http::Response response = fo("POST", "CustomersV3", R"({"CustomerAccount":"C1","OrganizationName":"A"})");
  EXPECT_EQ(json::parse(response.body)["dataAreaId"], "dat");
}

TEST_F(C4, NumberSequenceFillsAMissingKey) {
  const http::Response first = fo("POST", "CustomersV3", R"({"OrganizationName":"A"})");
  const http::Response second = fo("POST", "CustomersV3", R"({"OrganizationName":"A"})");
  EXPECT_EQ(json::parse(first.body)["CustomerAccount"], "000001");
  EXPECT_EQ(json::parse(second.body)["CustomerAccount"], "000002");
}

TEST_F(C4, PatchIs204WithoutETag) {
  customer("C1");
  const http::Response response = fo("PATCH", row_c1, R"({"OrganizationName":"B"})");
  EXPECT_EQ(response.status, 204);
  EXPECT_FALSE(response.headers.has("ETag"));
  EXPECT_EQ(fo_get(row_c1)["OrganizationName"], "B");
}

TEST_F(C4, PatchIsNoUpsert) {
  EXPECT_EQ(fo("PATCH", row_c1, R"({"OrganizationName":"B"})").status, 404);
}

TEST_F(C4, PutIsLikePatch) {
  customer("C1", "usmf", R"(,"SalesMemo":"kept")");
  EXPECT_EQ(fo("PUT", row_c1, R"({"OrganizationName":"B"})").status, 204);
  EXPECT_EQ(fo_get(row_c1)["SalesMemo"], "kept");
}

TEST_F(C4, DeleteIs204AndTheSecondOne404) {
  customer("C1");
  EXPECT_EQ(fo("DELETE", row_c1).status, 204);
  EXPECT_EQ(fo("DELETE", row_c1).status, 404);
}

TEST_F(C4, ETagChangesWithAnUpdateButNotWithAnIdenticalOne) {
  customer("C1");
  const json before = fo_get(row_c1);
  fo("PATCH", row_c1, R"({"OrganizationName":"Name of C1"})");
  EXPECT_EQ(fo_get(row_c1)["@odata.etag"], before["@odata.etag"]);
  fo("PATCH", row_c1, R"({"OrganizationName":"B"})");
  EXPECT_NE(fo_get(row_c1)["@odata.etag"], before["@odata.etag"]);
}

TEST_F(C4, StaleIfMatchIs412) {
  customer("C1");
  const std::string etag = fo_get(row_c1)["@odata.etag"].get<std::string>();
  EXPECT_EQ(fo("PATCH", row_c1, R"({"OrganizationName":"B"})", {{"If-Match", etag}}).status, 204);
  EXPECT_EQ(fo("PATCH", row_c1, R"({"OrganizationName":"C"})", {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(fo("DELETE", row_c1, {}, {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(fo("DELETE", row_c1, {}, {{"If-Match", "*"}}).status, 204);
}

TEST_F(C4, KeyColumnsCannotBeEdited) {
  customer("C1");
  EXPECT_EQ(fo("PATCH", row_c1, R"({"CustomerAccount":"C2"})").status, 400);
  EXPECT_EQ(fo("PATCH", row_c1, R"({"CustomerAccount":"c1","dataAreaId":"USMF","OrganizationName":"B"})").status, 204);
  EXPECT_EQ(fo_get(row_c1)["CustomerAccount"], "C1");
}

TEST_F(C4, PatchOfACollectionIs400) {
  EXPECT_EQ(fo("PATCH", "CustomersV3", "{}").status, 400);
}

TEST_F(C6, DuplicateIs400WithTheInfolog) {
  customer("C1");
  const http::Response response =
      fo("POST", "CustomersV3", R"({"dataAreaId":"usmf","CustomerAccount":"c1","OrganizationName":"A"})");
  const json error = json::parse(response.body)["error"];
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(error["code"], "");
  EXPECT_EQ(error["message"], "An error has occurred.");
  EXPECT_TRUE(infolog_of(response).starts_with("Write failed for table row of type 'CustCustomerV3Entity'. Infolog: "));
  EXPECT_NE(infolog_of(response).find("The record already exists."), std::string::npos);
  EXPECT_EQ(error["innererror"]["type"],
            "Microsoft.Dynamics.Platform.Integration.Services.OData.AxODataWriteException");
  EXPECT_TRUE(error["innererror"].contains("stacktrace"));
}

TEST_F(C6, MandatoryFieldsMustBeFilledIn) {
  const http::Response no_name = fo("POST", "CustomersV3", R"({"CustomerAccount":"C1"})");
  EXPECT_EQ(no_name.status, 400);
  EXPECT_NE(infolog_of(no_name).find("Field 'OrganizationName' must be filled in."), std::string::npos);
  const http::Response no_key = fo("POST", "Currencies", R"({"Name":"Euro"})");
  EXPECT_NE(infolog_of(no_key).find("Field 'CurrencyCode' must be filled in."), std::string::npos);
}

TEST_F(C6, ClearingAMandatoryFieldIsRefused) {
  customer("C1");
  EXPECT_EQ(fo("PATCH", row_c1, R"({"OrganizationName":""})").status, 400);
  EXPECT_EQ(fo_get(row_c1)["OrganizationName"], "Name of C1");
}

TEST_F(C6, UnknownCurrencyIsRefusedUntilItExists) {
  const std::string body = R"({"CustomerAccount":"C1","OrganizationName":"A","SalesCurrencyCode":"EUR"})";
  const http::Response refused = fo("POST", "CustomersV3", body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(
      infolog_of(refused).find("The value 'EUR' in field 'Currency' is not found in the related table 'Currency'."),
      std::string::npos);
  EXPECT_EQ(fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})").status, 201);
  EXPECT_EQ(fo("POST", "CustomersV3", body).status, 201);
}

TEST_F(C6, VendorCurrencyIsCheckedToo) {
  EXPECT_EQ(fo("POST", "VendorsV2", R"({"VendorAccountNumber":"V1","VendorOrganizationName":"A","CurrencyCode":"EUR"})")
                .status,
            400);
  EXPECT_EQ(fo("POST", "VendorsV2", R"({"VendorAccountNumber":"V1","VendorOrganizationName":"A"})").status, 201);
}

TEST_F(C6, UnknownPropertyIs400WithItsName) {
  const http::Response response = fo("POST", "Currencies", R"({"CurrencyCode":"EUR","nonsense":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(infolog_of(response).find(
                "The property 'nonsense' does not exist on type 'Microsoft.Dynamics.DataEntities.Currency'"),
            std::string::npos);
}

TEST_F(C6, UnknownCompanyIsRefused) {
  EXPECT_EQ(fo("POST", "CustomersV3", R"({"dataAreaId":"nope","CustomerAccount":"C1","OrganizationName":"A"})").status,
            400);
}

TEST_F(C6Switched, StatusesAndChecksFollowTheSwitches) {
  customer("C1", "usmf", R"(,"SalesCurrencyCode":"EUR")");
  EXPECT_EQ(fo("POST", "CustomersV3", R"({"CustomerAccount":"C2"})").status, 500);
  EXPECT_EQ(fo("PATCH", row_c1, R"({"SalesMemo":"x"})", {{"If-Match", "W/\"stale\""}}).status, 409);
  EXPECT_EQ(fo("PATCH", row_c1, R"({"CustomerAccount":"C9"})").status, 204);
  const json before = fo_get(row_c1);
  fo("PATCH", row_c1, R"({"OrganizationName":"Name of C1"})");
  EXPECT_NE(fo_get(row_c1)["@odata.etag"], before["@odata.etag"]);
}

TEST_F(C4, TheLocationOfANewRowIsASwitch) {
  finops.state().switches.location_header = false;
  const http::Response response = fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(response.status, 201);
  EXPECT_FALSE(response.headers.has("Location"));
}

}  // namespace
}  // namespace dualwrite::sandbox
