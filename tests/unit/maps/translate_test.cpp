#include "dualwrite/maps/translate.hpp"

#include <gtest/gtest.h>

namespace dualwrite::maps {
namespace {

Column column(Type type, int scale = 2) {
  Column made;
  made.finops = "Property";
  made.dataverse = "column";
  made.type = type;
  made.scale = scale;
  return made;
}

Column on_hold() {
  Column made = column(Type::choice);
  made.values = {{"No", Value::number("806380000")}, {"All", Value::number("806380002")}};
  unite(made.values);
  return made;
}

Value canonical(const Column& of, Side side, const Value& wire) {
  auto result = to_canonical(of, side, wire);
  EXPECT_TRUE(result) << result.error().text();
  return result.value_or(Value());
}

TEST(Canonical, MakesBlankAndNullTheSameText) {
  const Column text = column(Type::string);
  EXPECT_EQ(canonical(text, Side::finops, Value::string("")), Value::null());
  EXPECT_EQ(canonical(text, Side::finops, Value::string("   ")), Value::null());
  EXPECT_EQ(canonical(text, Side::dataverse, Value::null()), Value::null());
  EXPECT_EQ(canonical(text, Side::dataverse, Value::string(" a ")), Value::string(" a"));
}

TEST(Canonical, KeepsEveryDigitOfADecimalUpToItsScale) {
  const Column amount = column(Type::decimal, 6);
  EXPECT_EQ(canonical(amount, Side::finops, Value::number("123456789012345678.123456")),
            Value::number("123456789012345678.123456"));
  EXPECT_EQ(canonical(amount, Side::dataverse, Value::number("1.10")), Value::number("1.1"));
  EXPECT_EQ(canonical(amount, Side::dataverse, Value::number("1E2")), Value::number("100"));
  EXPECT_EQ(canonical(column(Type::decimal, 2), Side::dataverse, Value::number("0.005")), Value::number("0.01"));
  EXPECT_EQ(canonical(amount, Side::dataverse, Value::null()), Value::number("0"));
}

TEST(Canonical, KeepsIntegersAboveTwoToThe53) {
  EXPECT_EQ(canonical(column(Type::integer), Side::finops, Value::number("9007199254740993")),
            Value::number("9007199254740993"));
}

TEST(Canonical, TakesNoonMidnightAndPlainDatesForTheSameDay) {
  const Column date = column(Type::date);
  EXPECT_EQ(canonical(date, Side::finops, Value::string("2026-01-02T12:00:00Z")), Value::string("2026-01-02"));
  EXPECT_EQ(canonical(date, Side::dataverse, Value::string("2026-01-02")), Value::string("2026-01-02"));
  EXPECT_EQ(canonical(date, Side::dataverse, Value::string("2026-01-02T00:00:00Z")), Value::string("2026-01-02"));
  EXPECT_EQ(canonical(date, Side::finops, Value::string("1900-01-01T12:00:00Z")), Value::null());
}

TEST(Canonical, CutsFractionsOfASecond) {
  EXPECT_EQ(canonical(column(Type::datetime), Side::dataverse, Value::string("2026-01-02T03:04:05.678Z")),
            Value::string("2026-01-02T03:04:05Z"));
}

TEST(Canonical, TranslatesChoicesWithoutRegardToCase) {
  EXPECT_EQ(canonical(on_hold(), Side::finops, Value::string("all")), Value::string("All"));
  EXPECT_EQ(canonical(on_hold(), Side::dataverse, Value::number("806380002")), Value::string("All"));
  EXPECT_EQ(canonical(on_hold(), Side::dataverse, Value::null()), Value::null());
}

TEST(Canonical, NamesTheColumnAndTheValueThatHasNoTranslation) {
  const auto result = to_canonical(on_hold(), Side::dataverse, Value::number("7"));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message().find("Property"), std::string::npos);
  EXPECT_NE(result.error().message().find("7"), std::string::npos);
}

TEST(Wire, GivesEachSideItsOwnForm) {
  EXPECT_EQ(*to_wire(column(Type::boolean), Side::finops, Value::boolean(true)), Value::string("Yes"));
  EXPECT_EQ(*to_wire(column(Type::boolean), Side::dataverse, Value::boolean(true)), Value::boolean(true));
  EXPECT_EQ(*to_wire(column(Type::date), Side::finops, Value::string("2026-01-02")),
            Value::string("2026-01-02T12:00:00Z"));
  EXPECT_EQ(*to_wire(column(Type::date), Side::finops, Value::null()), Value::string("1900-01-01T12:00:00Z"));
  EXPECT_EQ(*to_wire(column(Type::string), Side::finops, Value::null()), Value::string(""));
  EXPECT_EQ(*to_wire(column(Type::string), Side::dataverse, Value::null()), Value::null());
  EXPECT_EQ(*to_wire(on_hold(), Side::dataverse, Value::string("All")), Value::number("806380002"));
}

TEST(Canonical, IsAFixedPointOfTheRoundTripThroughEitherSide) {
  const std::vector<std::pair<Column, Value>> cases = {{column(Type::string), Value::string("Zoë 🎈")},
                                                       {column(Type::string), Value::null()},
                                                       {column(Type::decimal), Value::number("-12.34")},
                                                       {column(Type::integer), Value::number("0")},
                                                       {column(Type::boolean), Value::boolean(true)},
                                                       {column(Type::boolean), Value::boolean(false)},
                                                       {column(Type::date), Value::string("2026-02-28")},
                                                       {column(Type::date), Value::null()},
                                                       {column(Type::datetime), Value::string("2026-02-28T23:59:59Z")},
                                                       {column(Type::datetime), Value::null()},
                                                       {on_hold(), Value::string("No")},
                                                       {on_hold(), Value::null()}};
  for (const auto& [of, value] : cases) {
    for (const Side side : both_sides) {
      const auto wire = to_wire(of, side, value);
      ASSERT_TRUE(wire);
      EXPECT_EQ(canonical(of, side, *wire), value) << to_string(of.type) << " on " << to_string(side);
    }
  }
}

TableMap customers() {
  TableMap map;
  map.name = "customers";
  map.finops_entity = "CustomersV3";
  map.dataverse_set = "accounts";
  map.companies = {"usmf"};
  Column company = column(Type::string);
  company.finops = "dataAreaId";
  company.dataverse = "msdyn_company/cdm_companycode";
  company.key = true;
  company.lookup = Lookup{"msdyn_company", "cdm_companies", "cdm_companycode", "", "cdm_companyid", {}, {}};
  Column account = column(Type::string);
  account.finops = "CustomerAccount";
  account.dataverse = "accountnumber";
  account.key = true;
  Column name = column(Type::string);
  name.finops = "OrganizationName";
  name.dataverse = "name";
  map.columns = {company, account, name};
  Constant type;
  type.column = "customertypecode";
  type.value = Value::number("3");
  map.constants = {type};
  return map;
}

odata::Entity entity(std::vector<std::pair<std::string, Value>> members) {
  odata::Entity made;
  made.members = std::move(members);
  return made;
}

TEST(RecordKeys, AreTheSameFromBothSides) {
  const TableMap map = customers();
  const auto finops = to_row(
      map, Side::finops, entity({{"dataAreaId", Value::string("usmf")}, {"CustomerAccount", Value::string("US-001")}}));
  const auto dataverse = to_row(
      map, Side::dataverse,
      entity({{"msdyn_company/cdm_companycode", Value::string("USMF")}, {"accountnumber", Value::string("us-001")}}));
  ASSERT_TRUE(finops && dataverse);
  EXPECT_EQ(key_of(map, *finops)->text(), "usmf|us-001");
  EXPECT_EQ(*key_of(map, *finops), *key_of(map, *dataverse));
  EXPECT_TRUE(in_scope(map, *finops));
}

TEST(RecordKeys, EscapeTheSeparator) {
  const TableMap map = customers();
  const auto row = to_row(
      map, Side::finops, entity({{"dataAreaId", Value::string("usmf")}, {"CustomerAccount", Value::string("a|b\\c")}}));
  const auto key = key_of(map, *row);
  EXPECT_EQ(key->text(), "usmf|a\\|b\\\\c");
  EXPECT_EQ(key_parts(*key), (std::vector<std::string>{"usmf", "a|b\\c"}));
  const auto predicate = finops_key(map, *key);
  ASSERT_TRUE(predicate);
  EXPECT_EQ(*key_of_finops(map, *predicate), *key);
}

TEST(RecordKeys, AreOutOfScopeInAnotherCompanyOrWithoutAKey) {
  const TableMap map = customers();
  EXPECT_FALSE(
      in_scope(map, *to_row(map, Side::finops,
                            entity({{"dataAreaId", Value::string("ussi")}, {"CustomerAccount", Value::string("1")}}))));
  EXPECT_FALSE(
      in_scope(map, *to_row(map, Side::dataverse,
                            entity({{"msdyn_company", Value::null()}, {"accountnumber", Value::string("1")}}))));
}

TEST(Body, BindsLookupsByTheirKeyAndAddsConstantsOnlyOnCreate) {
  const TableMap map = customers();
  const std::vector<ColumnValue> cells = {{0, Value::string("usmf")}, {2, Value::string("O'Neil \"Ltd\"")}};
  const std::string created = *body(map, Side::dataverse, WriteKind::create, cells);
  EXPECT_EQ(created, R"j({"msdyn_company@odata.bind":"/cdm_companies(cdm_companycode='usmf')",)j"
                     R"j("name":"O'Neil \"Ltd\"","customertypecode":3})j");
  const std::string cleared = *body(map, Side::dataverse, WriteKind::update, {{0, Value::null()}});
  EXPECT_EQ(cleared, R"j({"msdyn_company@odata.bind":null})j");
  const std::string updated = *body(map, Side::finops, WriteKind::update, cells);
  EXPECT_EQ(updated, R"j({"dataAreaId":"usmf","OrganizationName":"O'Neil \"Ltd\""})j");
}

TEST(Body, BindsARelatedRowOfTheRecordsOwnCompany) {
  TableMap map = customers();
  Column group = column(Type::string);
  group.finops = "CustomerGroupId";
  group.dataverse = "msdyn_customergroupid/msdyn_groupid";
  group.lookup = Lookup{"msdyn_customergroupid", "msdyn_customergroups", "msdyn_groupid", "msdyn_company", "", {}, {}};
  map.columns.push_back(group);
  EXPECT_TRUE(map.binds_by_company());
  const std::string bound = *body(map, Side::dataverse, WriteKind::update, {{3, Value::string("1/0")}}, "the-guid");
  EXPECT_EQ(bound, R"j({"msdyn_customergroupid@odata.bind":)j"
                   R"j("/msdyn_customergroups(msdyn_groupid='1%2F0',_msdyn_company_value=the-guid)"})j");
}

TEST(Wire, SendsFinopsNoDateThatItCannotHold) {
  for (const char* day : {"1900-01-02", "1900-01-01", "2154-12-31"}) {
    EXPECT_TRUE(to_wire(column(Type::date), Side::finops, Value::string(day))) << day;
  }
  for (const char* day : {"0001-01-01", "1899-12-31", "2155-01-01", "9999-12-31"}) {
    const auto refused = to_wire(column(Type::date), Side::finops, Value::string(day));
    ASSERT_FALSE(refused) << day;
    EXPECT_NE(refused.error().message().find(day), std::string::npos);
    EXPECT_FALSE(to_wire(column(Type::datetime), Side::finops, Value::string(std::string(day) + "T00:00:00Z"))) << day;
    EXPECT_TRUE(to_wire(column(Type::date), Side::dataverse, Value::string(day))) << day;
  }
}

}  // namespace
}  // namespace dualwrite::maps
