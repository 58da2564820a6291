#pragma once
// Map files on this machine: the catalogue, and reading and writing files.
#include <string>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::app {

/// The directory of the published maps: as given, beside the executable, in the source tree, or as installed.
Result<std::string> find_catalogue(const std::string& given);

/// Errc::storage, naming the file.
Result<std::string> read_file(const std::string& path);
/// Writes a file that is not there yet. Errc::precondition if it is.
Result<void> write_new_file(const std::string& path, const std::string& text);

/// What differs between the texts of two map files, a line for each: "+ column …", "- column …", "~ column …: what".
/// Errc::invalid if one is no JSON object.
Result<std::vector<std::string>> differences(const std::string& before, const std::string& after);

/// Runs a test file beside a map: each case's row is translated to the other side, and compared. One line for each case
/// that fails; `count` gets how many there are.
Result<std::vector<std::string>> run_map_tests(const std::string& map_file, const std::string& test_file,
                                               std::size_t& count);

}  // namespace dualwrite::app
