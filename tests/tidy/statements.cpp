#include "tidy/statements.hpp"

#include <algorithm>
#include <array>

namespace dualwrite::tidy {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t nesting_max = 200;  // more is no code that a person wrote

bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view first_word(std::string_view text) {
  text = trimmed(text);
  std::size_t end = 0;
  while (end < text.size() && word_char(text[end])) ++end;
  return text.substr(0, end);
}

std::string_view last_word(std::string_view text) {
  text = trimmed(text);
  std::size_t begin = text.size();
  while (begin > 0 && word_char(text[begin - 1])) --begin;
  return text.substr(begin);
}

class Splitter {
 public:
  explicit Splitter(std::string_view code) : code_(code) {}

  std::vector<Statement> run() && {
    while (at_ < code_.size()) {
      block(0);
      ++at_;  // a '}' too many
    }
    return std::move(out_);
  }

 private:
  void block(std::size_t nesting) {
    Statement now;
    std::size_t depth = 0;
    const auto finish = [&] {
      if (!trimmed(now.text).empty()) out_.push_back(std::move(now));
      now = Statement();
      depth = 0;
    };
    while (at_ < code_.size()) {
      const char c = code_[at_];
      if (trimmed(now.text).empty()) now.at = at_;
      if (c == '#' && line_begins()) {
        skip_directive();
      } else if (c == '}' && depth == 0) {
        break;
      } else if (c == '{' && !initialiser(now.text, depth)) {
        finish();
        if (nesting >= nesting_max) return;
        ++at_;
        block(nesting + 1);
        ++at_;
      } else if (c == '[' && lambda(now, nesting)) {
        continue;
      } else {
        if (c == '(' || c == '[' || c == '{') ++depth;
        if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
        ++at_;
        if (c == ';' && depth == 0) {
          finish();
          continue;
        }
        now.text += c;
        if (depth == 0 && c == ')' && head_is_control(now.text)) finish();
        if (depth == 0 && !word_char(next_char()) && one_of(trimmed(now.text), leading_words)) finish();
      }
    }
    finish();
  }

  static constexpr std::array<std::string_view, 3> leading_words = {"else", "do", "try"};

  [[nodiscard]] char next_char() const { return at_ < code_.size() ? code_[at_] : ' '; }

  [[nodiscard]] bool line_begins() const {
    std::size_t i = at_;
    while (i > 0 && (code_[i - 1] == ' ' || code_[i - 1] == '\t')) --i;
    return i == 0 || code_[i - 1] == '\n';
  }

  void skip_directive() {
    while (at_ < code_.size() && code_[at_] != '\n') at_ += code_[at_] == '\\' ? 2 : 1;
  }

  static bool head_is_control(std::string_view text) {
    constexpr std::array<std::string_view, 5> control = {"if", "while", "for", "switch", "catch"};
    return one_of(first_word(text), control);
  }

  /// True if a '{' behind `before` begins an initialiser and not a block.
  static bool initialiser(std::string_view before, std::size_t depth) {
    if (depth > 0) return true;
    before = trimmed(before);
    if (before.empty()) return false;
    const char last = before.back();
    if (last == ')' || last == '}' || last == ':' || last == '{') return false;
    constexpr std::array<std::string_view, 7> heads = {"namespace", "class",  "struct", "union",
                                                       "enum",      "extern", "export"};
    if (one_of(first_word(before), heads)) return false;
    constexpr std::array<std::string_view, 8> tails = {"else",     "do",       "try",   "const",
                                                       "noexcept", "override", "final", "mutable"};
    if (one_of(last_word(before), tails)) return false;
    if (before.starts_with("template") && class_template(before)) return false;
    return !trailing_return(before);
  }

  static bool class_template(std::string_view text) {
    return find_word(text, "struct") != npos || (find_word(text, "class") != npos && text.find('(') == npos) ||
           find_word(text, "concept") != npos;
  }

  /// "f() const -> Task<void>": a ')' before the arrow with nothing but specifiers between.
  static bool trailing_return(std::string_view text) {
    const std::size_t arrow = text.rfind("->");
    if (arrow == npos || arrow == 0) return false;
    std::string_view before = trimmed(text.substr(0, arrow));
    constexpr std::array<std::string_view, 3> specifiers = {"const", "noexcept", "mutable"};
    while (one_of(last_word(before), specifiers))
      before = trimmed(before.substr(0, before.size() - last_word(before).size()));
    return before.ends_with(')') && (text.starts_with("auto") || text.find(" auto ") != npos);
  }

  /// The offset behind the bracket that closes the one at `open`; npos if none does.
  [[nodiscard]] std::size_t behind_match(std::size_t open, char opening, char closing) const {
    std::size_t depth = 0;
    for (std::size_t i = open; i < code_.size(); ++i) {
      if (code_[i] == opening) ++depth;
      if (code_[i] == closing && --depth == 0) return i + 1;
    }
    return npos;
  }

  [[nodiscard]] std::size_t skip_space(std::size_t i) const {
    while (i < code_.size() && space(code_[i])) ++i;
    return i;
  }

  /// True if a '[' behind `before` can begin a lambda: not a subscript, an attribute or a structured binding.
  [[nodiscard]] bool lambda_may_begin(std::string_view before) const {
    if (at_ + 1 < code_.size() && code_[at_ + 1] == '[') return false;
    before = trimmed(before);
    if (before.empty()) return true;
    constexpr std::array<std::string_view, 4> keywords = {"return", "co_return", "co_await", "co_yield"};
    const std::string_view word = last_word(before);
    if (!word.empty()) return one_of(word, keywords);
    if (before.ends_with(')') || before.ends_with(']') || before.ends_with('[')) return false;
    while (before.ends_with('&')) before = trimmed(before.substr(0, before.size() - 1));
    return last_word(before) != "auto";
  }

  /// The '{' of the body of the lambda whose '[' is at at_; npos if it is no lambda.
  [[nodiscard]] std::size_t lambda_body(std::size_t behind_captures) const {
    std::size_t i = skip_space(behind_captures);
    if (i < code_.size() && code_[i] == '<') i = skip_space(behind_match(i, '<', '>'));
    if (i < code_.size() && code_[i] == '(') i = behind_match(i, '(', ')');
    if (i == npos) return npos;
    std::size_t angles = 0;
    for (; i < code_.size(); ++i) {
      const char c = code_[i];
      if (c == '{') return i;
      if (c == '<') ++angles;
      if (c == '>' && code_[i - 1] != '-' && angles > 0) --angles;
      if (c == ';' || c == ')' || c == ']' || c == '}' || c == '=' || (c == ',' && angles == 0)) return npos;
    }
    return npos;
  }

  /// Takes a whole lambda: its body becomes statements, the outer statement keeps "[captures]" and a mark.
  bool lambda(Statement& now, std::size_t nesting) {
    if (!lambda_may_begin(now.text) || nesting >= nesting_max) return false;
    const std::size_t behind_captures = behind_match(at_, '[', ']');
    if (behind_captures == npos) return false;
    const std::size_t body = lambda_body(behind_captures);
    if (body == npos) return false;
    Lambda found;
    found.at = at_;
    found.captures = std::string(trimmed(code_.substr(at_ + 1, behind_captures - at_ - 2)));
    const std::size_t end = behind_match(body, '{', '}');
    const std::string_view inside = code_.substr(body, (end == npos ? code_.size() : end) - body);
    for (const std::string_view word : {"co_await", "co_return", "co_yield"}) {
      found.coroutine = found.coroutine || find_word(inside, word) != npos;
    }
    at_ = body + 1;
    block(nesting + 1);
    if (at_ < code_.size()) ++at_;
    found.called_at_once = skip_space(at_) < code_.size() && code_[skip_space(at_)] == '(';
    now.lambdas.push_back(std::move(found));
    now.text += " lambda_";
    return true;
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::vector<Statement> out_;
};

}  // namespace

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !word_char(text[at - 1])) && (end == text.size() || !word_char(text[end]))) return at;
  }
  return npos;
}

std::vector<Statement> statements_of(std::string_view code) {
  return Splitter(code).run();
}

}  // namespace dualwrite::tidy
