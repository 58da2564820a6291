#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class A1 : public SandboxTest {};

TEST_F(A1, WhoAmINamesTheUserTheBusinessUnitAndTheOrganization) {
  const json answer = dv_get("WhoAmI");
  EXPECT_EQ(answer["@odata.context"],
            "http://127.0.0.1:8701/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse");
  for (const char* member : {"BusinessUnitId", "UserId", "OrganizationId"}) {
    EXPECT_EQ(answer[member].get<std::string>().size(), 36U) << member;
  }
}

}  // namespace
}  // namespace dualwrite::sandbox
