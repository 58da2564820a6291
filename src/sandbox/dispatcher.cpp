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
  queue_.clear();
  co_await tasks_.join(std::chrono::seconds(1));
}

void Dispatcher::post(Post post) {
  if (queue_.size() >= settings_.queue_max) {
    ++counts_.dropped;
    return;
  }
  ++counts_.queued;
  queue_.push_back(std::move(post));
  wake_.notify();
}

Task<void> Dispatcher::work() {
  for (;;) {
    while (queue_.empty()) {
      co_await wake_.wait();
    }
    Post next = std::move(queue_.front());
    queue_.pop_front();
    co_await deliver(std::move(next));
  }
}

Task<void> Dispatcher::deliver(Post post) {
  http::Url url;
  http::Transport* client = http::parse_url(post.url, url) ? client_for(http::origin_of(url)) : nullptr;
  if (client == nullptr) {
    ++counts_.failed;
    co_return;
  }
  for (int attempt = 1; attempt <= settings_.attempts_max; ++attempt) {
    if (attempt > 1 && settings_.pause.count() > 0) {
      co_await clock_.sleep(settings_.pause);
    }
    http::Request request("POST", url.path, post.headers, post.body);
    const auto answer = co_await client->send(std::move(request), settings_.time_limit);
    if (answer && answer->status >= 200 && answer->status < 300) {
      ++counts_.delivered;
      co_return;
    }
    const bool gateway_error = !answer || (answer->status >= 502 && answer->status <= 504);
    if (settings_.gateway_errors_only && !gateway_error) break;
  }
  ++counts_.failed;
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
