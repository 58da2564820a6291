#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class C1 : public SandboxTest {};

TEST_F(C1, TheServiceDocumentListsPublicCollectionNames) {
  const http::Response answer = fo("GET", "");
  ASSERT_EQ(answer.status, 200) << answer.body;
  bool found = false;
  for (const json& set : json::parse(answer.body)["value"]) found = found || set["name"] == "CustomersV3";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace dualwrite::sandbox
