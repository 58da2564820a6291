#include "tidy/coroutine_lint.hpp"

#include <algorithm>

#include "tidy/source_text.hpp"
#include "tidy/statements.hpp"

namespace dualwrite::tidy {
namespace {

constexpr std::size_t npos = std::string_view::npos;

std::size_t count_word(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = find_word(text, word); at != npos; at = find_word(text, word, at + 1)) ++count;
  return count;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \n\t\r");
  if (begin == npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n\t\r") - begin + 1);
}

/// By reference only, or `this`: nothing is owned, so nothing is destroyed twice.
bool owns_something(std::string_view captures) {
  while (!captures.empty()) {
    const std::size_t comma = captures.find(',');
    const std::string_view one = trimmed(captures.substr(0, comma));
    if (!one.empty() && one != "this" && one.front() != '&') return true;
    if (comma == npos) return false;
    captures.remove_prefix(comma + 1);
  }
  return false;
}

/// Where an arm of a ternary ends: at the given delimiter, or at what closes or separates the surrounding expression.
std::size_t arm_end(std::string_view text, std::size_t from, char delimiter) {
  std::size_t depth = 0;
  std::size_t questions = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') {
      if (depth == 0) return i;
      --depth;
    }
    if (depth > 0) continue;
    if (c == '?') ++questions;
    const bool scope = c == ':' && ((i + 1 < text.size() && text[i + 1] == ':') || text[i - 1] == ':');
    if (c == ':' && !scope) {
      if (questions == 0) return i;
      --questions;
    }
    if (delimiter != ':' && (c == ',' || c == ';')) return i;
  }
  return text.size();
}

/// A call, a temporary or an operator makes a new object; names, members and literals do not.
bool makes_object(std::string_view arm) {
  return arm.find_first_of("({+") != npos;
}

bool is_text_literal(std::string_view arm) {
  return trimmed(arm).starts_with('"');
}

bool dangerous_ternary(std::string_view text) {
  for (std::size_t at = text.find('?'); at != npos; at = text.find('?', at + 1)) {
    const std::size_t colon = arm_end(text, at + 1, ':');
    if (colon >= text.size()) return true;
    const std::string_view first = text.substr(at + 1, colon - at - 1);
    const std::string_view second = text.substr(colon + 1, arm_end(text, colon + 1, ',') - colon - 1);
    if (makes_object(first) || makes_object(second)) return true;
    if (is_text_literal(first) != is_text_literal(second)) return true;  // const char* and std::string: a new string
  }
  return false;
}

/// auto [a, b] = …, for (auto& [a, b] : …
bool binds_parts(std::string_view text) {
  for (std::size_t at = find_word(text, "auto"); at != npos; at = find_word(text, "auto", at + 1)) {
    const std::size_t next = text.find_first_not_of(" \n\t\r&", at + 4);
    if (next != npos && text[next] == '[') return true;
  }
  return false;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return find_word(trimmed(text), word) == 0;
}

/// Task<void> f(Options options = {}) or = Options{…}: the default is a temporary in every co_await f().
bool braced_default(std::string_view text) {
  const std::size_t task = std::min(text.find("Task<"), text.find("awaitable<"));
  const std::size_t open = text.find('(');
  if (task == npos || open == npos || task > open) return false;
  for (std::size_t at = text.find('=', open); at != npos; at = text.find('=', at + 1)) {
    const std::size_t value = text.find_first_not_of(" \n\t\r", at + 1);
    const std::size_t end = text.find_first_of("{(,);", at + 1);
    if (value != npos && end != npos && text[end] == '{') return true;
  }
  return false;
}

class Linter {
 public:
  Linter(const std::string& path, std::string_view code) : path_(path), code_(code) {}

  std::vector<Finding> run() && {
    for (const Statement& statement : statements_of(code_)) check(statement);
    return std::move(found_);
  }

 private:
  void add(std::size_t at, std::string rule, std::string advice) {
    found_.push_back({line_of(code_, at), std::move(rule), std::move(advice)});
  }

  void check(const Statement& statement) {
    const std::string_view text = statement.text;
    for (const Lambda& lambda : statement.lambdas) {
      if (lambda.coroutine && lambda.called_at_once && !lambda.captures.empty()) {
        add(lambda.at, "immediate-lambda", "the captures die before the coroutine: pass them as parameters by value");
      }
    }
    if (find_word(text, "detached") != npos) add(statement.at, "detached", "nobody joins it: use a TaskGroup");
    const bool may_spawn = path_ == "src/async/task_group.cpp" || path_.starts_with("tests/support/");
    if (find_word(text, "co_spawn") != npos && !may_spawn) add(statement.at, "co_spawn", "spawn through a TaskGroup");
    if (braced_default(text)) {
      add(statement.at, "default-argument",
          "a braced default of a coroutine's parameter: give it a constructor or an overload");
    }
    const std::size_t awaits = count_word(text, "co_await");
    if (awaits > 0) check_awaiting(statement, awaits);
  }

  void check_awaiting(const Statement& statement, std::size_t awaits) {
    const std::string_view text = statement.text;
    if (awaits > 1) add(statement.at, "several", "one co_await per statement: name the first result");
    if (text.find('{') != npos) add(statement.at, "brace", "name the object in a statement before, and move it");
    if (dangerous_ternary(text)) add(statement.at, "ternary", "choose in a statement before");
    if (starts_with_word(text, "switch")) add(statement.at, "switch", "store the result first, then switch");
    if (binds_parts(text)) add(statement.at, "binding", "name the whole result");
    for (const Lambda& lambda : statement.lambdas) {
      if (owns_something(lambda.captures))
        add(lambda.at, "lambda", "name the lambda in a statement before, and move it");
    }
  }

  const std::string& path_;
  std::string_view code_;
  std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> lint_coroutines(const std::string& path, std::string_view source) {
  const std::string code = code_only(source);
  return Linter(path, code).run();
}

}  // namespace dualwrite::tidy
