// src/LEVELS says which room may include which: only rooms of a lower level, and itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "tidy/source_text.hpp"

namespace dualwrite::tidy {
namespace {

const std::string root = DUALWRITE_SOURCE_DIR;

std::map<std::string, int> levels() {
  std::map<std::string, int> out;
  std::istringstream in(read_text_file(root + "/src/LEVELS"));
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string room;
    int level = -1;
    words >> room >> level;
    EXPECT_TRUE(out.emplace(room, level).second) << room << " stands in src/LEVELS twice";
  }
  return out;
}

/// src/http/client.cpp and include/dualwrite/http/client.hpp are of room http.
std::optional<std::string> room_of(const std::string& path) {
  for (const std::string prefix : {"src/", "include/dualwrite/"}) {
    if (!path.starts_with(prefix)) continue;
    const std::size_t slash = path.find('/', prefix.size());
    if (slash != std::string::npos) return path.substr(prefix.size(), slash - prefix.size());
  }
  return std::nullopt;
}

/// The room that an include names; nothing for other libraries.
std::optional<std::string> included_room(const std::string& include, const std::map<std::string, int>& known) {
  if (include.front() != '"') return std::nullopt;
  std::string path = include.substr(1, include.size() - 2);
  if (path.starts_with("dualwrite/")) path.erase(0, std::string("dualwrite/").size());
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string room = path.substr(0, slash);
  return known.contains(room) ? std::optional(room) : std::nullopt;
}

/// Nothing if `from` may include `to`.
std::string complaint(const std::string& from, const std::string& to, const std::map<std::string, int>& known) {
  if (from == to || known.at(to) < known.at(from)) return {};
  return from + " (level " + std::to_string(known.at(from)) + ") includes " + to + " (level " +
         std::to_string(known.at(to)) + ")";
}

TEST(Levels, EveryRoomIsListed) {
  const auto known = levels();
  for (const std::string top : {"/src", "/include/dualwrite"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root + top)) {
      if (!entry.is_directory()) continue;
      EXPECT_TRUE(known.contains(entry.path().filename().string())) << entry.path() << " is not in src/LEVELS";
    }
  }
}

TEST(Levels, AnIncludePointsOnlyDown) {
  const auto known = levels();
  std::size_t checked = 0;
  for (const SourceFile& file : source_files(root, {"src", "include"})) {
    const auto from = room_of(file.path);
    if (!from || !known.contains(*from)) continue;
    for (const Include& include : includes_of(file)) {
      const auto to = included_room(include.name, known);
      if (!to) continue;
      ++checked;
      EXPECT_EQ(complaint(*from, *to, known), "") << file.path << ":" << include.line;
    }
  }
  EXPECT_GT(checked, 50U);
}

TEST(Levels, APublicHeaderIncludesNoPrivateOne) {
  for (const SourceFile& file : source_files(root, {"include"})) {
    for (const Include& include : includes_of(file)) {
      const bool own = include.name.front() == '<' || include.name.starts_with("\"dualwrite/");
      EXPECT_TRUE(own) << file.path << ":" << include.line << " includes " << include.name;
    }
  }
}

TEST(Levels, UpAndSidewaysAreRefused) {
  const std::map<std::string, int> known = {{"base", 0}, {"model", 1}, {"async", 1}, {"http", 3}};
  EXPECT_EQ(complaint("http", "base", known), "");
  EXPECT_EQ(complaint("http", "http", known), "");
  EXPECT_NE(complaint("base", "http", known), "");
  EXPECT_NE(complaint("model", "async", known), "");
  EXPECT_EQ(included_room("\"dualwrite/http/client.hpp\"", known), "http");
  EXPECT_EQ(included_room("\"http/client.hpp\"", known), "http");
  EXPECT_EQ(included_room("<http/client.hpp>", known), std::nullopt);
  EXPECT_EQ(included_room("\"embedded/x.hpp\"", known), std::nullopt);
}

}  // namespace
}  // namespace dualwrite::tidy
