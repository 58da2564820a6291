// Which endpoints hear of what, and data events with the virtual table's names (D1 to D3).
#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

class D1Catalog : public FinopsTest {
 protected:
  D1Catalog() {
    endpoint("one");
    endpoint("two");
  }
  void endpoint(const std::string& name) {
    finops::EventEndpoint saved;
    saved.name = name;
    saved.url = "http://127.0.0.1:9999/" + name;
    saved.headers.add("x-key", name);
    EXPECT_TRUE(finops.state().events.save_endpoint(std::move(saved)));
  }
  int activate(const std::string& endpoint, const std::string& company = {}) {
    return control("POST", "finops/activations",
                   R"({"event":"DualwriteRecordChanged","endpoint":")" + endpoint + R"(","legalEntity":")" + company +
                       "\"}")
        .status;
  }
  int activate_data(const std::string& event, const std::string& company = {}) {
    return control("POST", "finops/activations",
                   R"({"dataEvent":")" + event + R"(","endpoint":"one","legalEntity":")" + company + "\"}")
        .status;
  }
  std::string urls() {
    std::string all;
    for (const Post& post : notices) all += (all.empty() ? "" : ",") + post.url.substr(post.url.rfind('/') + 1);
    return all;
  }
};

class D2Catalog : public D1Catalog {
 protected:
  /// The attributes of the target of the only event.
  json attributes() {
    EXPECT_EQ(notices.size(), 1U);
    json all = json::object();
    for (const json& each : json::parse(notices.at(0).body)["InputParameters"][0]["value"]["Attributes"]) {
      all[each["key"].get<std::string>()] = each["value"];
    }
    return all;
  }
};

TEST_F(D1Catalog, NothingIsSentBeforeItIsActivated) {
  customer("C1");
  EXPECT_TRUE(notices.empty());
}

TEST_F(D1Catalog, AnEventIsActivatedForAnEndpointAndALegalEntity) {
  EXPECT_EQ(activate("one", "usmf"), 204);
  customer("C1", "usmf");
  customer("C2", "ussi");
  EXPECT_EQ(urls(), "one");
  EXPECT_EQ(notices.at(0).headers.get("x-key"), "one");
  EXPECT_EQ(json::parse(notices[0].body)["BusinessEventLegalEntity"], "usmf");
}

TEST_F(D1Catalog, WithoutALegalEntityItIsActiveForAll) {
  activate("two");
  customer("C1", "usmf");
  customer("C2", "ussi");
  EXPECT_EQ(urls(), "two,two");
}

TEST_F(D1Catalog, EveryEndpointGetsTheSameEvent) {
  activate("one");
  activate("two");
  customer("C1");
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].body, notices[1].body);
}

TEST_F(D1Catalog, AnEventHasAtMostTenEndpointsInALegalEntity) {
  for (int i = 0; i < 11; ++i) endpoint("e" + std::to_string(i));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(activate("e" + std::to_string(i), "usmf"), 204);
  EXPECT_EQ(activate("e10", "usmf"), 400);
  EXPECT_EQ(activate("e10", "ussi"), 204);
}

TEST_F(D1Catalog, DeactivationAndRemovalOfTheEndpointEndIt) {
  activate("one");
  activate("two");
  EXPECT_EQ(control("DELETE", "finops/activations", R"({"event":"DualwriteRecordChanged","endpoint":"one"})").status,
            204);
  EXPECT_EQ(control("DELETE", "finops/endpoints/two").status, 204);
  customer("C1");
  EXPECT_TRUE(notices.empty());
  EXPECT_EQ(control("DELETE", "finops/endpoints/two").status, 404);
}

TEST_F(D1Catalog, UnknownEventsAndEndpointsCannotBeActivated) {
  EXPECT_EQ(activate("three"), 400);
  EXPECT_EQ(control("POST", "finops/activations", R"({"event":"Nope","endpoint":"one"})").status, 400);
  EXPECT_EQ(activate_data("CustomersV3/Merged"), 400);
  EXPECT_EQ(activate_data("Nope/Created"), 400);
}

TEST_F(D1Catalog, ARolledBackTransactionRaisesNoEvent) {
  activate("one");
  fo_batch({part("POST", "Currencies", R"({"CurrencyCode":"EUR"})", 0, "1"), part("POST", "Currencies", "{}", 0, "2")});
  EXPECT_TRUE(notices.empty());
}

TEST_F(D1Catalog, TheEnvelopeHasTheRecordedMembersInOrder) {
  activate("one");
  customer("C1");
  const auto event = nlohmann::ordered_json::parse(notices.at(0).body);
  std::string names;
  for (const auto& [name, value] : event.items()) names += name + " ";
  EXPECT_EQ(names,
            "BusinessEventId BusinessEventLegalEntity ContextRecordSubject ControlNumber EventId EventTime "
            "EventTimeIso8601 InitiatingUserAADObjectId MajorVersion MinorVersion ParentContextRecordSubjects Entity "
            "Operation Key ");
  EXPECT_EQ(event["EventTime"], "/Date(1772600767890)/");
}

TEST_F(D1Catalog, TheTestEventHasItsOwnIdAndTheLeastControlNumber) {
  const json event = json::parse(finops::test_event(finops.state()));
  EXPECT_EQ(event["BusinessEventId"], "BusinessEventsTestEndpointContract");
  EXPECT_EQ(event["ControlNumber"], INT64_MIN);
}

TEST_F(D1Catalog, CatalogAndEndpointsAreKeptWithTheState) {
  activate("one", "usmf");
  Writer writer;
  finops.save(writer);
  Reader reader(writer.bytes());
  finops::Service other(clock, settings, tokens, {});
  other.load(reader);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(other.state().events.receivers("DualwriteRecordChanged", false, "usmf").size(), 1U);
  EXPECT_EQ(other.state().events.receivers("DualwriteRecordChanged", false, "ussi").size(), 0U);
}

TEST_F(D2Catalog, DataEventsAreActivatedByEntityOperationAndLegalEntity) {
  activate_data("CustomersV3/Updated", "usmf");
  customer("C1", "usmf");
  customer("C1", "ussi");
  EXPECT_TRUE(notices.empty());
  fo("PATCH", "CustomersV3(dataAreaId='ussi',CustomerAccount='C1')?cross-company=true", R"({"SalesMemo":"x"})");
  EXPECT_TRUE(notices.empty());
  fo("PATCH", "CustomersV3(dataAreaId='usmf',CustomerAccount='C1')?cross-company=true", R"({"SalesMemo":"x"})");
  EXPECT_EQ(notices.size(), 1U);
}

TEST_F(D2Catalog, TheMessageIsOnExternalWithTheOperation) {
  for (const char* operation : {"Created", "Updated", "Deleted"}) activate_data(std::string("Currencies/") + operation);
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  fo("PATCH", "Currencies('EUR')", R"({"Name":"Euro"})");
  fo("DELETE", "Currencies('EUR')");
  ASSERT_EQ(notices.size(), 3U);
  EXPECT_EQ(json::parse(notices[0].body)["MessageName"], "OnExternalCreated");
  EXPECT_EQ(json::parse(notices[1].body)["MessageName"], "OnExternalUpdated");
  EXPECT_EQ(json::parse(notices[2].body)["MessageName"], "OnExternalDeleted");
  EXPECT_EQ(notices[0].headers.get("x-ms-dynamics-request-name"), "OnExternalCreated");
  EXPECT_EQ(notices[0].headers.get("x-ms-dynamics-entity-name"), "mserp_currencyentity");
}

TEST_F(D2Catalog, TheContextNamesTheVirtualTableAndNoRow) {
  activate_data("Currencies/Created");
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  const json context = json::parse(notices.at(0).body);
  EXPECT_EQ(context["PrimaryEntityName"], "mserp_currencyentity");
  EXPECT_EQ(context["PrimaryEntityId"], "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(context["OperationCreatedOn"], "/Date(1772600767000+0000)/");
  EXPECT_EQ(context["Mode"], 1);
  EXPECT_NE(notices[0].body.find(R"(\/Date(1772600767000+0000)\/)"), std::string::npos);
}

TEST_F(D2Catalog, TheTargetCarriesTheColumnsUnderTheVirtualNames) {
  activate_data("Currencies/Created");
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro","GeneralRoundingRule":0.05})");
  const json all = attributes();
  EXPECT_EQ(all["mserp_currencycode"], "EUR");
  EXPECT_EQ(all["mserp_name"], "Euro");
  EXPECT_EQ(all["mserp_generalroundingrule"], 0.05);
}

TEST_F(D2Catalog, EnumerationsAreOptionsFromTwoHundredMillionOn) {
  activate_data("CustomersV3/Created");
  customer("C1", "usmf", R"(,"IsOneTimeCustomer":"Yes")");
  const json all = attributes();
  EXPECT_EQ(all["mserp_isonetimecustomer"],
            json::parse(R"({"__type":"OptionSetValue:http://schemas.microsoft.com/xrm/2011/Contracts",
                            "Value":200000001})"));
  EXPECT_EQ(all["mserp_onholdstatus"]["Value"], 200000000);
}

TEST_F(D2Catalog, EmptyDatesAndUnsupportedTypesAreLeftOut) {
  activate_data("MeterTariffs/Created");
  tariff("M1", 1, R"(,"ContractId":"00000000-0000-0000-0000-000000000001")");
  const json all = attributes();
  EXPECT_EQ(all["mserp_validfrom"], "/Date(1767355200000)/");
  EXPECT_FALSE(all.contains("mserp_validto"));
  EXPECT_FALSE(all.contains("mserp_contractid"));
}

TEST_F(D2Catalog, ADeletionIsAReference) {
  activate_data("Currencies/Deleted");
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR"})");
  fo("DELETE", "Currencies('EUR')");
  const json target = json::parse(notices.at(0).body)["InputParameters"][0]["value"];
  EXPECT_EQ(target["__type"], "EntityReference:http://schemas.microsoft.com/xrm/2011/Contracts");
  EXPECT_EQ(target["LogicalName"], "mserp_currencyentity");
  EXPECT_EQ(target["Id"].get<std::string>().substr(8), "-0000-0000-0000-005001000000");
}

TEST_F(D2Catalog, AWriteThatChangesNothingRaisesNone) {
  activate_data("Currencies/Updated");
  fo("POST", "Currencies", R"({"CurrencyCode":"EUR","Name":"Euro"})");
  fo("PATCH", "Currencies('EUR')", R"({"Name":"Euro"})");
  EXPECT_TRUE(notices.empty());
}

TEST_F(D3, TheGuidOfAVirtualRowHoldsItsTableAndItsRecId) {
  TableSchema schema;
  EXPECT_EQ(finops::virtual_row_id(schema, 5637151326), "00004951-0000-0000-5e1a-005001000000");
  schema.id = 2;
  EXPECT_EQ(finops::virtual_row_id(schema, 1), "00004953-0000-0000-0100-000000000000");
}

TEST_F(D3, AVirtualTableIsNamedAfterThePhysicalEntity) {
  EXPECT_EQ(finops::virtual_table(*finops.state().database.schema.find_set("CustomersV3")),
            "mserp_custcustomerv3entity");
}

}  // namespace
}  // namespace dualwrite::sandbox
