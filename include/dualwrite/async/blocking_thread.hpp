#pragma once
// One thread for blocking work (SQLite). Work is handed over and the caller resumes on its own executor.
#include <functional>
#include <memory>
#include <string>

#include "dualwrite/async/task.hpp"

namespace dualwrite {

/// A single worker thread with a queue. Construction starts it; the destructor finishes what was queued and joins.
class BlockingThread {
 public:
  explicit BlockingThread(std::string name);
  ~BlockingThread();
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;

  /// Queues `work` from any thread; it must not throw.
  void post(std::function<void()> work);

  /// Runs `work` on the thread and resumes the caller on the caller's executor when it is done. Not cancellable: the
  /// work has been handed over and will happen. An exception of `work` is rethrown here.
  Task<void> run(std::function<void()> work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dualwrite
