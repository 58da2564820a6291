// Whether the services answer, seen also when no map works.
#include <spdlog/logger.h>

#include "sync/link.hpp"

namespace dualwrite::sync {
namespace {

constexpr std::chrono::milliseconds look_interval{5000};
constexpr int looks_between_questions = 2;

}  // namespace

/// Looks every few seconds at how the requests to a service end, and says when that changes. Where nothing has been
/// asked for some ten seconds, or the last answer was none, it asks something small itself.
Task<void> Link::follow_service(Side side) {
  endpoint::Endpoint& endpoint = services_.endpoint(side);
  std::int64_t known_requests = 0;
  int silent_looks = looks_between_questions;  // at start it asks at once
  bool down = false;
  while (!stopping_ && !maps_.empty()) {
    const endpoint::Usage before = endpoint.usage();
    const bool silent = before.requests + before.failures == known_requests;
    silent_looks = silent ? silent_looks + 1 : 0;
    if (silent && (down || silent_looks >= looks_between_questions)) {
      co_await endpoint.reach(maps_.front()->runtime.map());
      silent_looks = 0;
    }
    const endpoint::Usage now = endpoint.usage();
    known_requests = now.requests + now.failures;
    const bool is_down = now.down_since != Instant{};
    if (is_down && !down) {
      services_.log->error("endpoint down side={} url={} why=\"{}\"", to_string(side), endpoint.url(), now.last_error);
    } else if (!is_down && down) {
      services_.log->info("endpoint up side={} url={}", to_string(side), endpoint.url());
    }
    down = is_down;
    co_await service_due_.wait(look_interval);
  }
}

}  // namespace dualwrite::sync
