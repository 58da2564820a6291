// Rules that befall single parts of a batch.
#include "sandbox/fault_rule.hpp"
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class SandboxFaultBatch : public SandboxTest {
 protected:
  SandboxFaultBatch() {
    dataverse.state().faults = &faults;
    finops.state().faults = &faults;
  }
  void inject(const std::string& rule) { faults.add(parse_fault_rule(rule).value()); }
  Faults faults;
};

TEST_F(SandboxFaultBatch, OnePartIsRefusedAndTheOthersAreNot) {
  inject(R"({"kind":"refuse","path":"Currencies","method":"POST","status":429,"retryAfter":5})");
  const auto parts =
      parts_of(fo_batch({part("GET", "Currencies"), part("POST", "Currencies", R"({"CurrencyCode":"EUR"})"),
                         part("POST", "Currencies", R"({"CurrencyCode":"USD"})")}));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].status, 200);
  EXPECT_EQ(parts[1].status, 429);
  EXPECT_EQ(odata::find_header(parts[1].headers, "Retry-After"), "5");
  EXPECT_EQ(parts[2].status, 201);
}

TEST_F(SandboxFaultBatch, ARefusedPartTakesItsChangeSetAlong) {
  inject(R"({"kind":"refuse","path":"contacts","method":"POST","status":500})");
  const auto parts = parts_of(dv_batch(
      {part("POST", "accounts", R"({"name":"A"})", 0, "1"), part("POST", "contacts", R"({"lastname":"B"})", 0, "2")}));
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, 500);
  EXPECT_EQ(dv_get("accounts")["value"].size(), 0U);
}

TEST_F(SandboxFaultBatch, APageInAPartIsShortened) {
  account("A1");
  account("A2");
  inject(R"({"kind":"short-page","path":"accounts"})");
  const auto parts =
      parts_of(dv_batch({part("GET", "cdm_companies"), part("GET", "accounts"), part("GET", "accounts")}));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(json::parse(parts[0].body)["value"].size(), 3U);
  EXPECT_EQ(json::parse(parts[1].body)["value"].size(), 1U);
  EXPECT_EQ(json::parse(parts[2].body)["value"].size(), 2U);
}

}  // namespace
}  // namespace dualwrite::sandbox
