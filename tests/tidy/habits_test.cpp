// Habits that a reader of one file cannot see broken in another.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tidy/source_text.hpp"
#include "tidy/statements.hpp"

namespace dualwrite::tidy {
namespace {

const std::string root = DUALWRITE_SOURCE_DIR;

/// Our own rules' texts would be found in them.
bool about_habits(const std::string& path) {
  return path.starts_with("tests/tidy/");
}

void expect_no_word(const std::vector<std::string>& folders, const std::string& word, const std::string& why) {
  for (const SourceFile& file : source_files(root, folders)) {
    if (about_habits(file.path)) continue;
    const std::string code = code_only(file.text);
    const std::size_t at = find_word(code, word);
    EXPECT_EQ(at, std::string_view::npos) << file.path << ":" << line_of(code, at) << ": " << word << ": " << why;
  }
}

TEST(Habits, NothingSleeps) {
  for (const char* word : {"sleep_for", "sleep_until", "usleep", "nanosleep"}) {
    expect_no_word({"src", "include", "tests"}, word, "wait for the event, or move the Clock");
  }
}

TEST(Habits, NoUnfinishedWorkIsMarkedInTheSource) {
  for (const SourceFile& file : source_files(root, {"src", "include", "tests"})) {
    if (about_habits(file.path)) continue;
    for (const char* word : {"TODO", "FIXME"}) {
      const std::size_t at = find_word(file.text, word);
      EXPECT_EQ(at, std::string_view::npos) << file.path << ":" << line_of(file.text, at) << ": " << word;
    }
  }
}

TEST(Habits, SpdlogIsLinkedAndKeptOutOfHeaders) {
  for (const SourceFile& file : source_files(root, {"src", "include", "tests"})) {
    if (about_habits(file.path)) continue;
    EXPECT_EQ(file.text.find("SPDLOG_HEADER_ONLY"), std::string::npos) << file.path;
    if (!file.path.ends_with(".hpp")) continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_NE(include.name, "<spdlog/spdlog.h>") << file.path << ":" << include.line << ": use <spdlog/logger.h>";
    }
  }
}

TEST(Habits, CMakeNeverAsksForTheHeaderOnlySpdlog) {
  for (const char* file : {"CMakeLists.txt", "cmake/Room.cmake", "cmake/Compiler.cmake"}) {
    EXPECT_EQ(read_text_file(root + "/" + file).find("spdlog_header_only"), std::string::npos) << file;
  }
}

TEST(Habits, JsonStaysOutOfHeaders) {
  for (const SourceFile& file : source_files(root, {"src", "include"})) {
    if (!file.path.ends_with(".hpp")) continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_NE(include.name, "<nlohmann/json.hpp>") << file.path << ":" << include.line << ": use json_fwd.hpp";
    }
  }
}

// One translation unit with Beast takes as long as a hundred without it.
TEST(Habits, BeastIsIncludedInAtMostFourFiles) {
  constexpr std::size_t files_max = 4;
  std::string users;
  std::size_t count = 0;
  for (const SourceFile& file : source_files(root, {"src", "include"})) {
    bool uses = false;
    for (const Include& include : includes_of(file)) uses = uses || include.name.starts_with("<boost/beast");
    if (!uses) continue;
    ++count;
    users += file.path + " ";
    EXPECT_TRUE(file.path.starts_with("src/")) << file.path << " carries Beast into everybody who includes it";
  }
  EXPECT_LE(count, files_max) << users;
}

TEST(Habits, EveryHeaderHasItsGuard) {
  for (const SourceFile& file : source_files(root, {"src", "include", "tests"})) {
    if (file.path.ends_with(".hpp")) EXPECT_NE(file.text.find("#pragma once\n"), std::string::npos) << file.path;
  }
}

// Digits are lost there, and nobody sees where. What measures time or chance is no value.
TEST(Habits, ValuesNeverPassThroughAFloatingPointNumber) {
  const std::vector<std::string> no_values{
      "src/demo/acts.hpp",    "src/demo/demo.cpp",          "src/demo/fill.cpp",      "src/demo/outcome.cpp",
      "src/demo/outcome.hpp", "src/sandbox/fault_rule.cpp", "src/sandbox/faults.cpp", "src/sandbox/faults.hpp"};
  std::vector<std::string> met;
  for (const SourceFile& file : source_files(root, {"src", "include"})) {
    const std::string code = code_only(file.text);
    for (const char* word : {"double", "float", "strtod", "strtof", "strtold", "stod", "stof", "stold", "atof"}) {
      const std::size_t at = find_word(code, word);
      if (at == std::string_view::npos) continue;
      if (std::ranges::find(no_values, file.path) != no_values.end()) {
        if (std::ranges::find(met, file.path) == met.end()) met.push_back(file.path);
        continue;
      }
      ADD_FAILURE() << file.path << ":" << line_of(code, at) << ": " << word << ": numbers travel as their text";
    }
  }
  EXPECT_EQ(met, no_values) << "an exception that is not needed any more";
}

}  // namespace
}  // namespace dualwrite::tidy
