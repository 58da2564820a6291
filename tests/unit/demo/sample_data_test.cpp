#include "demo/sample_data.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "support.hpp"

namespace dualwrite::demo {
namespace {

TEST(SampleData, IsTheSameForTheSameSeed) {
  EXPECT_EQ(built_in_data(7)["customers"].rows, built_in_data(7)["customers"].rows);
  EXPECT_NE(built_in_data(7)["customers"].rows, built_in_data(8)["customers"].rows);
}

TEST(SampleData, HasWhatMakesSyncHard) {
  const CsvTable customers = built_in_data(1)["customers"];
  bool non_ascii = false;
  bool blank = false;
  bool decimals = false;
  for (const auto& row : customers.rows) {
    for (const std::string& cell : row) {
      blank = blank || cell.empty();
      non_ascii = non_ascii || std::any_of(cell.begin(), cell.end(), [](char c) { return (c & 0x80) != 0; });
    }
    decimals = decimals || row[9].find('.') != std::string::npos;
  }
  EXPECT_EQ(customers.rows.size(), 200u);
  EXPECT_TRUE(non_ascii && blank && decimals);
}

TEST(SampleData, BodiesKeepExactNumbersAndLeaveBlanksOut) {
  MapFile map = customer_map();
  map.columns.push_back(plain_column("Since", "since", ColumnType::date));
  const std::vector<std::string> header{"CustomerAccount", "OrganizationName", "CreditLimit", "Since", "AddressCity"};

  const auto body = finops_body(map, header, {"C-1", "\"Saddle\"", "1234567890123456789.10", "2020-02-29", ""});

  ASSERT_TRUE(body);
  EXPECT_EQ(*body, R"({"dataAreaId":"usmf","CustomerAccount":"C-1","OrganizationName":"\"Saddle\"",)"
                   R"("CreditLimit":1234567890123456789.10,"Since":"2020-02-29T12:00:00Z"})");
  EXPECT_FALSE(finops_body(map, header, {"C-1", "n", "12,5", "", ""}));
}

TEST(SampleData, ExpectsEveryRowOnceUnderItsKey) {
  CsvTable data;
  data.header = {"CustomerAccount", "OrganizationName"};
  data.rows = {{"A1", "x"}, {"A2", "y"}};
  const auto expected = expected_table(customer_map(), data);
  ASSERT_TRUE(expected);
  EXPECT_NE(expected->find("usmf|a1"), nullptr);

  data.rows.push_back({"a1", "again"});
  EXPECT_FALSE(expected_table(customer_map(), data));
}

TEST(SampleData, ReadsRealDataWhereItIs) {
  const char* directory = std::getenv("DUALWRITE_SAMPLE_DATA");
  if (directory == nullptr) GTEST_SKIP() << "set DUALWRITE_SAMPLE_DATA to a directory with the three CSV files";
  const auto data = read_sample_data(directory);
  ASSERT_TRUE(data) << data.error().text();
  EXPECT_GT(data->at("customers").rows.size(), 1000u);
}

}  // namespace
}  // namespace dualwrite::demo
