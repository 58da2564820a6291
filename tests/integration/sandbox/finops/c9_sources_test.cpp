// Where changes can be had from, packages, and what is different on premises (C9 to C11).
#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

class C10Packages : public FinopsTest {
 protected:
  http::Response act(const std::string& action, const std::string& body) {
    return fo("POST", "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities." + action, body);
  }
  std::string value(const std::string& action, const std::string& body) {
    const http::Response answer = act(action, body);
    EXPECT_EQ(answer.status, 200) << action << ": " << answer.body;
    return json::parse(answer.body).value("value", "?");
  }
  std::string status(const std::string& id) {
    return value("GetExecutionSummaryStatus", R"({"executionId":")" + id + "\"}");
  }
  std::string exported() {
    return value("ExportToPackage",
                 R"({"definitionGroupId":"CustomersV3","packageName":"p","executionId":"","reExecute":true,)"
                 R"("legalEntityId":"USMF"})");
  }
  http::Response blob(const std::string& method, const std::string& url, const std::string& body = {}) {
    return finops.handle(http::Request(method, url.substr(url.find("/_blob/")), {}, body));
  }
};

TEST_F(C9, ThereIsNoDelta) {
  const http::Response answer = fo("GET", "Currencies", "", {{"Prefer", "odata.track-changes"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.headers.has("Preference-Applied"));
  EXPECT_EQ(answer.body.find("deltaLink"), std::string::npos);
}

TEST_F(C9, ModifiedDateTimeIsThereOnlyWhereTheEntityExposesIt) {
  EXPECT_EQ(fo("GET", "CustomersV3?$filter=ModifiedDateTime gt 2026-01-01T00:00:00Z").status, 400);
}

TEST_F(C9, AScanOfKeysAndETagsTellsWhatChanged) {
  for (const char* account : {"A", "B", "C"}) customer(account, "dat");
  const std::string scan = "CustomersV3?$select=dataAreaId,CustomerAccount&cross-company=true";
  const json before = fo_get(scan)["value"];
  fo("PATCH", "CustomersV3(dataAreaId='dat',CustomerAccount='B')", R"({"SalesMemo":"x"})");
  const json after = fo_get(scan)["value"];
  EXPECT_EQ(before[0], after[0]);
  EXPECT_NE(before[1]["@odata.etag"], after[1]["@odata.etag"]);
  EXPECT_EQ(before[2], after[2]);
}

TEST_F(C9, ADeletedRowIsAbsentFromTheScan) {
  for (const char* account : {"A", "B", "C"}) customer(account, "dat");
  fo("DELETE", "CustomersV3(dataAreaId='dat',CustomerAccount='B')");
  EXPECT_EQ(column("CustomerAccount", "CustomersV3?$select=CustomerAccount"), "A,C");
}

TEST_F(C10Packages, AWriteUrlIsJsonWithAnIdAndAnAddressThatCanBeWritten) {
  const http::Response answer = act("GetAzureWriteUrl", R"({"uniqueFileName":"x.zip"})");
  EXPECT_TRUE(answer.body.starts_with(
      R"({"@odata.context":"http://127.0.0.1:8702/data/$metadata#Edm.String","value":"{\"BlobId\":\"{)"))
      << answer.body;
  const std::string url = json::parse(json::parse(answer.body)["value"].get<std::string>())["BlobUrl"];
  EXPECT_EQ(blob("PUT", url, "bytes").status, 201);
  EXPECT_EQ(blob("GET", url).body, "bytes");
  EXPECT_EQ(blob("GET", url.substr(0, url.size() - 1)).status, 403);
}

TEST_F(C10Packages, AnExportIsExecutingAndThenSucceeded) {
  const std::string id = exported();
  EXPECT_EQ(status(id), "Executing");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(status(id), "Succeeded");
  EXPECT_EQ(value("GetExecutionErrors", R"({"executionId":")" + id + "\"}"), "");
}

TEST_F(C10Packages, AnExecutionThatNobodyKnowsIsUnknown) {
  EXPECT_EQ(status("nope"), "Unknown");
}

TEST_F(C10Packages, TheIdOfAnExecutionMayBeGiven) {
  EXPECT_EQ(value("ExportToPackage",
                  R"({"definitionGroupId":"Currencies","packageName":"p","executionId":"mine","reExecute":true,)"
                  R"("legalEntityId":"USMF"})"),
            "mine");
}

TEST_F(C10Packages, TheExportedPackageIsAZipWithManifestHeaderAndRowsOfTheLegalEntity) {
  customer("C1", "usmf", R"(,"SalesMemo":"a, \"b\"")");
  customer("C2", "ussi");
  const std::string id = exported();
  EXPECT_EQ(value("GetExportedPackageUrl", R"({"executionId":")" + id + "\"}"), "");
  clock.advance(std::chrono::seconds(1));
  const std::string url = value("GetExportedPackageUrl", R"({"executionId":")" + id + "\"}");
  const std::string zip = blob("GET", url).body;
  EXPECT_TRUE(zip.starts_with("PK\x03\x04"));
  for (const char* name : {"Manifest.xml", "PackageHeader.xml", "Customers V3.csv"}) {
    EXPECT_NE(zip.find(name), std::string::npos) << name;
  }
  EXPECT_NE(zip.find("\r\nusmf,C1,"), std::string::npos);
  EXPECT_NE(zip.find(R"(,"a, ""b""",)"), std::string::npos);
  EXPECT_EQ(zip.find("\r\nussi,C2,"), std::string::npos);
}

TEST_F(C10Packages, AnImportOfAPackageIsAnExecution) {
  const json place = json::parse(value("GetAzureWriteUrl", R"({"uniqueFileName":"x.zip"})"));
  blob("PUT", place["BlobUrl"], "PK");
  const std::string id =
      value("ImportFromPackage", R"({"packageUrl":")" + place["BlobUrl"].get<std::string>() +
                                     R"(","definitionGroupId":"p","executionId":"","execute":true,"overwrite":true,)"
                                     R"("legalEntityId":"USMF"})");
  EXPECT_EQ(status(id), "Executing");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(status(id), "Failed");
  EXPECT_NE(value("GetExecutionErrors", R"({"executionId":")" + id + "\"}"), "");
}

TEST_F(C10Packages, APackageThatIsNotThereFailsTheAction) {
  EXPECT_EQ(act("ImportFromPackage", R"({"packageUrl":"http://127.0.0.1:1/x","definitionGroupId":"p"})").status, 500);
}

TEST_F(C10Packages, ErrorFilesOfAnExecutionWithoutErrorsAreEmpty) {
  const std::string body = R"({"executionId":")" + exported() + R"(","entityName":"Customers V3"})";
  EXPECT_EQ(value("GetImportStagingErrorFileUrl", body), "");
  EXPECT_EQ(value("GetImportTargetErrorKeysFileUrl", body), "");
  EXPECT_EQ(value("GenerateImportTargetErrorKeysFile", body), "False");
}

TEST_F(C10Packages, ActionsArePostedAndUnknownOnesAre404) {
  EXPECT_EQ(fo("GET", "DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetAzureWriteUrl").status, 405);
  EXPECT_EQ(act("Nonsense", "{}").status, 404);
  EXPECT_EQ(fo("POST", "CustomersV3/Microsoft.Dynamics.DataEntities.Nonsense", "{}").status, 404);
}

TEST_F(C11, TheRootIsBelowNamespacesAxsf) {
  EXPECT_EQ(at_get("/namespaces/AXSF/data/")["@odata.context"], "http://127.0.0.1:8702/namespaces/AXSF/data/$metadata");
  EXPECT_EQ(at_get("/namespaces/AXSF/data/Currencies")["@odata.context"],
            "http://127.0.0.1:8702/namespaces/AXSF/data/$metadata#Currencies");
}

TEST_F(C11, LinksStayBelowTheRoot) {
  const http::Response created = at("POST", "/namespaces/AXSF/data/Currencies", R"({"CurrencyCode":"EUR"})");
  EXPECT_EQ(created.headers.get("Location"),
            "http://127.0.0.1:8702/namespaces/AXSF/data/Currencies(CurrencyCode='EUR')");
  at("POST", "/namespaces/AXSF/data/Currencies", R"({"CurrencyCode":"USD"})");
  const http::Response page = at("GET", "/namespaces/AXSF/data/Currencies", "", {{"Prefer", "odata.maxpagesize=1"}});
  EXPECT_TRUE(json::parse(page.body)["@odata.nextLink"].get<std::string>().starts_with(
      "http://127.0.0.1:8702/namespaces/AXSF/data/Currencies?"));
}

TEST_F(C11, RowsAreTheSameUnderBothRoots) {
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})");
  EXPECT_EQ(at_get("/namespaces/AXSF/data/Currencies('EUR')")["Name"], "Euro");
}

TEST_F(C11, TheMetadataServiceIsBelowTheRootToo) {
  EXPECT_EQ(at_get("/namespaces/AXSF/metadata/PublicEntities('CustomerV3')")["EntitySetName"], "CustomersV3");
}

TEST_F(C11, ABatchIsRelativeToTheRoot) {
  const http::Response answer = at("POST", "/namespaces/AXSF/data/$batch",
                                   odata::encode_batch_request({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})"),
                                                                part("GET", "/namespaces/AXSF/data/Currencies('EUR')")},
                                                               "batch_1"),
                                   {{"Content-Type", "multipart/mixed; boundary=batch_1"}});
  const auto parts = parts_of(answer);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].status, 201);
  EXPECT_EQ(parts[1].status, 200);
}

TEST_F(C11, ThePackageServiceHandsOutUrlsOfItsOwnHost) {
  const http::Response answer = at(
      "POST", "/namespaces/AXSF/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.GetAzureWriteUrl",
      R"({"uniqueFileName":"x.zip"})");
  const json place = json::parse(json::parse(answer.body)["value"].get<std::string>());
  EXPECT_TRUE(place["BlobUrl"].get<std::string>().starts_with("http://127.0.0.1:8702/_blob/"));
}

}  // namespace
}  // namespace dualwrite::sandbox
