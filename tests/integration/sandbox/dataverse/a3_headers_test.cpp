#include "integration/sandbox/dataverse/facts.hpp"

namespace dualwrite::sandbox {
namespace {

TEST_F(A3, DataIsJsonWithMinimalMetadataAndTheVersion) {
  const http::Response response = dv("GET", "accounts");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json; odata.metadata=minimal");
  EXPECT_EQ(response.headers.get("OData-Version"), "4.0");
}

TEST_F(A3, EveryAnswerBearsAnIdForSupport) {
  const http::Response good = dv("GET", "accounts");
  const http::Response bad = dv("GET", "nonsense");
  for (const http::Response& response : {good, bad}) {
    EXPECT_EQ(response.headers.get("REQ_ID").size(), 36U);
    EXPECT_EQ(response.headers.get("x-ms-service-request-id"), response.headers.get("REQ_ID"));
  }
  EXPECT_NE(good.headers.get("REQ_ID"), dv("GET", "accounts").headers.get("REQ_ID"));
}

TEST_F(A3, MetadataNoneLeavesOutControlInformation) {
  account("A1");
  const http::Response response =
      dv("GET", "accounts?$select=name", {}, {{"Accept", "application/json;odata.metadata=none"}});
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json; odata.metadata=none");
  const json body = json::parse(response.body);
  EXPECT_EQ(body.size(), 1U) << body;
  const json row = body["value"][0];
  EXPECT_EQ(row.size(), 2U) << row;
  EXPECT_EQ(row["name"], "Name of A1");
}

TEST_F(A3, MetadataNoneKeepsTheNextLink) {
  account("A1");
  account("A2");
  const json body = dv_get("accounts?$select=name",
                           {{"Accept", "application/json;odata.metadata=none"}, {"Prefer", "odata.maxpagesize=1"}});
  EXPECT_TRUE(body.contains("@odata.nextLink"));
}

TEST_F(A3, MetadataFullAddsTypesAndLinks) {
  const std::string id = account("A1");
  const json row =
      dv_get("accounts(" + id + ")?$select=name,createdon", {{"Accept", "application/json; odata.metadata=full"}});
  EXPECT_EQ(row["@odata.type"], "#Microsoft.Dynamics.CRM.account");
  EXPECT_EQ(row["@odata.id"], "http://127.0.0.1:8701/api/data/v9.2/accounts(" + id + ")");
  EXPECT_EQ(row["@odata.editLink"], "accounts(" + id + ")");
  EXPECT_EQ(row["accountid@odata.type"], "#Guid");
  EXPECT_EQ(row["createdon@odata.type"], "#DateTimeOffset");
  EXPECT_FALSE(row.contains("name@odata.type"));
}

TEST_F(A3, AddressOfAGetHasAtMost32768Characters) {
  const std::string root = "/api/data/v9.2/";
  const auto status_of = [&](std::size_t length) {
    std::string path = "accounts?$filter=name%20eq%20'";
    path += std::string(length - root.size() - path.size() - 1, 'x') + "'";
    return dv("GET", path).status;
  };
  EXPECT_EQ(status_of(32768), 200);
  EXPECT_EQ(status_of(32769), 414);
}

TEST_F(A3, AddressOfAGetInABatchMayBeTwiceAsLong) {
  const std::string filter = "accounts?$filter=name eq '" + std::string(40000, 'x') + "'";
  const auto parts = parts_of(dv_batch({part("GET", filter)}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 200);
  const std::string longer = "accounts?$filter=name eq '" + std::string(66000, 'x') + "'";
  EXPECT_EQ(parts_of(dv_batch({part("GET", longer)}))[0].status, 414);
}

TEST_F(A3, BodyThatIsNotJsonIs415) {
  EXPECT_EQ(dv("POST", "accounts", "<a/>", {{"Content-Type", "application/xml"}}).status, 415);
  EXPECT_EQ(dv("POST", "accounts", R"({"name":"A"})", {{"Content-Type", "application/json; charset=utf-8"}}).status,
            204);
}

TEST_F(A3, AnnotationsMayBeNamedOneByOne) {
  const std::string row = "accounts(" + account("A1", "usmf", R"(,"customertypecode":3)") + ")";
  const json labels =
      dv_get(row, {{"Prefer", "odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\""}});
  EXPECT_EQ(labels["customertypecode@OData.Community.Display.V1.FormattedValue"], "Customer");
  EXPECT_FALSE(labels.contains("_msdyn_company_value@Microsoft.Dynamics.CRM.lookuplogicalname"));
  const json names = dv_get(row, {{"Prefer", "odata.include-annotations=\"Microsoft.Dynamics.CRM.*\""}});
  EXPECT_FALSE(names.contains("customertypecode@OData.Community.Display.V1.FormattedValue"));
  EXPECT_EQ(names["_msdyn_company_value@Microsoft.Dynamics.CRM.associatednavigationproperty"], "msdyn_company");
}

TEST_F(A3, HonouredPreferencesAreNamed) {
  account("A1");
  const http::Response page =
      dv("GET", "accounts?$select=name", {}, {{"Prefer", "odata.include-annotations=\"*\",odata.maxpagesize=3"}});
  EXPECT_EQ(page.headers.get("Preference-Applied"), "odata.maxpagesize=3,odata.include-annotations=\"*\"");
  EXPECT_FALSE(dv("GET", "accounts?$select=name").headers.has("Preference-Applied"));
}

TEST_F(E, WideNumbersComeInQuotesWhereTheClientAsksForThem) {
  const std::string id = dv_create(
      "contoso_meterreadings", R"({"contoso_pulsecount":9007199254740993,"contoso_quantity":0.1,"contoso_visits":5})");
  const http::Response response =
      dv("GET", "contoso_meterreadings(" + id + ")?$select=contoso_pulsecount,contoso_quantity,contoso_visits", {},
         {{"Accept", "application/json;IEEE754Compatible=true"}});
  const json row = json::parse(response.body);
  EXPECT_EQ(row["contoso_pulsecount"], "9007199254740993");
  EXPECT_EQ(row["contoso_quantity"], "0.1000000000");
  EXPECT_EQ(row["contoso_visits"], 5);
  EXPECT_NE(response.headers.get("Content-Type").find("IEEE754Compatible=true"), std::string_view::npos);
}

TEST_F(E, EtagsAreComparedWeaklyAndMayBeAList) {
  const std::string row = "accounts(" + account("A1") + ")";
  const std::string etag(dv("GET", row).headers.get("ETag"));
  const std::string strong = etag.substr(2);
  EXPECT_EQ(dv("GET", row, {}, {{"If-None-Match", "\"1\", " + strong}}).status, 304);
  EXPECT_EQ(dv("PATCH", row, R"({"name":"B"})", {{"If-Match", "W/\"1\", " + strong}}).status, 204);
  EXPECT_EQ(dv("PATCH", row, R"({"name":"C"})", {{"If-Match", "W/\"1\", " + strong}}).status, 412);
}

TEST_F(E, Int64AboveTheReachOfDoublesIsExact) {
  const std::string id = dv_create("contoso_meterreadings", R"({"contoso_pulsecount":9007199254740993})");
  const http::Response response = dv("GET", "contoso_meterreadings(" + id + ")?$select=contoso_pulsecount");
  EXPECT_NE(response.body.find("\"contoso_pulsecount\":9007199254740993,"), std::string::npos) << response.body;
  EXPECT_EQ(dv_get("contoso_meterreadings?$filter=contoso_pulsecount eq 9007199254740993")["value"].size(), 1U);
  EXPECT_EQ(dv_get("contoso_meterreadings?$filter=contoso_pulsecount eq 9007199254740992")["value"].size(), 0U);
}

}  // namespace
}  // namespace dualwrite::sandbox
