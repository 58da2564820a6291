#include "dualwrite/async/blocking_thread.hpp"

#include <pthread.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace dualwrite {

namespace asio = boost::asio;

struct BlockingThread::State {
  explicit State(std::string thread_name) : name(std::move(thread_name)), thread([this] { serve(); }) {}

  void add(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex);
      queue.push_back(std::move(work));
    }
    filled.notify_one();
  }

  // noexcept: work that throws has broken its promise, and the process ends here rather than with a lost reply.
  void serve() noexcept {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());  // the kernel keeps 15 bytes
    std::unique_lock lock(mutex);
    while (true) {
      filled.wait(lock, [this] { return closing || !queue.empty(); });
      if (queue.empty()) return;
      std::function<void()> work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      work = nullptr;  // what it captured is destroyed before the lock is taken again
      lock.lock();
    }
  }

  const std::string name;
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<std::function<void()>> queue;  // bounded by its users: one entry for each coroutine that waits in run()
  bool closing = false;
  std::thread thread;  // last: it uses everything above
};

BlockingThread::BlockingThread(std::string name) : state_(std::make_unique<State>(std::move(name))) {}

BlockingThread::~BlockingThread() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->filled.notify_one();
  state_->thread.join();
}

void BlockingThread::post(std::function<void()> work) {
  state_->add(std::move(work));
}

Task<void> BlockingThread::run(std::function<void()> work) {
  State* const state = state_.get();
  auto initiate = [state](auto handler, std::function<void()> job) {
    using Handler = decltype(handler);
    // Until the handler is posted back, its executor must not run out of work.
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    // Shared only because std::function must be copyable; it has one owner at any time.
    auto resume = std::make_shared<Handler>(std::move(handler));
    state->add([job = std::move(job), resume = std::move(resume), guard = std::move(guard)]() mutable {
      std::exception_ptr thrown;
      try {
        job();
      } catch (...) {
        thrown = std::current_exception();  // rethrown in the caller
      }
      job = nullptr;  // what it captured belongs to the caller, who goes on as soon as the handler is posted
      Handler own = std::move(*resume);
      resume.reset();
      asio::post(guard.get_executor(),
                 [own = std::move(own), thrown = std::move(thrown)]() mutable { std::move(own)(std::move(thrown)); });
      guard.reset();
    });
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr)>(
      std::move(initiate), asio::use_awaitable, std::move(work));
}

}  // namespace dualwrite
