// Lines and files stay short. A file that is longer stands in a list with its length; the list only shrinks.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include "tidy/source_text.hpp"

namespace dualwrite::tidy {
namespace {

constexpr std::size_t line_characters_max = 120;
constexpr std::size_t file_lines_max = 500;

/// Files above the limit and how long they may be at most. Shorten the entry when the file gets shorter; add none.
const std::map<std::string, std::size_t>& longer_files() {
  static const std::map<std::string, std::size_t> files = {};
  return files;
}

/// Characters, not bytes: UTF-8 continuation bytes do not count.
std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::vector<SourceFile> ours() {
  return source_files(DUALWRITE_SOURCE_DIR, {"src", "include", "tests"});
}

TEST(Size, LinesFitAPage) {
  for (const SourceFile& file : ours()) {
    std::istringstream in(file.text);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
      EXPECT_LE(characters(line), line_characters_max) << file.path << ":" << number;
    }
  }
}

TEST(Size, FilesHaveOneSubjectAndFewLines) {
  for (const SourceFile& file : ours()) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(file.text, '\n'));
    const auto listed = longer_files().find(file.path);
    if (listed == longer_files().end()) {
      EXPECT_LE(lines, file_lines_max) << file.path << ": split it by subject";
      continue;
    }
    EXPECT_LE(lines, listed->second) << file.path << ": it may not grow";
    EXPECT_GT(lines, file_lines_max) << file.path << " is short enough now: take it off the list";
  }
}

TEST(Size, TheListHoldsOnlyFilesThatExist) {
  const auto files = ours();
  for (const auto& [path, lines] : longer_files()) {
    EXPECT_NE(std::ranges::find(files, path, &SourceFile::path), files.end()) << path << " (" << lines << " lines)";
  }
}

}  // namespace
}  // namespace dualwrite::tidy
