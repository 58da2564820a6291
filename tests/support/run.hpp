#pragma once
// Runs one coroutine to its end on a private io_context, for tests.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "dualwrite/async/task.hpp"

namespace dualwrite::test {

/// Runs `body` on an executor of its own and returns what it returned. An exception of `body` is rethrown. Throws
/// std::logic_error if the executor ran out of work before the coroutine had ended: nothing can wake it any more.
/// `body` is kept until then, so a capturing lambda is safe here.
template <class T>
T run(std::function<Task<T>(Executor)> body) {
  boost::asio::io_context context(1);
  const Executor executor = context.get_executor();
  bool finished = false;
  std::exception_ptr failure;
  const auto drive = [&](std::function<Task<void>()> task) {
    boost::asio::co_spawn(executor, task, [&](std::exception_ptr thrown) {
      finished = true;
      failure = std::move(thrown);
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    if (!finished) throw std::logic_error("the coroutine never finished: nothing is left that could wake it");
  };
  if constexpr (std::is_void_v<T>) {
    drive([&body, executor] { return body(executor); });
  } else {
    std::optional<T> result;  // T need not be default-constructible, which Asio would ask for
    drive([&body, &result, executor]() -> Task<void> {
      T value = co_await body(executor);
      result.emplace(std::move(value));
    });
    return std::move(*result);
  }
}

}  // namespace dualwrite::test
