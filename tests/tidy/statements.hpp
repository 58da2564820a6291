#pragma once
// Cuts C++ code into statements, roughly: enough to see what stands in one full expression with a co_await.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dualwrite::tidy {

struct Lambda {
  std::string captures;
  bool coroutine = false;
  bool called_at_once = false;
  std::size_t at = 0;
};

/// One statement or the head of a compound one, such as "while (co_await next())". Braces that are left in `text` are
/// initialisers: blocks end the statement, and the bodies of lambdas are cut out and are statements of their own.
struct Statement {
  std::string text;
  std::size_t at = 0;  ///< where it begins in the source
  std::vector<Lambda> lambdas;
};

/// `code` must be code_only() text.
std::vector<Statement> statements_of(std::string_view code);

/// The first offset at or after `from` of `word` as a whole word, or npos.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);

}  // namespace dualwrite::tidy
