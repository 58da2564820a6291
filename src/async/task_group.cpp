#include "dualwrite/async/task_group.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <utility>
#include <vector>

#include "async/engine_time.hpp"
#include "dualwrite/async/signal.hpp"

namespace dualwrite {

namespace asio = boost::asio;

struct TaskGroup::State {
  struct Entry {
    Entry(std::string n, std::function<Task<void>()> b) : name(std::move(n)), body(std::move(b)) {}

    std::string name;
    std::function<Task<void>()> body;
    asio::cancellation_signal signal;
    std::list<std::shared_ptr<Entry>>::iterator place;
  };

  State(Executor e, OnFailure f) : executor(e), on_failure(std::move(f)), ended(e) {}

  void cancel_all(asio::cancellation_type type) {
    // A copy, because a coroutine may end or start another while it hears of it.
    const std::vector<std::shared_ptr<Entry>> now(entries.begin(), entries.end());
    for (const std::shared_ptr<Entry>& entry : now) entry->signal.emit(type);
  }

  void end(const std::shared_ptr<Entry>& entry, const std::exception_ptr& thrown) {
    entries.erase(entry->place);
    if (entries.empty()) ended.notify();
    if (thrown) report(entry->name, thrown);
  }

  void report(const std::string& name, const std::exception_ptr& thrown) const {
    try {
      std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) return;
      on_failure(name, error.what());
    } catch (const std::exception& error) {
      on_failure(name, error.what());
    } catch (...) {  // Asio itself throws nothing else; whatever it is, it must be heard of
      on_failure(name, "an exception that is not a std::exception");
    }
  }

  Executor executor;
  OnFailure on_failure;
  std::list<std::shared_ptr<Entry>> entries;
  Signal ended;
  bool stopping = false;
};

namespace {

// Lets `total` through, which Asio holds back by default, and starts the body only after spawn() has returned.
Task<void> run_body(const std::function<Task<void>()>* body) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await asio::post(asio::use_awaitable);
  co_await (*body)();
}

}  // namespace

TaskGroup::TaskGroup(Executor executor, OnFailure on_failure)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_failure))) {}

TaskGroup::~TaskGroup() {
  if (state_->entries.empty()) return;
  // In every build: going on would let coroutines use what is being destroyed.
  std::fprintf(stderr, "TaskGroup destroyed with %zu tasks running, the first is \"%s\": join() it before\n",
               state_->entries.size(), state_->entries.front()->name.c_str());
  std::abort();
}

std::size_t TaskGroup::size() const noexcept {
  return state_->entries.size();
}

void TaskGroup::spawn(std::string name, std::function<Task<void>()> body) {
  if (state_->stopping) return;
  auto entry = std::make_shared<State::Entry>(std::move(name), std::move(body));
  entry->place = state_->entries.insert(state_->entries.end(), entry);
  auto at_end = [state = state_, entry](std::exception_ptr thrown) { state->end(entry, thrown); };
  asio::co_spawn(
      state_->executor, [entry] { return run_body(&entry->body); },
      asio::bind_cancellation_slot(entry->signal.slot(), std::move(at_end)));
}

Task<void> TaskGroup::join(std::chrono::milliseconds patience) {
  const std::shared_ptr<State> state = state_;
  state->stopping = true;
  // Whoever joins must see the end, even if it is cancelled itself: it feels that at its next co_await.
  const bool throws_before = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  state->cancel_all(asio::cancellation_type::total);
  const auto deadline = engine_now() + std::min<std::chrono::milliseconds>(patience, std::chrono::hours(24));
  bool patient = true;
  while (!state->entries.empty()) {
    try {
      if (patient) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - engine_now());
        co_await state->ended.wait(left);
      } else {
        co_await state->ended.wait();
      }
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) throw;
    }
    if (patient && !state->entries.empty() && engine_now() >= deadline) {
      patient = false;
      state->cancel_all(asio::cancellation_type::terminal);
    }
  }
  co_await asio::this_coro::throw_if_cancelled(throws_before);
}

Task<void> TaskGroup::drained() {
  const std::shared_ptr<State> state = state_;
  while (!state->entries.empty()) co_await state->ended.wait();
}

}  // namespace dualwrite
