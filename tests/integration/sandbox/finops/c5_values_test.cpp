#include "integration/sandbox/finops/facts.hpp"

namespace dualwrite::sandbox {
namespace {

class C5Customer : public FinopsTest {
 protected:
  json stored(const std::string& more) {
    customer("C1", "dat", more);
    return fo_get("CustomersV3(dataAreaId='dat',CustomerAccount='C1')");
  }
  http::Response post(const std::string& more) {
    return fo("POST", "CustomersV3", R"({"CustomerAccount":"C1","OrganizationName":"A",)" + more + "}");
  }
};

TEST_F(C5Customer, DatesAreAtNoon) {
  EXPECT_EQ(stored(R"(,"CredManCustomerSince":"2001-07-22")")["CredManCustomerSince"], "2001-07-22T12:00:00Z");
}

TEST_F(C5Customer, TheTimeOfADateIsDropped) {
  EXPECT_EQ(stored(R"(,"CredManCustomerSince":"2001-07-22T23:15:00Z")")["CredManCustomerSince"],
            "2001-07-22T12:00:00Z");
}

TEST_F(C5Customer, NullStoresTheEmptyDate) {
  EXPECT_EQ(stored(R"(,"CredManCustomerSince":null)")["CredManCustomerSince"], "1900-01-01T12:00:00Z");
}

TEST_F(C5Customer, DateTimesHaveNoMilliseconds) {
  EXPECT_EQ(stored(R"(,"AddressValidFrom":"2026-01-02T03:04:05.999Z")")["AddressValidFrom"], "2026-01-02T03:04:05Z");
}

TEST_F(C5Customer, StringsAreNeverNullAndLoseTrailingBlanks) {
  const json row = stored(R"(,"SalesMemo":"memo  ","PaymentTerms":null)");
  EXPECT_EQ(row["SalesMemo"], "memo");
  EXPECT_EQ(row["PaymentTerms"], "");
}

TEST_F(C5Customer, EnumerationsAreMemberNames) {
  EXPECT_EQ(stored(R"(,"OnHoldStatus":"Invoice","IsOneTimeCustomer":"Yes")")["OnHoldStatus"], "Invoice");
}

TEST_F(C5Customer, UnknownMemberIs400) {
  EXPECT_EQ(post(R"("OnHoldStatus":"Sometimes")").status, 400);
  EXPECT_EQ(post(R"("OnHoldStatus":"invoice")").status, 400);
}

TEST_F(C5Customer, DecimalsKeepEveryDigit) {
  customer("C1", "dat", R"(,"CreditLimit":123456789012345678.12345)");
  const http::Response response = fo("GET", "CustomersV3(dataAreaId='dat',CustomerAccount='C1')?$select=CreditLimit");
  EXPECT_NE(response.body.find(R"("CreditLimit":123456789012345678.12345)"), std::string::npos) << response.body;
}

TEST_F(C5Customer, StringThatIsTooLongIsRefused) {
  const http::Response response = post(R"("CustomerGroupId":"12345678901")");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(infolog_of(response).find("'CustomerGroupId'"), std::string::npos);
}

TEST_F(C5Customer, WrongTypesAre400) {
  for (const char* more : {R"("CreditLimit":"1")", R"("SalesMemo":1)", R"("CredManCustomerSince":"soon")",
                           R"("IsOneTimeCustomer":true)"}) {
    EXPECT_EQ(post(more).status, 400) << more;
  }
}

TEST_F(C5Customer, NumbersAndDatesReachTheirRangesAndGoNoFurther) {
  int row = 0;
  const auto status = [&](const std::string& column, const std::string& value) {
    const std::string id = std::to_string(++row);
    return fo("POST", "MeterReadings", R"({"MeterId":")" + id + "\",\"" + column + "\":" + value + "}").status;
  };
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, std::string>>{{"Visits", "-2147483648"},
                                                        {"PulseCount", "-9223372036854775808"},
                                                        {"InstalledOn", "\"1900-01-01\""},
                                                        {"InstalledOn", "\"2154-12-31T12:00:00Z\""},
                                                        {"ReadAt", "\"2154-12-31T23:59:59Z\""}}) {
    EXPECT_EQ(status(column, value), 201) << column << " " << value;
  }
  for (const auto& [column, value] :
       std::vector<std::pair<std::string, std::string>>{{"Visits", "-2147483649"},
                                                        {"PulseCount", "9223372036854775808"},
                                                        {"InstalledOn", "\"1899-12-31\""},
                                                        {"InstalledOn", "\"2155-01-01\""},
                                                        {"ReadAt", "\"1899-12-31T23:59:59Z\""}}) {
    EXPECT_EQ(status(column, value), 400) << column << " " << value;
  }
}

TEST_F(C5Customer, TrailingBlanksAreKeptWhereTheSwitchSaysSo) {
  finops.state().switches.trim_trailing_blanks = false;
  EXPECT_EQ(stored(R"(,"SalesMemo":"memo  ")")["SalesMemo"], "memo  ");
}

}  // namespace
}  // namespace dualwrite::sandbox
