#pragma once
// What the service manager hears of a running daemon: ready, how it goes, and that it is alive as long as it proves so.
#include <memory>
#include <string>

#include "app/notify.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/store/store.hpp"
#include "dualwrite/sync/make.hpp"

namespace spdlog {
class logger;
}

namespace dualwrite::app {

/// "customers, vendors running; 1 held (…); 2 open dead letters; …": what `systemctl status` shows. Pure.
std::string status_line(const sync::LinkStatus& status);

/// Feeds the watchdog by proven progress only. Each turn passes the event loop, through both threads of the store, and
/// asks the engine for a task that stands still; if one of them does not answer or one stands still, nothing is fed,
/// and the manager restarts the daemon. To wait for a service that is down is alive. Lives on the engine's executor.
/// All that is passed by reference must outlive it.
class Lifeline {
 public:
  Lifeline(Executor executor, Clock& clock, store::Store& store, sync::Engine& engine, const Notifier& notifier,
           std::shared_ptr<spdlog::logger> log);

  /// Says that the daemon is ready, and goes on as described. Without a service manager nothing runs.
  void start();
  /// Says nothing more. Must be awaited before destruction, after start().
  Task<void> stop();

 private:
  Task<void> live();
  Task<void> turn();

  Clock& clock_;
  store::Store& store_;
  sync::Engine& engine_;
  const Notifier& notifier_;
  std::shared_ptr<spdlog::logger> log_;
  bool said_ready_ = false;
  bool said_stuck_ = false;
  TaskGroup tasks_;  // last: joined before anything above is destroyed
};

}  // namespace dualwrite::app
