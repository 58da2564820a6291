#pragma once
// Finds what g++ 12 miscompiles around co_await, and what loses a coroutine's owner or its captures. It reads text, not
// types, so it is stricter than the compiler bug where the two cannot be told apart: T{…} may be an aggregate.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dualwrite::tidy {

struct Finding {
  std::size_t line = 0;
  std::string rule;  ///< one of the names below
  std::string advice;
};

/// Rules: brace, lambda, ternary, switch, several, binding, immediate-lambda, default-argument, detached, co_spawn.
/// `path` is relative to the project's root: src/async/task_group.cpp and tests/support/ may call co_spawn.
std::vector<Finding> lint_coroutines(const std::string& path, std::string_view source);

}  // namespace dualwrite::tidy
