#include "demo/tables.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace dualwrite::demo {
namespace {

odata::Entity finops_row(const std::string& company, const std::string& number, const std::string& name) {
  odata::Entity entity;
  entity.members = {{"dataAreaId", Value::string(company)},
                    {"CustomerAccount", Value::string(number)},
                    {"OrganizationName", Value::string(name)},
                    {"CreditLimit", Value::number("10.50")}};
  return entity;
}

odata::Entity dataverse_row(const std::string& number, const std::string& name) {
  odata::Entity entity;
  entity.members = {{"accountid", Value::string("4c1d7a4e-0000-0000-0000-000000000001")},
                    {"accountnumber", Value::string(number)},
                    {"name", Value::string(name)},
                    {"creditlimit", Value::number("10.5")},
                    {"msdyn_company/cdm_companycode", Value::string("USMF")}};
  return entity;
}

TEST(Tables, FindTheSameRecordOnBothSides) {
  PerSide<SideTable> sides;
  add_row(customer_map(), Side::finops, finops_row("usmf", "C-1", "Möller"), sides[Side::finops]);
  add_row(customer_map(), Side::dataverse, dataverse_row("c-1", "Möller"), sides[Side::dataverse]);

  EXPECT_TRUE(differences(customer_map(), sides).empty());
  ASSERT_NE(sides[Side::finops].find("usmf|c-1"), nullptr);
  EXPECT_EQ(sides[Side::finops].find("usmf|c-1")->endpoint_key, "dataAreaId='usmf',CustomerAccount='C-1'");
  EXPECT_EQ(sides[Side::dataverse].find("usmf|c-1")->endpoint_key, "4c1d7a4e-0000-0000-0000-000000000001");
}

TEST(Tables, LeaveOutOtherCompaniesAndRowsWithoutAKey) {
  SideTable finops;
  SideTable dataverse;
  add_row(customer_map(), Side::finops, finops_row("dat", "C-1", "x"), finops);
  odata::Entity stray = dataverse_row("C-2", "x");
  stray.members.back() = {"msdyn_company", Value::null()};
  add_row(customer_map(), Side::dataverse, stray, dataverse);
  add_row(customer_map(), Side::dataverse, dataverse_row("", "x"), dataverse);

  EXPECT_TRUE(finops.rows.empty());
  EXPECT_TRUE(dataverse.rows.empty());
}

TEST(Tables, NameEveryKindOfDifference) {
  PerSide<SideTable> sides;
  sides[Side::finops].rows = {{"both", customer("both", "A", "Kraków")}, {"left", customer("left", "L")}};
  sides[Side::dataverse].rows = {{"both", customer("both", "A", "Krakow")}, {"right", customer("right", "R")}};
  sides[Side::dataverse].doubled = {"twice"};

  const auto found = differences(customer_map(), sides);

  std::vector<std::string> texts;
  for (const Difference& difference : found) texts.push_back(difference.key + "/" + difference.column);
  EXPECT_EQ(texts, (std::vector<std::string>{"twice/", "both/AddressCity", "left/", "right/"}));
}

TEST(Tables, SkipColumnsThatFlowOneWay) {
  MapFile map = customer_map();
  map.columns[3].both_ways = false;
  PerSide<SideTable> sides;
  sides[Side::finops].rows = {{"k", customer("k", "A", "x")}};
  sides[Side::dataverse].rows = {{"k", customer("k", "A", "y")}};

  EXPECT_TRUE(differences(map, sides).empty());
}

}  // namespace
}  // namespace dualwrite::demo
