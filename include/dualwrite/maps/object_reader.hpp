#pragma once
// Reads one JSON object of a configuration or map file: collects every mistake instead of stopping at the first.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/maps/json_document.hpp"

namespace dualwrite::maps {

/// Where a file's mistakes go. Whoever makes it owns the list and outlives the readers.
class MistakeList {
 public:
  explicit MistakeList(std::string file) : file_(std::move(file)) {}
  void add(std::size_t line, std::string path, std::string what, std::string hint = {});
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] bool empty() const noexcept { return mistakes_.empty(); }
  /// For parse_json.
  [[nodiscard]] std::vector<Mistake>& all() noexcept { return mistakes_; }
  /// Sorted by line.
  [[nodiscard]] std::vector<Mistake> take() &&;

 private:
  std::string file_;
  std::vector<Mistake> mistakes_;
};

/// One object with a fixed set of member names. The constructor reports a node that is no object, and every unknown
/// member with the nearest known name. Ask only for names in `known`. The getters report what is wrong and then return
/// a usable stand-in, so that reading goes on. Refers to its arguments; lives no longer than they.
class ObjectReader {
 public:
  using Names = std::span<const std::string_view>;

  ObjectReader(const JsonNode& node, std::string path, Names known, MistakeList& mistakes);

  [[nodiscard]] const JsonNode* find(std::string_view name) const noexcept;
  /// Reports a missing member and returns nullptr.
  const JsonNode* required(std::string_view name);

  /// A string with at least one character; empty when it was reported.
  std::string text(std::string_view name);
  std::string text_or(std::string_view name, std::string fallback);
  bool boolean_or(std::string_view name, bool fallback);
  std::int64_t integer_or(std::string_view name, std::int64_t fallback, std::int64_t min, std::int64_t max);

  /// One of a few words, such as {{"both", Direction::both}, …}.
  template <class Enum, std::size_t N>
  Enum word_or(std::string_view name, Enum fallback, const std::pair<std::string_view, Enum> (&words)[N]) {
    std::string_view names[N];
    for (std::size_t i = 0; i < N; ++i) names[i] = words[i].first;
    const std::size_t index = word_index(name, names);
    return index < N ? words[index].second : fallback;
  }

  /// The items of an array member with at least one item; empty when it is missing or was reported.
  std::span<const JsonNode> items(std::string_view name);

  /// A mistake in a member, or in the object itself when it has none of that name.
  void wrong(std::string_view name, std::string what, std::string hint = {});

  [[nodiscard]] std::string path_of(std::string_view name) const { return pointer_to(path_, name); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::size_t line() const noexcept { return node_.line; }
  [[nodiscard]] MistakeList& mistakes() noexcept { return mistakes_; }

 private:
  const JsonNode* of_kind(std::string_view name, JsonNode::Kind kind);
  std::size_t word_index(std::string_view name, Names words);

  const JsonNode& node_;
  std::string path_;
  Names known_;
  MistakeList& mistakes_;
};

/// "a, b or c".
std::string either(ObjectReader::Names words);

}  // namespace dualwrite::maps
