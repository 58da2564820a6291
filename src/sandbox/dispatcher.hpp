#pragma once
// Posts that the sandbox sends by itself: webhooks and change notices. Queued after commit, sent in the background.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/http/transport.hpp"

namespace dualwrite::sandbox {

struct Post {
  std::string url;
  http::Headers headers;
  std::string body;
};
using PostSink = std::function<void(Post)>;

struct DispatcherSettings {
  std::string name;
  std::size_t concurrency = 16;
  std::size_t queue_max = 100000;  ///< a post above that is dropped and counted
  int attempts_max = 2;
  std::chrono::milliseconds pause{0};           ///< between attempts
  std::chrono::milliseconds time_limit{60000};  ///< of one attempt
  bool gateway_errors_only = false;             ///< try again after 502, 503, 504 and no answer only
};

struct DispatcherCounts {
  std::int64_t queued = 0;
  std::int64_t delivered = 0;
  std::int64_t failed = 0;
  std::int64_t dropped = 0;
};

/// One thread, like everything here. Order of delivery is not promised, as with the real services.
class Dispatcher {
 public:
  Dispatcher(Executor executor, Clock& clock, DispatcherSettings settings);
  void start();
  Task<void> stop();
  void post(Post post);
  [[nodiscard]] const DispatcherCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }

 private:
  Task<void> work();
  Task<void> deliver(Post post);
  http::Transport* client_for(const std::string& origin);

  Executor executor_;
  Clock& clock_;
  DispatcherSettings settings_;
  std::deque<Post> queue_;
  DispatcherCounts counts_;
  std::map<std::string, std::unique_ptr<http::Transport>> clients_;
  Signal wake_;
  TaskGroup tasks_;  // last: joined before anything above is destroyed
};

}  // namespace dualwrite::sandbox
