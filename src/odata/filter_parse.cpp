#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/uuid.hpp"
#include "dualwrite/odata/filter.hpp"
#include "odata/literal.hpp"

namespace dualwrite::odata {
namespace {

constexpr std::size_t bytes_max = 64u << 10;
constexpr int levels_max = 64;
constexpr std::size_t arguments_max = 64;

// A node with the height of its tree, so that chains like "a eq b eq c" cannot grow a tree too deep to walk.
struct Node {
  ExprPtr expr;
  int height = 1;
};

// Binary operators from loose to tight. `and` and `or` are handled on their own: they take any number of operands.
struct Level {
  std::array<std::string_view, 4> words;
  Expr::Kind kind;
};
constexpr std::array<Level, 4> binary_levels{{
    {{"eq", "ne", "", ""}, Expr::Kind::compare},
    {{"gt", "ge", "lt", "le"}, Expr::Kind::compare},
    {{"add", "sub", "", ""}, Expr::Kind::call},
    {{"mul", "div", "divby", "mod"}, Expr::Kind::call},
}};

constexpr bool is_word_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '/' || c == '-' || c == ':' || c == '+' || c == '@' || c == '$' || c == '%' ||
         static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// 2026-01-02, 2026-01-02T03:04:05Z, 03:04:05.000
bool looks_like_time(std::string_view word) noexcept {
  const std::size_t separator = word.find_first_of("-:");
  return separator != std::string_view::npos && std::ranges::all_of(word.substr(0, separator), is_digit) &&
         std::ranges::all_of(word, [](char c) {
           return is_digit(c) || c == '-' || c == ':' || c == '.' || c == '+' || c == 'T' || c == 't' || c == 'Z' ||
                  c == 'z';
         });
}

// A property, or a path over navigations: segments of name characters, joined by single slashes.
bool is_path(std::string_view word) noexcept {
  if (word.empty() || is_digit(word.front()) || word.front() == '.' || word.front() == '/' || word.ends_with('/')) {
    return false;
  }
  return word.find("//") == std::string_view::npos && word.find_first_of("-:+%") == std::string_view::npos;
}

class Parser {
 public:
  Parser(std::string_view text, Lambdas lambdas) : text_(text), lambdas_(lambdas) {}

  Result<ExprPtr> parse() {
    if (text_.size() > bytes_max) return fail(Errc::invalid, "reading a filter: it is longer than 64 KiB");
    if (!is_utf8(text_)) return fail(Errc::invalid, "reading a filter: it is not UTF-8");
    auto node = logical(Expr::Kind::logical_or);
    if (!node) return std::unexpected(std::move(node).error());
    skip_blanks();
    if (at_ != text_.size()) return bad("an operator or the end is expected here", at_);
    return std::move(node->expr);
  }

 private:
  std::unexpected<Error> bad(const std::string& why, std::size_t at) const {
    return fail(Errc::invalid, "reading a filter: " + why + ", at byte " + std::to_string(at));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  // The word that begins here; empty if something else does.
  [[nodiscard]] std::string_view peek_word() const noexcept {
    std::size_t end = at_;
    while (end < text_.size() && is_word_char(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  bool take_word(std::string_view word) {
    skip_blanks();
    if (word.empty() || peek_word() != word) return false;
    at_ += word.size();
    return true;
  }

  Result<Node> make(Expr expr, std::vector<Node> operands) {
    int height = 0;
    for (Node& operand : operands) {
      height = std::max(height, operand.height);
      expr.operands.push_back(std::move(operand.expr));
    }
    if (height >= levels_max) return bad("it is nested deeper than 64 levels", at_);
    return Node{std::make_shared<const Expr>(std::move(expr)), height + 1};
  }

  Result<Node> logical(Expr::Kind kind) {
    const bool is_or = kind == Expr::Kind::logical_or;
    std::vector<Node> operands;
    do {
      auto operand = is_or ? logical(Expr::Kind::logical_and) : binary(0);
      if (!operand) return operand;
      operands.push_back(*std::move(operand));
    } while (take_word(is_or ? "or" : "and"));
    if (operands.size() == 1) return std::move(operands.front());
    Expr expr;
    expr.kind = kind;
    return make(std::move(expr), std::move(operands));
  }

  Result<Node> binary(std::size_t level) {
    if (level == binary_levels.size()) return unary();
    auto left = binary(level + 1);
    while (left) {
      const auto& words = binary_levels[level].words;
      const auto word = std::ranges::find_if(words, [this](std::string_view w) { return take_word(w); });
      if (word == words.end()) return left;
      auto right = binary(level + 1);
      if (!right) return right;
      Expr expr;
      expr.kind = binary_levels[level].kind;
      expr.name = *word;
      std::vector<Node> operands;
      operands.push_back(*std::move(left));
      operands.push_back(*std::move(right));
      left = make(std::move(expr), std::move(operands));
    }
    return left;
  }

  Result<Node> unary() {
    if (depth_ == levels_max) return bad("it is nested deeper than 64 levels", at_);
    ++depth_;
    auto node = take_word("not") ? negation() : primary();
    --depth_;
    return node;
  }

  Result<Node> negation() {
    auto operand = unary();
    if (!operand) return operand;
    Expr expr;
    expr.kind = Expr::Kind::logical_not;
    std::vector<Node> operands;
    operands.push_back(*std::move(operand));
    return make(std::move(expr), std::move(operands));
  }

  Result<Node> primary() {
    skip_blanks();
    if (at_ == text_.size()) return bad("it ends where a value is expected", at_);
    const std::size_t begin = at_;
    if (text_[at_] == '(') {
      ++at_;
      auto node = logical(Expr::Kind::logical_or);
      if (!node) return node;
      if (auto closed = expect(')'); !closed) return std::unexpected(std::move(closed).error());
      return node;
    }
    if (text_[at_] == '\'') return quoted({}, begin);
    const std::string_view word = peek_word();
    if (word.empty()) return bad("a value is expected here", at_);
    at_ += word.size();
    if (at_ < text_.size() && text_[at_] == '\'') return quoted(word, begin);
    if (at_ < text_.size() && text_[at_] == '(') return call(word, begin);
    return bare(word, begin);
  }

  Result<void> expect(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return bad(std::string("a '") + c + "' is missing", at_);
    ++at_;
    return {};
  }

  // 'text', or Ns.Kind'Member', duration'PT1H' and the like, whose type stands before the quote.
  Result<Node> quoted(std::string_view type, std::size_t begin) {
    auto text = take_quoted(text_, at_);
    if (!text) return bad("a quote is not closed", begin);
    if (!type.empty() && !is_path(type)) return bad("this is no type of a literal", begin);
    Expr expr;
    expr.name = type;
    expr.value = Value::string(*std::move(text));
    expr.is_string_literal = type.empty();
    return make(std::move(expr), {});
  }

  Result<Node> call(std::string_view name, std::size_t begin) {
    if (!is_path(name)) return bad("this is no name of a function", begin);
    if (name.ends_with("/any") || name.ends_with("/all")) {
      return lambdas_ == Lambdas::allowed ? lambda(name) : bad("any and all are not supported", begin);
    }
    ++at_;
    Expr expr;
    expr.kind = Expr::Kind::call;
    expr.name = name;
    std::vector<Node> arguments;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ')') {
      ++at_;
      return make(std::move(expr), {});
    }
    do {
      if (arguments.size() == arguments_max) return bad("a function has more than 64 arguments", at_);
      auto argument = logical(Expr::Kind::logical_or);
      if (!argument) return argument;
      arguments.push_back(*std::move(argument));
      skip_blanks();
    } while (at_ < text_.size() && text_[at_] == ',' && ++at_ != 0);
    if (auto closed = expect(')'); !closed) return std::unexpected(std::move(closed).error());
    return make(std::move(expr), std::move(arguments));
  }

  // any(o:o/name eq 'x'), or any()
  Result<Node> lambda(std::string_view name) {
    ++at_;
    Expr expr;
    expr.kind = Expr::Kind::lambda;
    expr.name = name;
    skip_blanks();
    if (name.ends_with("/any") && at_ < text_.size() && text_[at_] == ')') {
      ++at_;
      return make(std::move(expr), {});
    }
    const std::size_t begin = at_;
    const std::size_t colon = text_.find(':', at_);
    std::string_view variable = text_.substr(begin, std::min(colon, text_.size()) - begin);
    variable = variable.substr(0, variable.find_last_not_of(" \t") + 1);
    if (!is_path(variable) || !std::ranges::all_of(variable, is_word_char) || variable.contains('/')) {
      return bad("a variable and a ':' are expected here", begin);
    }
    at_ = colon + 1;
    expr.value = Value::string(std::string(variable));
    std::vector<Node> operands;
    auto condition = logical(Expr::Kind::logical_or);
    if (!condition) return condition;
    operands.push_back(*std::move(condition));
    if (auto closed = expect(')'); !closed) return std::unexpected(std::move(closed).error());
    return make(std::move(expr), std::move(operands));
  }

  Result<Node> bare(std::string_view word, std::size_t begin) {
    Expr expr;
    expr.value = unquoted_literal(word);
    const bool literal = expr.value.kind() != Value::Kind::string || is_uuid(word) || looks_like_time(word) ||
                         word == "INF" || word == "-INF" || word == "NaN";
    if (literal) return make(std::move(expr), {});
    if (!is_path(word)) return bad("this is neither a literal nor a property", begin);
    expr.kind = Expr::Kind::path;
    expr.name = word;
    expr.value = Value();
    return make(std::move(expr), {});
  }

  std::string_view text_;
  Lambdas lambdas_;
  std::size_t at_ = 0;
  int depth_ = 0;  // of brackets, calls and negations that are open
};

}  // namespace

Result<ExprPtr> parse_filter(std::string_view text, Lambdas lambdas) {
  return Parser(text, lambdas).parse();
}

}  // namespace dualwrite::odata
