// Sizes that a rehearsal has: what must stay quick is counted in rows looked at, not in seconds.
#include "unit/sandbox/fixture.hpp"

namespace dualwrite::sandbox {
namespace {

class SandboxLoad : public SandboxTest {
 protected:
  static constexpr int rows = 2000;
  SandboxLoad() {
    for (int from = 0; from < rows; from += 500) {
      std::vector<odata::BatchRequestPart> parts;
      for (int i = from; i < from + 500; ++i) {
        parts.push_back(
            part("POST", "CustomersV3",
                 R"({"dataAreaId":"usmf","CustomerAccount":"C)" + std::to_string(i) + R"(","OrganizationName":"A"})"));
      }
      EXPECT_EQ(fo_batch(parts).status, 200);
    }
  }
};

TEST_F(SandboxLoad, AllRowsAreThereAfterBatches) {
  EXPECT_EQ(fo("GET", "CustomersV3/$count?cross-company=true").body, std::to_string(rows));
}

TEST_F(SandboxLoad, AnOrOfAHundredKeysLooksAtAHundredRows) {
  std::string filter;
  for (int i = 0; i < 100; ++i) {
    filter +=
        (i == 0 ? "" : " or ") + ("(dataAreaId eq 'usmf' and CustomerAccount eq 'C" + std::to_string(i * 7)) + "')";
  }
  const auto predicate =
      Predicate::compile(finops.state().database, finops.state().database.table(0), filter, finops::dialect());
  ASSERT_TRUE(predicate);
  const auto candidates = predicate->candidates();
  ASSERT_TRUE(candidates);
  EXPECT_EQ(candidates->size(), 100U);
}

TEST_F(SandboxLoad, ARowTakesTheSpaceOfWhatItHolds) {
  std::size_t bytes = 0;
  for (const auto& [key, record] : finops.state().database.table(0).rows()) bytes += record.row.size_bytes();
  EXPECT_LT(bytes / rows, 40U);
}

}  // namespace
}  // namespace dualwrite::sandbox
