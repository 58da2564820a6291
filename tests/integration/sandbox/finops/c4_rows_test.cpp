// What a write does to a row and to its ETag, and how values are told (C4, C5).
#include <algorithm>
#include <vector>

#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

const std::string row_c1 = "CustomersV3(dataAreaId='dat',CustomerAccount='C1')";

/// The text in W/"…", decoded.
std::string decoded(const std::string& etag) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : etag.substr(3, etag.size() - 4)) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string::npos) break;
    bits = bits << 6U | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 255U));
  }
  return bytes;
}

TEST_F(C4, ANewRowHasWhatItsEntityInitialises) {
  customer("C1", "dat");
  EXPECT_EQ(fo_get(row_c1)["LanguageId"], "en-us");
  customer("C2", "dat", R"(,"LanguageId":"de")");
  EXPECT_EQ(fo_get("CustomersV3(dataAreaId='dat',CustomerAccount='C2')")["LanguageId"], "de");
  customer("C3", "dat", R"(,"LanguageId":"")");
  EXPECT_EQ(fo_get("CustomersV3(dataAreaId='dat',CustomerAccount='C3')")["LanguageId"], "");
}

TEST_F(C4, AnEmptyFieldIsFilledFromAnotherOnCreateAndOnUpdate) {
  customer("C1", "dat", R"(,"NameAlias":"short")");
  EXPECT_EQ(fo_get(row_c1)["NameAlias"], "short");
  fo("PATCH", row_c1, R"({"NameAlias":""})");
  EXPECT_EQ(fo_get(row_c1)["NameAlias"], "Name of C1");
}

TEST_F(C4, DefaultingCanBeSwitchedOff) {
  Switched other([](FinopsSwitches& switches) { switches.defaulting = false; });
  other.customer("C1", "dat");
  EXPECT_EQ(other.fo_get(row_c1)["LanguageId"], "");
  EXPECT_EQ(other.fo_get(row_c1)["NameAlias"], "");
}

TEST_F(C4, TheAnswerToAPostIsTheRowAsItIsStored) {
  const http::Response created =
      fo("POST", "CustomersV3", R"({"CustomerAccount":"C1","OrganizationName":"A name of many characters  "})");
  EXPECT_EQ(created.status, 201);
  const json row = json::parse(created.body);
  EXPECT_EQ(row["NameAlias"], "A name of many chara");
  json read = fo_get(row_c1);
  EXPECT_EQ(row, read);
}

TEST_F(C4, APostWithoutItsKeyIsUnsafeToRepeat) {
  const std::string body = R"({"OrganizationName":"A"})";
  fo("POST", "CustomersV3", body);
  fo("POST", "CustomersV3", body);
  EXPECT_EQ(fo("GET", "CustomersV3/$count").body, "2");
}

TEST_F(C4, AnETagHasAPairOfRecVersionAndRecIdForEachDataSource) {
  customer("C1", "dat");
  const std::string pairs = decoded(fo_get(row_c1)["@odata.etag"]);
  EXPECT_TRUE(pairs.starts_with("'1,5637144576;")) << pairs;
  EXPECT_TRUE(pairs.ends_with("'"));
  EXPECT_EQ(std::ranges::count(pairs, ';'), 10) << pairs;
}

TEST_F(C4, TheETagOfAnEntityWithOneDataSourceHasTheRecordedBytes) {
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(decoded(fo_get("Currencies('EUR')")["@odata.etag"]), "'1,5637144576'");
  EXPECT_EQ(fo_get("Currencies('EUR')")["@odata.etag"], "W/\"JzEsNTYzNzE0NDU3Nic=\"");
}

TEST_F(C4, AChangeOfAnAddressChangesTheETag) {
  customer("C1", "dat");
  const std::string before = fo_get(row_c1)["@odata.etag"];
  fo("PATCH", row_c1, R"({"AddressCity":"Ulm"})");
  EXPECT_NE(fo_get(row_c1)["@odata.etag"], before);
}

TEST_F(C4, RecVersionsAreNotInOrder) {
  customer("C1", "dat");
  std::vector<std::int64_t> versions;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    fo("PATCH", row_c1, std::string(R"({"SalesMemo":")") + name + "\"}");
    versions.push_back(std::stoll(decoded(fo_get(row_c1)["@odata.etag"]).substr(1)));
  }
  EXPECT_FALSE(std::ranges::is_sorted(versions));
  EXPECT_GT(std::ranges::max(versions), 1000000);
}

TEST_F(C4, IfMatchGuardsADelete) {
  customer("C1", "dat");
  const std::string etag = fo_get(row_c1)["@odata.etag"];
  fo("PATCH", row_c1, R"({"SalesMemo":"x"})");
  EXPECT_EQ(fo("DELETE", row_c1, "", {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(fo("DELETE", row_c1, "", {{"If-Match", "*"}}).status, 204);
}

TEST_F(C4, WithoutIfMatchTheLastWriterWinsFieldByField) {
  customer("C1", "dat");
  fo("PATCH", row_c1, R"({"SalesMemo":"x"})");
  fo("PATCH", row_c1, R"({"PaymentTerms":"N30"})");
  EXPECT_EQ(fo_get(row_c1)["SalesMemo"], "x");
  EXPECT_EQ(fo_get(row_c1)["PaymentTerms"], "N30");
}

TEST_F(C4, TheKernelMayFindThatAnotherProcessWasFaster) {
  customer("C1", "dat");
  control("POST", "finops/update-conflicts", R"({"count":1})");
  const http::Response refused = fo("PATCH", row_c1, R"({"SalesMemo":"x"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(infolog_of(refused),
            "Write failed for table row of type 'CustCustomerV3Entity'. Infolog: Error: Cannot edit a record in "
            "Customers V3 (CustCustomerV3Entity). Customer account: C1.\nAn update conflict occurred due to another "
            "user process deleting the record or changing one or more fields in the record.");
  EXPECT_EQ(fo("PATCH", row_c1, R"({"SalesMemo":"x"})").status, 204);
}

TEST_F(C4, AMethodThatNobodyKnowsIs405) {
  EXPECT_EQ(fo("DELETE", "CustomersV3").status, 405);
  EXPECT_EQ(fo("POST", row_c1, "{}").status, 405);
}

TEST_F(C5, ARowHasTheRecordedShape) {
  customer("US-001", "dat", R"(,"CustomerGroupId":"10")");
  const http::Response answer = fo("GET",
                                   "CustomersV3?$select=dataAreaId,CustomerAccount,OrganizationName,CustomerGroupId,"
                                   "CreditLimit,OnHoldStatus,IdentificationNumber,LanguageId");
  const std::string etag = json::parse(answer.body)["value"][0]["@odata.etag"].dump();
  const std::string columns =
      "dataAreaId,CustomerAccount,OrganizationName,CustomerGroupId,CreditLimit,OnHoldStatus,IdentificationNumber,"
      "LanguageId";
  EXPECT_EQ(answer.body, R"({"@odata.context":"http://127.0.0.1:8702/data/$metadata#CustomersV3()" + columns +
                             R"~()","value":[{"@odata.etag":)~" + etag +
                             R"(,"dataAreaId":"dat","CustomerAccount":"US-001","OrganizationName":"Name of US-001",)"
                             R"("CustomerGroupId":"10","CreditLimit":0,"OnHoldStatus":"No",)"
                             R"("IdentificationNumber":"","LanguageId":"en-us"}]})");
}

TEST_F(C5, TheEmptyValuesAreThoseOfTheTypes) {
  reading("M1");
  EXPECT_EQ(tariff("M1", 1).status, 201);
  const json row = fo_get("MeterReadings('M1')");
  EXPECT_EQ(row["Description"], "");
  EXPECT_EQ(row["Visits"], 0);
  EXPECT_EQ(row["PulseCount"], 0);
  EXPECT_EQ(row["Quantity"], 0);
  EXPECT_EQ(row["InstalledOn"], "1900-01-01T12:00:00Z");
  EXPECT_EQ(row["ReadAt"], "1900-01-01T00:00:00Z");
  const json other = fo_get("MeterTariffs")["value"][0];
  EXPECT_EQ(other["IsIndexed"], "No");
  EXPECT_EQ(other["ContractId"], "00000000-0000-0000-0000-000000000000");
}

TEST_F(C5, AnEnumerationWithoutAMemberForItsValueIsNull) {
  EXPECT_EQ(fo("POST", "VendorsV2", R"({"VendorAccountNumber":"V1","VendorOrganizationName":"A"})").status, 201);
  EXPECT_TRUE(fo_get("VendorsV2")["value"][0]["Tax1099Type"].is_null());
}

TEST_F(C5, AnEnumerationIsTakenAsANumberToo) {
  customer("C1", "dat", R"(,"OnHoldStatus":3)");
  EXPECT_EQ(fo_get(row_c1)["OnHoldStatus"], "Payment");
}

TEST_F(C5, ATextIsCutWhereItsFieldIsCutSilentlyAndRefusedElsewhere) {
  customer("C1", "dat", R"(,"NameAlias":"ÄÖÜ456789012345678901234")");
  EXPECT_EQ(fo_get(row_c1)["NameAlias"], "ÄÖÜ45678901234567890");
  EXPECT_EQ(fo("PATCH", row_c1, R"({"LanguageId":"12345678"})").status, 400);
}

TEST_F(C5, IdsAreUpperCaseIfTheirTypeSaysSo) {
  const std::string body = R"({"CustomerAccount":"c1","OrganizationName":"a"})";
  Switched other([](FinopsSwitches& switches) { switches.upper_case_ids = true; });
  EXPECT_EQ(json::parse(fo("POST", "CustomersV3", body).body)["CustomerAccount"], "c1");
  const json upper = json::parse(other.fo("POST", "CustomersV3", body).body);
  EXPECT_EQ(upper["CustomerAccount"], "C1");
  EXPECT_EQ(upper["OrganizationName"], "a");
}

TEST_F(C5, NumbersAreInQuotesOnlyForIeee754Compatible) {
  reading("M1", R"(,"PulseCount":9007199254740993,"Quantity":1.10,"Visits":2)");
  const std::string query = "MeterReadings('M1')?$select=PulseCount,Quantity,Visits";
  EXPECT_TRUE(fo("GET", query).body.ends_with(R"("PulseCount":9007199254740993,"Quantity":1.1,"Visits":2})"));
  const http::Response quoted = fo("GET", query, "", {{"Accept", "application/json;IEEE754Compatible=true"}});
  EXPECT_TRUE(quoted.body.ends_with(R"("PulseCount":"9007199254740993","Quantity":"1.1","Visits":2})")) << quoted.body;
  EXPECT_EQ(quoted.headers.get("Content-Type"), "application/json; odata.metadata=minimal; IEEE754Compatible=true");
}

TEST_F(C5, NumbersInQuotesAreTakenOnlyForIeee754Compatible) {
  const std::string body = R"({"MeterId":"M1","PulseCount":"9007199254740993"})";
  EXPECT_EQ(fo("POST", "MeterReadings", body).status, 400);
  EXPECT_EQ(fo("POST", "MeterReadings", body, {{"Content-Type", "application/json;IEEE754Compatible=true"}}).status,
            201);
  EXPECT_EQ(fo_get("MeterReadings('M1')")["PulseCount"], 9007199254740993);
}

TEST_F(C5, FullMetadataNamesTypesAndLinks) {
  tariff("M1", 1);
  const http::Response answer = fo("GET", "MeterTariffs", "", {{"Accept", "application/json;odata.metadata=full"}});
  const json row = json::parse(answer.body)["value"][0];
  const std::string key =
      "MeterTariffs(dataAreaId='dat',MeterId='M1',Kind=Microsoft.Dynamics.DataEntities.TariffKind'Night',"
      "ValidFrom=2026-01-02T12:00:00Z,Step=1)";
  EXPECT_EQ(row["@odata.type"], "#Microsoft.Dynamics.DataEntities.MeterTariff");
  EXPECT_EQ(row["@odata.id"], "http://127.0.0.1:8702/data/" + key);
  EXPECT_EQ(row["@odata.editLink"], key);
  EXPECT_EQ(row["Kind@odata.type"], "#Microsoft.Dynamics.DataEntities.TariffKind");
  EXPECT_EQ(row["ValidFrom@odata.type"], "#DateTimeOffset");
  EXPECT_EQ(row["Meter@odata.navigationLink"], "http://127.0.0.1:8702/data/" + key + "/Meter");
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/json; odata.metadata=full");
}

}  // namespace
}  // namespace dualwrite::sandbox
