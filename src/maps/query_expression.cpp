#include "maps/query_expression.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "dualwrite/base/text.hpp"
#include "dualwrite/model/value.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::maps {
namespace {

constexpr int depth_max = 64;
constexpr std::size_t bytes_max = 64U << 10U;
constexpr std::string_view enumeration_space = "Microsoft.Dynamics.DataEntities.";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Operator {
  std::string_view text;
  std::string_view name;
};
// The longer ones first.
constexpr Operator operators[] = {{"==", "eq"}, {"!=", "ne"}, {"<>", "ne"}, {">=", "ge"},
                                  {"<=", "le"}, {"=", "eq"},  {">", "gt"},  {"<", "lt"}};

class Translator {
 public:
  explicit Translator(std::string_view text) : text_(text) {}

  Result<std::string> run() {
    if (text_.size() > bytes_max) return wrong("is too long");
    auto out = either(0);
    if (!out) return out;
    skip();
    if (at_ < text_.size()) return wrong("there is more than one condition");
    return out;
  }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    return fail(Errc::invalid, what + ", at byte " + std::to_string(at_),
                "write ((Field == \"value\") && (Other != \"\")), or an OData $filter");
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool take_word(std::string_view word) {
    skip();
    const std::string_view rest = text_.substr(at_);
    if (rest.size() < word.size() || !equal_ignoring_case(rest.substr(0, word.size()), word)) return false;
    if (rest.size() > word.size() && (is_letter(rest[word.size()]) || is_digit(rest[word.size()]))) return false;
    at_ += word.size();
    return true;
  }

  Result<std::string> either(int depth) { return chain(depth, "||", " or ", &Translator::both); }
  Result<std::string> both(int depth) { return chain(depth, "&&", " and ", &Translator::one); }

  Result<std::string> chain(int depth, std::string_view token, std::string_view word,
                            Result<std::string> (Translator::*next)(int)) {
    auto first = (this->*next)(depth);
    if (!first) return first;
    std::string out = std::move(*first);
    bool several = false;
    while (take(token)) {
      auto more = (this->*next)(depth);
      if (!more) return more;
      out.append(word).append(*more);
      several = true;
    }
    return several ? "(" + out + ")" : out;
  }

  Result<std::string> one(int depth) {
    if (depth > depth_max) return wrong("is nested too deeply");
    skip();
    const bool negation = at_ < text_.size() && text_[at_] == '!';
    if (negation) {
      ++at_;
      auto inner = one(depth + 1);
      if (!inner) return inner;
      return "not (" + *inner + ")";
    }
    if (take("(")) {
      auto inner = either(depth + 1);
      if (!inner) return inner;
      if (!take(")")) return wrong("a closing parenthesis is missing");
      return inner;
    }
    return comparison();
  }

  Result<std::string> comparison() {
    const std::string field = name();
    if (field.empty()) return wrong("a field's name is missing");
    if (take_word("like")) return likeness(field);
    skip();
    for (const Operator& known : operators) {
      if (!take(known.text)) continue;
      auto value = operand();
      if (!value) return value;
      return field + " " + std::string(known.name) + " " + *value;
    }
    return wrong("==, !=, <, >, <=, >= or like is missing after " + field);
  }

  Result<std::string> likeness(const std::string& field) {
    skip();
    auto given = text();
    if (!given) return given;
    const std::string& pattern = *given;
    const bool open_start = pattern.starts_with('*');
    const bool open_end = pattern.size() > 1 && pattern.ends_with('*');
    const std::string inner =
        pattern.substr(open_start ? 1 : 0, pattern.size() - (open_start ? 1 : 0) - (open_end ? 1 : 0));
    if (inner.empty() || inner.find_first_of("*?") != std::string::npos) {
      return wrong("only * at the start or the end of a pattern can be translated");
    }
    const std::string quoted = odata::quote(inner);
    if (open_start && open_end) return "contains(" + field + "," + quoted + ")";
    if (open_start) return "endswith(" + field + "," + quoted + ")";
    if (open_end) return "startswith(" + field + "," + quoted + ")";
    return field + " eq " + quoted;
  }

  std::string name() {
    skip();
    const std::size_t from = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || (at_ > from && is_digit(text_[at_])))) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  Result<std::string> text() {
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '"' && quote != '\'') return wrong("a text in quotes is missing");
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size();
      if (escaped) ++at_;
      out += text_[at_];
    }
    if (at_ == text_.size()) return wrong("a closing quote is missing");
    ++at_;
    return out;
  }

  Result<std::string> operand() {
    skip();
    if (at_ == text_.size()) return wrong("a value is missing");
    const char first = text_[at_];
    if (first == '"' || first == '\'') {
      auto value = text();
      if (!value) return value;
      return odata::quote(*value);
    }
    if (is_letter(first)) {
      const std::string type = name();
      if (!take("::")) return wrong(type + " is no value: write texts in quotes, members as " + type + "::Member");
      const std::string member = name();
      if (member.empty()) return wrong("a member of " + type + " is missing");
      return std::string(enumeration_space) + type + odata::quote(member);
    }
    return number_or_date();
  }

  /// 12.5, or a date as day\month\year.
  Result<std::string> number_or_date() {
    const std::size_t from = at_;
    while (at_ < text_.size() &&
           (is_digit(text_[at_]) || std::string_view("+-.\\").find(text_[at_]) != std::string_view::npos))
      ++at_;
    const std::string token(text_.substr(from, at_ - from));
    int day = 0;
    int month = 0;
    int year = 0;
    int end = 0;
    const bool date = std::sscanf(token.c_str(), "%2d\\%2d\\%4d%n", &day, &month, &year, &end) == 3 &&  // NOLINT
                      static_cast<std::size_t>(end) == token.size();
    if (date && day >= 1 && day <= 31 && month >= 1 && month <= 12 && year >= 1900) {
      char out[32];
      std::snprintf(out, sizeof out, "%04d-%02d-%02dT12:00:00Z", year, month, day);
      return std::string(out);
    }
    std::string number = canonical_number(token);
    if (number.empty()) {
      at_ = from;
      return wrong("a value is missing: a text in quotes, a number, a date as day\\month\\year or Type::Member");
    }
    return number;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool is_query_expression(std::string_view text) noexcept {
  char quote = '\0';
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '"' || c == '=' || c == '!' || c == '&' || c == '|' || c == '<' || c == '>') return true;
    if (equal_ignoring_case(text.substr(at, 6), " like ")) return true;
  }
  return false;
}

Result<std::string> to_filter(std::string_view expression) {
  return Translator(expression).run();
}

}  // namespace dualwrite::maps
