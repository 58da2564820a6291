#pragma once
// Posts that the sandbox sends by itself: webhooks and change notices. Queued after commit, sent in the background.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/message.hpp"
#include "dualwrite/http/transport.hpp"
#include "sandbox/archive.hpp"
#include "sandbox/faults.hpp"

namespace dualwrite::sandbox {

struct Post {
  std::string url;
  http::Headers headers;
  std::string body;
  std::string subject;  ///< what rules match: "account/Update", "CustomersV3/Updated"
  std::string job{};    ///< 16 bytes: the job whose call it is; empty: nobody keeps count of it
};
using PostSink = std::function<void(Post)>;

/// What came of a call that somebody waits for.
struct CallAnswer {
  int status = 0;  ///< 0: none came
  bool timed_out = false;
  CallAnswer(int s, bool t) : status(s), timed_out(t) {}
  [[nodiscard]] bool is_success() const noexcept { return status >= 200 && status < 300; }
};

/// What became of a post that nobody waits for.
enum class PostEnd : std::uint8_t { delivered, failed, dropped };

struct DispatcherSettings {
  std::string name;
  std::size_t concurrency = 16;
  std::size_t queue_max = 100000;  ///< a post above that, held ones included, is dropped and counted
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
  /// Ends deliveries. What has not been delivered stays, for save().
  Task<void> stop();
  void post(Post post) { this->post(std::move(post), std::nullopt); }
  /// As the fault, if there is one, will have it.
  void post(Post post, const std::optional<Fault>& fault);
  /// Called with every post that is done with: delivered, in vain after the last attempt, or never sent. One that a
  /// rule made two ends twice.
  using Ended = std::function<void(const Post&, PostEnd, const CallAnswer&)>;
  void on_ended(Ended call) { on_ended_ = std::move(call); }
  /// Sends at once, past the queue, and waits for the answer.
  Task<CallAnswer> call(Post post);
  /// Begins no delivery until resume().
  void pause() { is_paused_ = true; }
  void resume();
  [[nodiscard]] const DispatcherCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size(); }
  [[nodiscard]] std::size_t held() const noexcept { return held_.size() + followers_; }
  [[nodiscard]] std::size_t sending() const noexcept { return sending_.size(); }

  /// What has not been delivered: in delivery, waiting, held.
  void save(Writer& to) const;
  /// Queues what was saved, held posts too. Throws ArchiveError.
  void load(Reader& from);

 private:
  /// A post, and those that were held until it has gone.
  struct Queued {
    Post post;
    std::vector<Post> followers;
  };
  struct Held {
    Post post;
    bool until_next = false;  ///< a later post to the same URL takes it along
  };
  [[nodiscard]] bool is_full() const;
  void enqueue(Post post);
  void hold(Post post, std::chrono::milliseconds delay, bool until_next);
  void release(std::uint64_t id);
  Task<void> work();
  void ended(const Post& post, PostEnd end, const CallAnswer& answer);
  http::Transport* client_for(const std::string& origin);

  Executor executor_;
  Clock& clock_;
  DispatcherSettings settings_;
  Ended on_ended_;
  std::deque<Queued> queue_;
  std::list<Queued> sending_;
  std::map<std::uint64_t, Held> held_;  ///< by the order in which they came
  std::uint64_t last_held_ = 0;
  std::size_t timers_ = 0;
  std::size_t followers_ = 0;  ///< of all that is queued or in delivery
  bool is_paused_ = false;
  bool is_stopping_ = false;
  DispatcherCounts counts_;
  std::map<std::string, std::unique_ptr<http::Transport>> clients_;
  Signal wake_;
  TaskGroup tasks_;  // last: joined before anything above is destroyed
};

}  // namespace dualwrite::sandbox
