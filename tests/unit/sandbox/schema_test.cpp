#include "sandbox/schema.hpp"

#include <gtest/gtest.h>

namespace dualwrite::sandbox {
namespace {

TEST(SandboxSchema, EveryLookupTargetIsATable) {
  const Schema& schema = *dataverse_schema();
  for (const char* name : {"msdyn_customergroupid", "msdyn_paymentday", "msdyn_customerpaymentmethod",
                           "msdyn_paymentschedule", "msdyn_paymentterm", "msdyn_partyid", "msdyn_primarycontact",
                           "msdyn_salestaxgroup", "msdyn_vendor", "msdyn_billingaccount", "transactioncurrencyid"}) {
    const TableSchema& account = *schema.find_name("account");
    const auto column = account.find_name(name);
    ASSERT_TRUE(column) << name;
    EXPECT_EQ(account.column(*column).targets.size(), 1U) << name;
  }
}

TEST(SandboxSchema, TablesThatAreSynchronizedHaveTheirIntegrationKey) {
  const Schema& schema = *dataverse_schema();
  for (const char* name : {"account", "msdyn_vendor", "cdm_company", "transactioncurrency", "msdyn_party",
                           "msdyn_customergroup", "msdyn_vendorgroup", "msdyn_paymentterm"}) {
    ASSERT_NE(schema.find_name(name), nullptr) << name;
    EXPECT_FALSE(schema.find_name(name)->keys.empty()) << name;
  }
}

TEST(SandboxSchema, FinopsEnumerationsStartWithTheirSmallestValue) {
  const Schema& schema = *finops_schema();
  for (const Enumeration& enumeration : schema.enumerations) {
    ASSERT_FALSE(enumeration.members.empty()) << enumeration.name;
    for (const auto& [name, value] : enumeration.members) {
      EXPECT_LE(enumeration.members.front().second, value) << enumeration.name;
    }
  }
}

TEST(SandboxSchema, FinopsKeysStartWithTheCompany) {
  const Schema& schema = *finops_schema();
  EXPECT_TRUE(schema.find_set("CustomersV3")->by_company);
  EXPECT_TRUE(schema.find_set("VendorsV2")->by_company);
  EXPECT_FALSE(schema.find_set("Currencies")->by_company);
}

}  // namespace
}  // namespace dualwrite::sandbox
