#pragma once
// What the demo fills the F&O side with: rows by F&O property name, as text. Blank means empty.
#include <cstdint>
#include <map>
#include <string>

#include "demo/csv.hpp"
#include "demo/map_file.hpp"
#include "demo/tables.hpp"

namespace dualwrite::demo {

/// By map name: "currencies", "vendors", "customers".
using SampleData = std::map<std::string, CsvTable>;

/// 200 customers, 20 vendors and 12 currencies: names in several scripts, blanks, decimals and dates.
SampleData built_in_data(std::uint64_t seed);

/// customers.csv, vendors.csv and currencies.csv of a directory.
Result<SampleData> read_sample_data(const std::string& directory);

/// One row as the body of an F&O POST. Numbers keep their text, dates go out as noon UTC, blanks are left out.
Result<std::string> finops_body(const MapFile& map, const std::vector<std::string>& header,
                                const std::vector<std::string>& row);

/// The rows as both sides must hold them after the initial sync; columns that the data does not give are blank.
/// Errc::invalid when a key is missing or doubled.
Result<SideTable> expected_table(const MapFile& map, const CsvTable& data);

}  // namespace dualwrite::demo
