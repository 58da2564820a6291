#pragma once
// The project's own source files, as text for the tests in this directory.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dualwrite::tidy {

struct SourceFile {
  std::string path;  ///< relative to the root, e.g. src/base/text.cpp
  std::string text;
};

/// The file's bytes; empty if it cannot be read.
std::string read_text_file(const std::string& path);

/// Every .cpp and .hpp file below `root`/`folder` for each of the folders, sorted by path. A folder that is not there
/// holds none.
std::vector<SourceFile> source_files(const std::string& root, const std::vector<std::string>& folders);

/// The same text with comments and the insides of string and character literals blanked out, so that only code is left.
/// Length and line ends stay.
std::string code_only(std::string_view text);

/// With comments blanked out, literals kept: for #include lines.
std::string without_comments(std::string_view text);

/// The number, from 1, of the line that holds text[at].
std::size_t line_of(std::string_view text, std::size_t at);

/// The names in the file's #include lines, with what encloses them: "<map>" or "\"base/x.hpp\"".
struct Include {
  std::string name;
  std::size_t line = 0;
};
std::vector<Include> includes_of(const SourceFile& file);

}  // namespace dualwrite::tidy
