// Verbs that work on map files without a daemon.
#include "app/map_files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/cli.hpp"
#include "app/exit_status.hpp"
#include "dualwrite/maps/dualwrite_record.hpp"
#include "support/golden.hpp"

namespace dualwrite::app {
namespace {

namespace fs = std::filesystem;
const fs::path source = DUALWRITE_SOURCE_DIR;

class MapFiles : public testing::Test {
 protected:
  MapFiles() {
    std::string pattern = (fs::temp_directory_path() / "dualwrite-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory = pattern;
  }
  ~MapFiles() override { fs::remove_all(directory); }

  int run(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    const Console console(out, err, false, [] { return Instant{}; });
    const int status = run_cli(arguments, console);
    printed = out.str();
    complained = err.str();
    return status;
  }

  fs::path directory;
  std::string printed;
  std::string complained;
};

TEST_F(MapFiles, TheCatalogueIsListedInTheOrderOfTheInitialSync) {
  ASSERT_EQ(run({"maps", "list", "--catalogue"}), exit_fine) << complained;
  EXPECT_EQ(std::ranges::count(printed, '\n'), 133);
  EXPECT_LT(printed.find("cds-parties "), printed.find("customers-v3-accounts "));
}

TEST_F(MapFiles, APublishedMapIsCopiedForTheCompaniesAndNotOverwritten) {
  const std::vector<std::string> command{"maps",      "add",  "warehouses", "--to", directory.string(),
                                         "--company", "ussi", "--company",  "demf"};
  ASSERT_EQ(run(command), exit_fine) << complained;
  const std::string file = (directory / "warehouses.json").string();
  const auto map = maps::read_map(file, test::read_text(file));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->companies, (std::vector<std::string>{"ussi", "demf"}));
  EXPECT_EQ(run(command), exit_usage);
  EXPECT_NE(complained.find("there already"), std::string::npos) << complained;
}

TEST_F(MapFiles, AMapThatWasNotPublishedIsSaidSo) {
  EXPECT_EQ(run({"maps", "add", "no-such-map", "--to", directory.string()}), exit_usage);
  EXPECT_NE(complained.find("no-such-map"), std::string::npos);
  EXPECT_EQ(run({"maps", "add", "../maps/customers", "--to", directory.string()}), exit_usage);
}

TEST_F(MapFiles, TestsOfAMapHold) {
  const std::string file = (source / "tests/golden/map_tests/customers.test.json").string();
  EXPECT_EQ(run({"maps", "test", file}), exit_fine) << printed << complained;
  EXPECT_EQ(printed, "3 cases, 0 failed\n");
}

TEST_F(MapFiles, ATestThatFailsSaysWhatIsOtherwise) {
  fs::copy_file(source / "tests/golden/map_tests/customers.json", directory / "customers.json");
  std::ofstream(directory / "customers.test.json")
      << R"([{"name": "wrong", "from": "finops", "row": {"dataAreaId": "usmf", "CustomerAccount": "C1"},
              "expect": {"accountnumber": "C2"}},
             {"name": "no error", "from": "finops", "row": {"dataAreaId": "usmf", "CustomerAccount": "C1"},
              "error": "blank"}])";
  EXPECT_EQ(run({"maps", "test", (directory / "customers.test.json").string()}), exit_findings);
  EXPECT_NE(printed.find("wrong: accountnumber would be \"C1\", not \"C2\""), std::string::npos) << printed;
  EXPECT_NE(printed.find("no error: an error was expected"), std::string::npos) << printed;
  EXPECT_NE(printed.find("2 cases, 2 failed"), std::string::npos) << printed;
}

TEST_F(MapFiles, DifferencesNameColumnsMembersAndTheRest) {
  const auto lines = differences(
      R"({"name": "a", "columns": [{"finops": "A", "dataverse": "a"}, {"finops": "B", "dataverse": "b", "scale": 2}]})",
      R"({"name": "a", "conflict": "manual", "columns": [{"finops": "B", "dataverse": "b", "scale": 3, "key": true},
          {"finops": "C", "dataverse": "c"}]})");
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines, (std::vector<std::string>{R"(~ column "B" = "b": scale was 2, is 3)",
                                              R"(~ column "B" = "b": key is true now)", R"(+ column "C" = "c")",
                                              R"(- column "A" = "a")", R"(+ conflict "manual")"}));
}

TEST_F(MapFiles, AMapOfOurOwnIsExportedAsARecord) {
  ASSERT_EQ(run({"maps", "export", (source / "config/catalogue/currencies.json").string()}), exit_fine) << complained;
  const auto records = maps::read_records(printed);
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ(records->front().entity_label, "Currencies");
  EXPECT_EQ(records->front().dataverse_set, "transactioncurrencies");
  EXPECT_EQ(records->front().paths.size(), 4U) << "three columns and a constant";
}

TEST(DualwriteRecords, WhatIsNoneIsSaidSo) {
  for (const std::string text :
       {"", "[1]", "{\"value\": [{}]}", R"({"msdyn_mapping": "{\"legs\": []}"})", "not JSON"}) {
    EXPECT_FALSE(maps::read_records(text)) << text;
  }
}

}  // namespace
}  // namespace dualwrite::app
