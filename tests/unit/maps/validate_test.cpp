#include "dualwrite/maps/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/golden.hpp"

namespace dualwrite::maps {
namespace {

PropertyFacts property(std::string name, Kind kind) {
  PropertyFacts facts;
  facts.name = std::move(name);
  facts.kind = kind;
  return facts;
}

/// Two services that fit the map below in everything.
struct World {
  Metadata metadata;
  std::map<std::string, EntityFacts, std::less<>> tables;

  World() {
    EntityFacts entity;
    entity.name = entity.set = "CustomersV3";
    entity.properties = {property("dataAreaId", Kind::text),      property("CustomerAccount", Kind::text),
                         property("CreditLimit", Kind::decimal),  property("OnHoldStatus", Kind::choice),
                         property("CustomerGroupId", Kind::text), property("Note", Kind::text)};
    entity.properties[0].key = entity.properties[1].key = true;
    entity.properties[3].options = {{"No", 0}, {"Invoice", 1}};
    metadata.finops = entity;

    EntityFacts account;
    account.name = "account";
    account.set = "accounts";
    account.id = "accountid";
    account.properties = {property("accountid", Kind::guid),        property("accountnumber", Kind::text),
                          property("creditlimit", Kind::decimal),   property("msdyn_onhold", Kind::choice),
                          property("description", Kind::text),      property("versionnumber", Kind::whole),
                          property("modifiedon", Kind::moment),     property("customertypecode", Kind::whole),
                          property("msdyn_group", Kind::reference), property("msdyn_company", Kind::reference)};
    account.properties[2].precision = 2;
    account.properties[3].options = {{"No", 100}, {"In-voice!", 101}};
    account.references = {{"msdyn_company", "cdm_company", "msdyn_company"},
                          {"msdyn_Group", "msdyn_group", "msdyn_group"}};
    account.keys = {{"accountnumber", "msdyn_company"}};
    metadata.dataverse = account;

    EntityFacts company;
    company.name = "cdm_company";
    company.set = "cdm_companies";
    company.id = "cdm_companyid";
    company.properties = {property("cdm_companycode", Kind::text)};
    company.keys = {{"cdm_companycode"}};
    tables.emplace("cdm_company", company);
    EntityFacts group;
    group.name = "msdyn_group";
    group.set = "msdyn_groups";
    group.id = "msdyn_groupid";
    group.properties = {property("msdyn_code", Kind::text)};
    group.references = {{"msdyn_company", "cdm_company", "msdyn_company"}};
    group.keys = {{"msdyn_code", "msdyn_company"}};
    tables.emplace("msdyn_group", group);
    metadata.related = [this](std::string_view name) -> const EntityFacts* {
      const auto found = tables.find(name);
      return found == tables.end() ? nullptr : &found->second;
    };
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  PropertyFacts& finops(std::size_t index) { return metadata.finops->properties[index]; }
  PropertyFacts& dataverse(std::size_t index) { return metadata.dataverse->properties[index]; }
};

constexpr const char* good_map = R"({
  "name": "customers",
  "finops": {"entity": "CustomersV3"},
  "dataverse": {"table": "account", "set": "accounts", "id": "accountid"},
  "companies": ["usmf"],
  "filter": {"finops": "Note ne ''"},
  "columns": [
    {"finops": "dataAreaId", "dataverse": "msdyn_company/cdm_companycode", "key": true,
     "lookup": {"set": "cdm_companies", "id": "cdm_companyid"}},
    {"finops": "CustomerAccount", "dataverse": "accountnumber", "key": true},
    {"finops": "CreditLimit", "dataverse": "creditlimit", "type": "decimal"},
    {"finops": "OnHoldStatus", "dataverse": "msdyn_onhold", "type": "choice", "values": {"No": 100, "Invoice": 101}},
    {"finops": "CustomerGroupId", "dataverse": "msdyn_Group/msdyn_code",
     "lookup": {"set": "msdyn_groups", "id": "msdyn_groupid", "company": "msdyn_company"}},
    {"finops": "Note", "dataverse": "description"}
  ],
  "constants": [{"side": "dataverse", "column": "customertypecode", "value": 3}]
})";

struct Case {
  std::string code;
  std::string from, to;               ///< changed in the map's text
  std::function<void(World&)> spoil;  ///< changed in what the services say
};

std::vector<Case> cases() {
  const std::function<void(World&)> as_it_is = [](World&) {};
  return {
      {"no-entity", "", "", [](World& world) { world.metadata.finops.reset(); }},
      {"no-table", "", "", [](World& world) { world.metadata.dataverse.reset(); }},
      {"wrong-set", "\"accounts\"", "\"account\"", as_it_is},
      {"wrong-id", "\"accountid\"", "\"id\"", as_it_is},
      {"no-change-tracking", "", "", [](World& world) { world.metadata.dataverse->tracks_changes = false; }},
      {"no-version", "", "", [](World& world) { world.dataverse(5).name = "other"; }},
      {"no-column", "\"description\"", "\"descripton\"", as_it_is},
      {"no-lookup", "msdyn_Group/", "msdyn_group/", as_it_is},
      {"wrong-lookup-set", "\"msdyn_groups\"", "\"msdyn_group\"", as_it_is},
      {"lookup-key", "", "", [](World& world) { world.tables.at("msdyn_group").keys = {{"msdyn_code"}}; }},
      {"company-mismatch", "", "", [](World& world) { world.finops(0).key = false; }},
      {"no-key", "", "", [](World& world) { world.metadata.dataverse->keys.clear(); }},
      {"key-not-mapped", "", "", [](World& world) { world.finops(5).key = true; }},
      {"key-not-in-entity", "", "", [](World& world) { world.finops(1).key = false; }},
      {"key-one-way", "\"accountnumber\",", "\"accountnumber\", \"direction\": \"to-dataverse\",", as_it_is},
      {"required-not-mapped", "", "",
       [](World& world) {
         world.metadata.finops->properties.push_back(property("OrganizationName", Kind::text));
         world.finops(6).required = true;
       }},
      {"read-only", "", "", [](World& world) { world.dataverse(4).settable = world.dataverse(4).editable = false; }},
      {"write-once", "", "", [](World& world) { world.finops(5).editable = false; }},
      {"type-mismatch", "", "", [](World& world) { world.finops(2).kind = Kind::text; }},
      {"too-fine", "\"decimal\"", "\"decimal\", \"scale\": 4", as_it_is},
      {"too-short", "", "",
       [](World& world) {
         world.finops(5).length = 1000;
         world.dataverse(4).length = 100;
       }},
      {"unknown-member", "\"Invoice\": 101", "\"Invoces\": 101", as_it_is},
      {"unknown-option", "\"Invoice\": 101", "\"Invoice\": 102", as_it_is},
      {"member-without-pair", ", \"Invoice\": 101", "", as_it_is},
      {"no-labels", R"({"No": 100, "Invoice": 101})", "\"labels\"",
       [](World& world) { world.finops(3).options = {{"Never", 0}}; }},
      {"filter-column", "Note ne ''", "Notes ne ''", as_it_is},
      {"constant-column", "customertypecode", "customertype", as_it_is},
  };
}

std::vector<Problem> problems_of(const World& world, const std::string& text) {
  const auto map = read_map("customers.json", text);
  if (!map) {
    for (const Mistake& mistake : map.error()) ADD_FAILURE() << to_string(mistake);
    return {};
  }
  return validate(*map, world.metadata);
}

std::string codes_in(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += to_string(problem) + "\n";
  return out;
}

TEST(Validate, FindsNothingInAMapThatFits) {
  const World world;
  EXPECT_EQ(codes_in(problems_of(world, good_map)), "");
}

TEST(Validate, EveryCodeHasACaseThatGivesItAloneAndSaysWhere) {
  std::set<std::string> seen;
  for (const Case& each : cases()) {
    SCOPED_TRACE(each.code);
    World world;
    each.spoil(world);
    std::string text = good_map;
    if (!each.from.empty()) {
      const std::size_t at = text.find(each.from);
      ASSERT_NE(at, std::string::npos);
      text.replace(at, each.from.size(), each.to);
    }
    const std::vector<Problem> problems = problems_of(world, text);
    const auto found = std::ranges::find(problems, each.code, &Problem::code);
    ASSERT_NE(found, problems.end()) << codes_in(problems);
    EXPECT_GT(found->mistake.line, 0U);
    EXPECT_TRUE(found->mistake.path.starts_with('/')) << found->mistake.path;
    EXPECT_FALSE(found->mistake.hint.empty());
    seen.insert(each.code);
  }
  for (const std::string_view code : codes()) EXPECT_TRUE(seen.contains(std::string(code))) << code;
  EXPECT_EQ(seen.size(), codes().size());
}

TEST(Validate, ManyProblemsAreToldAtOnceInTheFilesOrder) {
  World world;
  world.metadata.dataverse->tracks_changes = false;
  world.dataverse(4).name = "other";
  world.finops(1).key = false;
  const std::vector<Problem> problems = problems_of(world, good_map);
  EXPECT_GE(problems.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(problems, {}, [](const Problem& problem) { return problem.mistake.line; }));
}

TEST(Validate, EveryCodeIsDescribed) {
  const std::string docs = test::read_text(DUALWRITE_SOURCE_DIR "/docs/MAPS.md");
  for (const std::string_view code : codes()) {
    EXPECT_NE(docs.find("| `" + std::string(code) + "` |"), std::string::npos) << code;
  }
}

TEST(Validate, MembersAndOptionsPairByTheirNames) {
  World world;
  world.finops(3).options = {{"None", 0}, {"PartialDelivery", 1}, {"Zwölf", 2}, {"Lost", 3}};
  world.dataverse(3).options = {{"Partial delivery", 7}, {"NONE", 8}, {"zwölf", 9}, {"Gone", 10}};
  const std::vector<ValuePair> pairs = pairs_by_name(world.finops(3), world.dataverse(3));
  std::map<std::string, std::string> got;
  for (const ValuePair& pair : pairs) got[pair.finops] = pair.dataverse.text();
  EXPECT_THAT(got, testing::ElementsAre(testing::Pair("None", "8"), testing::Pair("PartialDelivery", "7"),
                                        testing::Pair("Zwölf", "9")));
}

}  // namespace
}  // namespace dualwrite::maps
