// `check` finds everything that was planted in one run, and names the repair of each.
#include <fstream>
#include <nlohmann/json.hpp>

#include "integration/input/fixture.hpp"

namespace dualwrite::test {
namespace {

using nlohmann::json;
using Faults = InputTest;

json column(const char* finops, const char* dataverse, const char* type = nullptr) {
  json out = {{"finops", finops}, {"dataverse", dataverse}};
  if (type != nullptr) out["type"] = type;
  return out;
}

json key(const char* finops, const char* dataverse) {
  json out = column(finops, dataverse);
  out["key"] = true;
  return out;
}

json map_of(const char* name, const char* entity, const char* table, const char* set, const char* id) {
  return {{"name", name},
          {"finops", {{"entity", entity}}},
          {"dataverse", {{"table", table}, {"set", set}, {"id", id}}},
          {"columns", json::array()}};
}

json currencies(const char* name) {
  json map = map_of(name, "Currencies", "transactioncurrency", "transactioncurrencies", "transactioncurrencyid");
  map["columns"].push_back(key("CurrencyCode", "isocurrencycode"));
  return map;
}

json company() {
  json out = key("dataAreaId", "msdyn_company/cdm_companycode");
  out["lookup"] = {{"set", "cdm_companies"}, {"id", "cdm_companyid"}};
  return out;
}

struct Planted {
  const char* what;    ///< part of the finding
  const char* repair;  ///< part of its hint
};

TEST_F(Faults, ThirtyPlantedOnesAreFoundInOneRunEachWithItsRepair) {
  std::vector<Planted> planted;
  const auto plant = [&](const char* what, const char* repair) { planted.push_back({what, repair}); };

  // In the files.
  spoil("\"state\":", "\"stat\": 1, \"log\": {\"level\": \"loud\"},\n  \"state\":");
  plant("unknown key \"stat\"", "state");
  plant("\"loud\" is not trace", "");
  spoil("\"admin\": {\"listen\": \"127.0.0.1:0\"}", "\"admin\": {\"listen\": \"0.0.0.0:8700\"}");
  plant("others than this machine can reach this address", "add \"key\"");
  spoil("\"ingest\": {\"listen\": \"127.0.0.1:0\"}", "\"ingest\": {\"listen\": \"localhost:1\"}");
  plant("must be an IP address and a port", "");
  spoil("[\"map.json\"]",
        "[\"m-*.json\", \"no-such-*.json\"], \"capture\": {\"scanIntervalMs\": 5, \"deltaIntervall\": 7}");
  plant("no file matches", "relative paths begin");
  plant("scanIntervalMs", "");
  plant("unknown key \"deltaIntervall\"", "deltaIntervalMs");
  write("m-broken.json", R"({"name": "Broken Name", "finops": {"entity": "Currencies"}, "columns": []})");
  plant("/name", "");
  plant("\"dataverse\" is missing", "");
  plant("/columns", "");

  // Names that the services do not have.
  json one = map_of("one", "CustomersV33", "account", "account", "accountnumberid");
  one["columns"] = {key("CustomerAccount", "accountnumbr"), column("OrganizationName", "nmae"),
                    column("SalesMemo", "transactioncurrencyid")};
  one["constants"] = {{{"side", "dataverse"}, {"column", "customertypecod"}, {"value", 3}}};
  write("m-1.json", one.dump(1));
  plant("there is no entity \"CustomersV33\"", "did you mean \"CustomersV3\"?");
  plant("the entity set of the table account is \"accounts\"", "write \"set\": \"accounts\"");
  plant("the primary key of the table account is \"accountid\"", "write \"id\": \"accountid\"");
  plant("has no column \"accountnumbr\"", "did you mean \"accountnumber\"?");
  plant("has no column \"nmae\"", "did you mean \"name\"?");
  plant("it is a lookup, which has no value of its own", "\"lookup\"");
  plant("has no column \"customertypecod\"", "did you mean \"customertypecode\"?");

  json two = map_of("two", "CustomersV3", "acount", "accounts", "accountid");
  two["companies"] = {"usmf"};
  two["columns"] = {company(), key("CustomerAccount", "accountnumber"), column("OrganizationNme", "name"),
                    key("SalesMemo", "description")};
  two["finops"]["stamp"] = "ModifiedTime";
  two["filter"] = {{"finops", "CreditLimt gt 5"}};
  write("m-2.json", two.dump(1));
  plant("there is no table \"acount\"", "did you mean \"account\"?");
  plant("has no column \"OrganizationNme\"", "did you mean \"OrganizationName\"?");
  plant("it is not part of the key of CustomersV3", "leave \"key\" out");
  plant("has no column \"ModifiedTime\"", "");
  plant("has no column \"CreditLimt\"", "did you mean \"CreditLimit\"?");

  json three = map_of("three", "VendorsV2", "msdyn_vendor", "msdyn_vendors", "msdyn_vendorid");
  three["columns"] = {key("VendorAccountNumber", "msdyn_vendoraccountnumber"),
                      column("VendorGroupId", "msdyn_group/msdyn_name")};
  three["columns"][1]["lookup"] = {{"set", "msdyn_vendorgroups"}};
  write("m-3.json", three.dump(1));
  plant("it is part of the key of VendorsV2, not of the map", "map it with \"key\": true");
  plant("has no lookup \"msdyn_group\"", "");

  // What only a look at types, rights and companies shows.
  json four = currencies("four");
  four["columns"].push_back(column("Name", "exchangerate"));
  four["columns"].push_back(column("RoundingRulePrices", "currencyname"));
  four["columns"].push_back(column("Symbol", "overriddencreatedon", "decimal"));
  write("m-4.json", four.dump(1));
  plant("it is Decimal there, and of type string in the map", "write \"type\": \"decimal\"");
  plant("it is Edm.Decimal there, and of type string in the map", "write \"type\": \"decimal\"");
  plant("it is DateTime there, and of type decimal in the map", "write \"type\": \"datetime\"");
  write("m-5.json", currencies("five").dump(1));
  plant("joins the same rows as the map four", "leave one of them out");
  json six = map_of("six", "CustomersV3", "account", "accounts", "accountid");
  six["companies"] = {"zzzz"};
  six["columns"] = {company(), key("CustomerAccount", "accountnumber"), column("OrganizationName", "name")};
  write("m-6.json", six.dump(1));
  plant("there is no company \"zzzz\"", "create it there");
  services.close_entity("CustomersV3");
  plant("its rows cannot be read", "right");

  const Ended ended = run_command(program_with({"check", "--json", "--config", file("dualwrite.json")}), directory);
  EXPECT_EQ(ended.status, 2) << ended.err;
  const json answer = json::parse(normal(ended.out), nullptr, false);
  ASSERT_TRUE(answer.is_object()) << ended.out << ended.err;
  EXPECT_GE(planted.size(), 30U);
  for (const Planted& fault : planted) {
    bool found = false;
    for (const json& finding : answer.at("findings")) {
      const std::string text = finding.at("path").dump() + " " + finding.at("what").get<std::string>();
      const std::string hint = finding.at("hint").is_null() ? "" : finding.at("hint").get<std::string>();
      // A mistake about a key may name what is known there in its text.
      const bool repaired = (hint + text).find(fault.repair) != std::string::npos;
      found = found || (text.find(fault.what) != std::string::npos && repaired);
    }
    EXPECT_TRUE(found) << fault.what << " / " << fault.repair << "\n" << answer.dump(1);
  }
}

}  // namespace
}  // namespace dualwrite::test
