#include "dualwrite/maps/json_document.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "dualwrite/base/text.hpp"

namespace dualwrite::maps {
namespace {

/// Hands the text to nlohmann's lexer and counts what it has taken: its SAX events carry no position.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* taken) : at_(at), taken_(taken) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*taken_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator&, const CountingIterator&) = default;

 private:
  const char* at_;
  std::size_t* taken_;
};

/// Builds the tree. Returning false ends the parse.
class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  TreeBuilder(const std::string& file, std::string_view text, const std::size_t& taken, std::vector<Mistake>& mistakes)
      : file_(file), text_(text), taken_(taken), mistakes_(mistakes) {}

  bool null() { return scalar(JsonNode::Kind::null, {}); }
  bool boolean(bool value) { return scalar(JsonNode::Kind::boolean, value ? "true" : "false"); }
  bool number_integer(number_integer_t) { return scalar(JsonNode::Kind::number, number_text()); }
  bool number_unsigned(number_unsigned_t) { return scalar(JsonNode::Kind::number, number_text()); }
  bool number_float(number_float_t, const string_t& raw) { return scalar(JsonNode::Kind::number, raw); }
  bool string(string_t& value) { return scalar(JsonNode::Kind::string, std::move(value)); }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t) { return open(JsonNode::Kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    Level& level = levels_.back();
    level.repeated = !level.names.insert(name).second;
    level.name = std::move(name);
    level.name_line = line();
    if (level.repeated) {
      mistakes_.push_back({file_, level.name_line, pointer_to(path(), level.name),
                           "the name \"" + level.name + "\" stands here a second time", "remove one of the two"});
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    const std::size_t at = taken_ == 0 ? 0 : std::min(taken_, text_.size()) - 1;
    const std::size_t line_start = text_.substr(0, at).rfind('\n');
    const std::size_t column = line_start == std::string_view::npos ? at + 1 : at - line_start;
    mistakes_.push_back(
        {file_,
         line(),
         {},
         "broken JSON at column " + std::to_string(column) + ": " + reason(error.what()),
         "look at this place and just before it: a comma, a quote or a bracket is missing or too many"});
    return false;
  }

  [[nodiscard]] JsonNode take() && { return std::move(root_); }

 private:
  struct Level {
    JsonNode node;
    std::unordered_set<std::string> names;  // of the members so far
    std::string name;
    std::size_t name_line = 0;
    bool repeated = false;
  };

  /// The line of the last character that was taken. Tokens hold no line ends, so it is the token's line; a number's
  /// lexer takes one character more, which at worst is the end of that line.
  std::size_t line() {
    const std::size_t upto = taken_ == 0 ? 0 : std::min(taken_, text_.size()) - 1;
    if (upto > counted_) {
      const std::string_view between = text_.substr(counted_, upto - counted_);
      line_ += static_cast<std::size_t>(std::ranges::count(between, '\n'));
      counted_ = upto;
    }
    return line_;
  }

  /// The number just read, as it was written: nlohmann gives the text of fractions only.
  [[nodiscard]] std::string number_text() const {
    const auto part_of_number = [](char c) { return (c >= '0' && c <= '9') || c == '-'; };
    std::size_t end = std::min(taken_, text_.size());
    if (end > 0 && !part_of_number(text_[end - 1])) --end;
    std::size_t begin = end;
    while (begin > 0 && part_of_number(text_[begin - 1])) --begin;
    return std::string(text_.substr(begin, end - begin));
  }

  [[nodiscard]] std::string path() const {
    std::string out;
    for (std::size_t depth = 0; depth + 1 < levels_.size(); ++depth) {
      const Level& level = levels_[depth];
      const bool array = level.node.kind == JsonNode::Kind::array;
      out = pointer_to(out, array ? std::to_string(level.node.children.size()) : level.name);
    }
    return out;
  }

  bool scalar(JsonNode::Kind kind, std::string text) {
    JsonNode node;
    node.kind = kind;
    node.text = std::move(text);
    node.line = line();
    return place(std::move(node));
  }

  bool open(JsonNode::Kind kind) {
    if (levels_.size() == json_file_depth_max) {
      mistakes_.push_back(
          {file_, line(), {}, "nested deeper than " + std::to_string(json_file_depth_max) + " levels", {}});
      return false;
    }
    Level level;
    level.node.kind = kind;
    level.node.line = line();
    levels_.push_back(std::move(level));
    return true;
  }

  bool close() {
    JsonNode node = std::move(levels_.back().node);
    levels_.pop_back();
    return place(std::move(node));
  }

  bool place(JsonNode node) {
    if (++values_ > json_file_values_max) {
      mistakes_.push_back({file_, line(), {}, "more than " + std::to_string(json_file_values_max) + " values", {}});
      return false;
    }
    if (levels_.empty()) {
      root_ = std::move(node);
      return true;
    }
    Level& level = levels_.back();
    if (level.node.kind == JsonNode::Kind::object) {
      if (level.repeated) return true;
      node.name = level.name;
      node.line = level.name_line;
    }
    level.node.children.push_back(std::move(node));
    return true;
  }

  /// nlohmann's reason without its position, which is ours to say, and without what was read, which may be a secret.
  static std::string reason(std::string_view what) {
    for (const std::string_view opening : {std::string_view("] "), std::string_view("syntax error while ")}) {
      if (const std::size_t at = what.find(opening); at != std::string_view::npos) {
        what.remove_prefix(at + opening.size());
      }
    }
    const std::size_t expected = what.find("; expected ");
    std::string out(what.substr(0, std::min(what.find("; last read"), expected)));
    if (expected != std::string_view::npos) out += what.substr(expected);
    std::string plain;
    append_json_quoted(plain, out);  // control characters and wrong UTF-8 become printable
    return plain.substr(1, plain.size() - 2);
  }

  const std::string& file_;
  std::string_view text_;
  const std::size_t& taken_;
  std::vector<Mistake>& mistakes_;
  std::vector<Level> levels_;
  JsonNode root_;
  std::size_t values_ = 0;
  std::size_t counted_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view member) const noexcept {
  if (kind != Kind::object) return nullptr;
  const auto found = std::ranges::find(children, member, &JsonNode::name);
  return found == children.end() ? nullptr : &*found;
}

std::string_view to_string(JsonNode::Kind kind) noexcept {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "true or false";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::array:
      return "an array";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "null";
}

std::string pointer_to(const std::string& path, std::string_view name) {
  std::string out = path + "/";
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<JsonNode> parse_json(const std::string& file, std::string_view text, std::vector<Mistake>& mistakes) {
  if (text.size() > json_file_bytes_max) {
    mistakes.push_back(
        {file, 0, {}, "the file is longer than " + std::to_string(json_file_bytes_max >> 20U) + " MB", {}});
    return std::nullopt;
  }
  // nlohmann takes a zero byte for the end of the text and would not look at what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    const auto lines = static_cast<std::size_t>(std::ranges::count(text.substr(0, zero), '\n'));
    mistakes.push_back({file, lines + 1, {}, "broken JSON: a zero byte", {}});
    return std::nullopt;
  }
  std::size_t taken = 0;
  TreeBuilder builder(file, text, taken, mistakes);
  const CountingIterator begin(text.data(), &taken);
  const CountingIterator end(text.data() + text.size(), &taken);
  if (!nlohmann::json::sax_parse(begin, end, &builder)) return std::nullopt;
  return std::move(builder).take();
}

}  // namespace dualwrite::maps
