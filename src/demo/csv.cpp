#include "demo/csv.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "dualwrite/base/text.hpp"

namespace dualwrite::demo {
namespace {

constexpr std::size_t rows_max = 2'000'000;

/// One field from `at` on; leaves `at` behind its comma or at its line end. False for a quote that never closes or is
/// followed by something else.
bool take_field(std::string_view text, std::size_t& at, std::size_t& line, std::string& field) {
  field.clear();
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] == '"') {
        if (at + 1 < text.size() && text[at + 1] == '"') {
          ++at;
        } else {
          ++at;
          return at == text.size() || text[at] == ',' || text[at] == '\n' || text[at] == '\r';
        }
      } else if (text[at] == '\n') {
        ++line;
      }
      field += text[at];
    }
    return false;
  }
  while (at < text.size() && text[at] != ',' && text[at] != '\n' && text[at] != '\r') {
    if (text[at] == '"') return false;
    field += text[at++];
  }
  return true;
}

void skip_line_end(std::string_view text, std::size_t& at, std::size_t& line) {
  if (at < text.size() && text[at] == '\r') ++at;
  if (at < text.size() && text[at] == '\n') ++at;
  ++line;
}

}  // namespace

Result<CsvTable> parse_csv(const std::string& name, std::string_view text) {
  if (!is_utf8(text)) return fail(Errc::invalid, "reading " + name + ": it is not UTF-8", "save it as UTF-8");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CsvTable table;
  std::size_t at = 0;
  std::size_t line = 1;
  std::string field;
  while (at < text.size()) {
    const std::string where = name + ", line " + std::to_string(line);
    std::vector<std::string> row;
    while (true) {
      if (!take_field(text, at, line, field)) {
        return fail(Errc::invalid, "reading " + where + ": a quote is not closed or stands inside a field",
                    "write a quote inside a quoted field twice");
      }
      row.push_back(field);
      if (at >= text.size() || text[at] != ',') break;
      ++at;
    }
    skip_line_end(text, at, line);
    if (table.header.empty()) {
      table.header = std::move(row);
      continue;
    }
    if (row.size() != table.header.size()) {
      return fail(Errc::invalid, "reading " + where + ": it has " + std::to_string(row.size()) +
                                     " fields and the header " + std::to_string(table.header.size()));
    }
    if (table.rows.size() == rows_max)
      return fail(Errc::limit, "reading " + where + ": there are more than two million rows");
    table.rows.push_back(std::move(row));
  }
  if (table.header.empty()) return fail(Errc::invalid, "reading " + name + ": it has no header line");
  return table;
}

Result<CsvTable> read_csv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, "opening " + path + ": it cannot be read");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_csv(path, text);
}

}  // namespace dualwrite::demo
