#include "sandbox/dispatcher.hpp"

#include <utility>

#include "dualwrite/http/client.hpp"

namespace dualwrite::sandbox {
namespace {
// More origins than that are a mistake; the client of an arbitrary one is not kept.
constexpr std::size_t origins_max = 256;
}  // namespace

Dispatcher::Dispatcher(Executor executor, Clock& clock, DispatcherSettings settings)
    : executor_(executor),
      clock_(clock),
      settings_(std::move(settings)),
      wake_(executor),
      tasks_(executor, [](const std::string&, const std::string&) {}) {}

void Dispatcher::start() {
  for (std::size_t i = 0; i < settings_.concurrency; ++i) {
    tasks_.spawn(settings_.name, [this] { return work(); });
  }
}

Task<void> Dispatcher::stop() {
  is_stopping_ = true;
  co_await tasks_.join(std::chrono::seconds(1));
}

void Dispatcher::resume() {
  is_paused_ = false;
  wake_.notify();
}

void Dispatcher::post(Post post, const std::optional<Fault>& fault) {
  if (!fault) return enqueue(std::move(post));
  switch (fault->kind) {
    case FaultKind::drop_event:
      return ended(post, PostEnd::dropped, CallAnswer(0, false));
    case FaultKind::duplicate_event:
      enqueue(post);
      return hold(std::move(post), fault->delay, false);
    case FaultKind::reorder_event:
      return hold(std::move(post), fault->delay, true);
    case FaultKind::delay_event:
      return hold(std::move(post), fault->delay, false);
    default:
      return enqueue(std::move(post));
  }
}

bool Dispatcher::is_full() const {
  return queue_.size() + held() >= settings_.queue_max;
}

void Dispatcher::enqueue(Post post) {
  if (is_full()) {
    ++counts_.dropped;
    return ended(post, PostEnd::dropped, CallAnswer(0, false));
  }
  ++counts_.queued;
  Queued next{std::move(post), {}};
  for (auto at = held_.begin(); at != held_.end();) {
    if (!at->second.until_next || at->second.post.url != next.post.url) {
      ++at;
      continue;
    }
    next.followers.push_back(std::move(at->second.post));
    ++followers_;
    at = held_.erase(at);
  }
  queue_.push_back(std::move(next));
  wake_.notify();
}

void Dispatcher::hold(Post post, std::chrono::milliseconds delay, bool until_next) {
  // A post that was taken along leaves its timer behind, so timers have a bound of their own.
  if (is_full() || timers_ >= settings_.queue_max) {
    ++counts_.dropped;
    return ended(post, PostEnd::dropped, CallAnswer(0, false));
  }
  ++counts_.queued;
  const std::uint64_t id = ++last_held_;
  held_.emplace(id, Held{std::move(post), until_next});
  ++timers_;
  tasks_.spawn(settings_.name + " held", [this, id, delay]() -> Task<void> {
    co_await clock_.sleep(delay);
    --timers_;
    release(id);
  });
}

void Dispatcher::release(std::uint64_t id) {
  const auto found = held_.find(id);
  if (found == held_.end()) return;  // a later post took it along
  queue_.push_back({std::move(found->second.post), {}});
  held_.erase(found);
  wake_.notify();
}

void Dispatcher::save(Writer& to) const {
  std::vector<const Post*> posts;
  const auto add = [&](const Queued& queued) {
    posts.push_back(&queued.post);
    for (const Post& follower : queued.followers) posts.push_back(&follower);
  };
  for (const Queued& queued : sending_) add(queued);
  for (const Queued& queued : queue_) add(queued);
  for (const auto& [id, held] : held_) posts.push_back(&held.post);
  to.text(settings_.name);
  to.number(static_cast<std::int64_t>(posts.size()));
  for (const Post* post : posts) {
    to.text(post->url);
    to.headers(post->headers);
    to.text(post->body);
    to.text(post->subject);
    to.text(post->job);
  }
}

void Dispatcher::load(Reader& from) {
  from.expect(settings_.name);
  for (std::size_t left = from.count(); left > 0; --left) {
    Post post;
    post.url = std::string(from.text());
    post.headers = from.headers();
    post.body = std::string(from.text());
    post.subject = std::string(from.text());
    post.job = std::string(from.text());
    enqueue(std::move(post));
  }
}

Task<void> Dispatcher::work() {
  for (;;) {
    while (queue_.empty() || is_paused_) {
      co_await wake_.wait();
    }
    // It stays in the list until it has gone, so that one whose delivery is cut short can be saved.
    const auto at = sending_.insert(sending_.end(), std::move(queue_.front()));
    queue_.pop_front();
    Post post = at->post;
    const CallAnswer answer = co_await call(std::move(post));
    if (answer.status == 0 && is_stopping_) co_return;  // stopped before an answer came
    ++(answer.is_success() ? counts_.delivered : counts_.failed);
    ended(at->post, answer.is_success() ? PostEnd::delivered : PostEnd::failed, answer);
    std::vector<Post> followers = std::move(at->followers);
    sending_.erase(at);
    followers_ -= followers.size();
    for (auto follower = followers.rbegin(); follower != followers.rend(); ++follower) {
      queue_.push_front({std::move(*follower), {}});
    }
    if (!followers.empty()) wake_.notify();
  }
}

void Dispatcher::ended(const Post& post, PostEnd end, const CallAnswer& answer) {
  if (on_ended_) on_ended_(post, end, answer);
}

Task<CallAnswer> Dispatcher::call(Post post) {
  CallAnswer last(0, false);
  http::Url url;
  http::Transport* client = http::parse_url(post.url, url) ? client_for(http::origin_of(url)) : nullptr;
  if (client == nullptr) co_return last;
  for (int attempt = 1; attempt <= settings_.attempts_max; ++attempt) {
    if (attempt > 1 && settings_.pause.count() > 0) {
      co_await clock_.sleep(settings_.pause);
    }
    http::Request request("POST", url.path, post.headers, post.body);
    const auto began = std::chrono::steady_clock::now();  // the client keeps the limit in real time, as given
    const auto answer = co_await client->send(std::move(request), settings_.time_limit);
    last.status = answer ? answer->status : 0;
    last.timed_out = !answer && std::chrono::steady_clock::now() - began >= settings_.time_limit;
    if (last.is_success() || (last.status == 0 && is_stopping_)) break;
    const bool gateway_error = last.status == 0 || (last.status >= 502 && last.status <= 504);
    // Who did not answer in time is not asked a second time: the caller's save waits for it.
    if (settings_.gateway_errors_only && (!gateway_error || last.timed_out)) break;
  }
  co_return last;
}

http::Transport* Dispatcher::client_for(const std::string& origin) {
  const auto found = clients_.find(origin);
  if (found != clients_.end()) return found->second.get();
  if (clients_.size() >= origins_max) return nullptr;
  http::ClientSettings settings;
  settings.connections_max = settings_.concurrency;
  return clients_.emplace(origin, http::make_client(executor_, origin, settings)).first->second.get();
}

}  // namespace dualwrite::sandbox
