#pragma once
// Comma-separated values as RFC 4180 has them: quoted fields may hold commas, line ends and doubled quotes.
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"

namespace dualwrite::demo {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  ///< each as long as the header
};

/// Reads a whole table, header first. LF and CRLF both end a line; a byte order mark is skipped. Errc::invalid with
/// `name` and the line number for a broken quote, a row of another length, or text that is not UTF-8; Errc::limit
/// beyond two million rows.
Result<CsvTable> parse_csv(const std::string& name, std::string_view text);

/// Reads the file. Errc::not_found when it cannot be opened.
Result<CsvTable> read_csv(const std::string& path);

}  // namespace dualwrite::demo
