// E6: keys and literals in URLs, as both services read them.
#include <gmock/gmock.h>

#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class E6 : public SandboxTest {
 protected:
  std::vector<std::string> customers(const std::string& filter) {
    std::vector<std::string> names;
    const json found = fo_get("CustomersV3?$select=CustomerAccount&$orderby=CustomerAccount&$filter=" + filter);
    for (const json& row : found["value"]) names.push_back(row["CustomerAccount"]);
    return names;
  }
  void readings() {
    for (const auto& [id, count, amount] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"1", "9007199254740993", "1.10"}, {"2", "9007199254740992", "1.1"}, {"3", "-5", "2"}}) {
      const http::Response made = fo("POST", "MeterReadings",
                                     R"({"MeterId":")" + id + R"(","PulseCount":)" + count + R"(,"Amount":)" + amount +
                                         R"(,"ReadAt":"2026-01-0)" + id + R"(T03:04:05Z"})");
      ASSERT_EQ(made.status, 201) << made.body;
    }
  }
  std::vector<std::string> meters(const std::string& filter) {
    std::vector<std::string> ids;
    const json found = fo_get("MeterReadings?$select=MeterId&$orderby=MeterId&$filter=" + filter);
    for (const json& row : found["value"]) ids.push_back(row["MeterId"]);
    return ids;
  }
  using Ids = std::vector<std::string>;
};

TEST_F(E6, AnyCharacterOfAKeyCanBePercentEncoded) {
  for (const std::string account : {"it''s", "a b", "a#b", "50%", "a+b", "a&b", "a?b", "Ä€😀"}) {
    std::string plain = account;
    if (const std::size_t at = plain.find("''"); at != std::string::npos) plain.erase(at, 1);
    customer(plain, "dat");
    const http::Response found =
        fo("GET", "CustomersV3(dataAreaId='dat',CustomerAccount='" + odata::percent_encode(account) + "')");
    ASSERT_EQ(found.status, 200) << account << ": " << found.body;
    EXPECT_EQ(json::parse(found.body)["CustomerAccount"], plain);
  }
}

TEST_F(E6, AQuoteWithinALiteralIsDoubled) {
  customer("O'Neil", "dat");
  EXPECT_EQ(customers("CustomerAccount eq 'O''Neil'"), Ids{"O'Neil"});
}

TEST_F(E6, GuidsStandWithoutQuotes) {
  const std::string id = account("A1");
  EXPECT_EQ(dv_get("accounts?$filter=accountid eq " + id)["value"].size(), 1U);
}

TEST_F(E6, A64BitIntegerIsComparedExactly) {
  readings();
  EXPECT_EQ(meters("PulseCount eq 9007199254740993"), Ids{"1"});
  EXPECT_EQ(meters("PulseCount gt 9007199254740992"), Ids{"1"});
}

TEST_F(E6, DecimalsAreComparedByValue) {
  readings();
  EXPECT_EQ(meters("Amount eq 1.1"), (Ids{"1", "2"}));
  EXPECT_EQ(meters("Amount eq 1.100"), (Ids{"1", "2"}));
}

TEST_F(E6, NegativeNumbersAreLiterals) {
  readings();
  EXPECT_EQ(meters("PulseCount eq -5"), Ids{"3"});
}

TEST_F(E6, AnOffsetsPlusIsPercentEncoded) {
  readings();
  EXPECT_EQ(meters("ReadAt eq 2026-01-02T05:04:05%2B02:00"), Ids{"2"});
  EXPECT_EQ(meters("ReadAt lt 2026-01-02T03:04:05Z"), Ids{"1"});
}

TEST_F(E6, AndBindsMoreTightlyThanOr) {
  readings();
  EXPECT_EQ(meters("MeterId eq '1' or MeterId eq '2' and Amount eq 2"), Ids{"1"});
  EXPECT_EQ(meters("(MeterId eq '1' or MeterId eq '3') and Amount eq 2"), Ids{"3"});
}

TEST_F(E6, NotBindsMoreTightlyThanAnd) {
  readings();
  EXPECT_EQ(meters("not (MeterId eq '1') and Amount lt 2"), Ids{"2"});
}

TEST_F(E6, NullEqualsNullAndNothingElseDoes) {
  account("A1");
  EXPECT_EQ(dv_get("accounts?$filter=telephone1 eq null")["value"].size(), 1U);
  EXPECT_EQ(dv_get("accounts?$filter=telephone1 ne null")["value"].size(), 0U);
  EXPECT_EQ(dv_get("accounts?$filter=telephone1 eq 'x'")["value"].size(), 0U);
}

TEST_F(E6, BooleansAreLowerCaseWords) {
  const http::Response made = dv("POST", "accounts", R"({"name":"A","donotemail":true})");
  ASSERT_EQ(made.status, 204) << made.body;
  EXPECT_EQ(dv_get("accounts?$filter=donotemail eq true")["value"].size(), 1U);
  EXPECT_EQ(dv_get("accounts?$filter=donotemail eq false")["value"].size(), 0U);
}

TEST_F(E6, AnEnumLiteralHasItsTypeInFront) {
  customer("C1", "dat", R"(,"OnHoldStatus":"All")");
  EXPECT_EQ(customers("OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'All'"), Ids{"C1"});
  EXPECT_TRUE(customers("OnHoldStatus eq Microsoft.Dynamics.DataEntities.CustVendorBlocked'No'").empty());
}

TEST_F(E6, NumbersKeepTheirDigitsInJson) {
  readings();
  EXPECT_NE(fo("GET", "MeterReadings('1')").body.find("\"PulseCount\":9007199254740993"), std::string::npos);
}

TEST_F(E6, AKeyOfOneColumnMayBeNamed) {
  readings();
  EXPECT_EQ(fo("GET", "MeterReadings('1')").status, 200);
  EXPECT_EQ(fo("GET", "MeterReadings(MeterId='1')").status, 200);
}

TEST_F(E6, TheColumnsOfAKeyMayStandInAnyOrder) {
  customer("C1", "dat");
  EXPECT_EQ(fo("GET", "CustomersV3(CustomerAccount='C1',dataAreaId='dat')").status, 200);
}

TEST_F(E6, ABrokenEscapeIsABadRequest) {
  EXPECT_EQ(fo("GET", "CustomersV3(dataAreaId='dat',CustomerAccount='%zz')").status, 400);
  EXPECT_EQ(dv("GET", "accounts(%zz)").status, 400);
}

}  // namespace
}  // namespace dualwrite::sandbox
