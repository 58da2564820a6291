#pragma once
// The coroutine type of the project. Rules for coroutines: docs/HACKING.md, "Coroutines"; tests/tidy checks them.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace dualwrite {

using Executor = boost::asio::any_io_executor;

template <class T>
using Task = boost::asio::awaitable<T, Executor>;

}  // namespace dualwrite
