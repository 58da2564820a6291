#include "app/lifeline.hpp"

#include <spdlog/logger.h>

#include <algorithm>

namespace dualwrite::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds turn_max{10000};  // so old a status line may be

void append(std::string& line, const std::string& what) {
  if (!line.empty()) line += "; ";
  line += what;
}

}  // namespace

std::string status_line(const sync::LinkStatus& status) {
  std::string line;
  for (const store::MapState state :
       {store::MapState::running, store::MapState::initial_sync, store::MapState::catching_up, store::MapState::paused,
        store::MapState::held, store::MapState::stopped}) {
    std::string names;
    for (const sync::MapStatus& map : status.maps) {
      if (map.state == state) names += (names.empty() ? "" : ", ") + map.name;
    }
    if (!names.empty()) append(line, std::string(store::to_string(state)) + ": " + names);
  }
  std::int64_t letters = 0;
  for (const sync::MapStatus& map : status.maps) letters += map.dead_letters;
  if (letters > 0) append(line, std::to_string(letters) + (letters == 1 ? " open dead letter" : " open dead letters"));
  for (const sync::EndpointStatus& endpoint : status.endpoints) {
    if (!endpoint.last_error.empty()) append(line, std::string(to_string(endpoint.side)) + ": " + endpoint.last_error);
  }
  for (const sync::MapStatus& map : status.maps) {
    const std::string& why = map.reason.empty() ? map.last_error : map.reason;
    if (!why.empty()) append(line, map.name + ": " + why);
  }
  return line;
}

Lifeline::Lifeline(Executor executor, Clock& clock, store::Store& store, sync::Engine& engine, const Notifier& notifier,
                   std::shared_ptr<spdlog::logger> log)
    : clock_(clock),
      store_(store),
      engine_(engine),
      notifier_(notifier),
      log_(std::move(log)),
      tasks_(std::move(executor), [this](const std::string& name, const std::string& what) {
        log_->critical("task ended task={} why=\"{}\"", name, what);
      }) {}

void Lifeline::start() {
  if (notifier_.listening()) tasks_.spawn("lifeline", [this] { return live(); });
}

Task<void> Lifeline::stop() {
  co_await tasks_.join();
}

Task<void> Lifeline::live() {
  const milliseconds half = notifier_.watchdog().value_or(2 * turn_max) / 2;
  const milliseconds pause = std::min(half, turn_max);
  for (;;) {
    co_await turn();
    co_await clock_.sleep(pause);
  }
}

Task<void> Lifeline::turn() {
  const sync::LinkStatus status = co_await engine_.control().status();
  const std::string line = status_line(status);
  if (!said_ready_) said_ready_ = notifier_.ready(line);
  co_await store_.answered();
  const std::string stuck = engine_.why_stuck();
  if (!stuck.empty()) {
    if (!said_stuck_) log_->critical("stuck, the watchdog is not fed any more why=\"{}\"", stuck);
    said_stuck_ = true;
    notifier_.status("stuck: " + stuck);
    co_return;
  }
  said_stuck_ = false;
  notifier_.status(line);
  if (notifier_.watchdog()) notifier_.feed();
}

}  // namespace dualwrite::app
