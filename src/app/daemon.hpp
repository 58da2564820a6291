#pragma once
// Everything of one daemon, by value and in dependency order: what comes later uses what comes before.
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/lifeline.hpp"
#include "app/notify.hpp"
#include "dualwrite/admin/admin.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/metrics.hpp"
#include "dualwrite/capture/ingest.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/http/server.hpp"
#include "dualwrite/store/store.hpp"
#include "dualwrite/sync/make.hpp"

namespace spdlog {
class logger;
}

namespace dualwrite::app {

class Daemon {
 public:
  /// `passing` is empty in production; tests end the process there.
  Daemon(boost::asio::io_context& context, config::Settings settings, std::shared_ptr<spdlog::logger> log,
         sync::Passing passing);
  ~Daemon();

  /// Opens the state, builds the link, listens; then the service manager hears that it is ready. What fails is said
  /// with its cause.
  Task<Result<void>> start();
  /// Stops listeners, then capture and lanes, then closes the state.
  Task<void> stop();

  [[nodiscard]] std::string admin_url() const;
  [[nodiscard]] std::string ingest_url() const;

 private:
  Task<Result<void>> open_engine();
  Result<void> listen();

  Executor executor_;
  config::Settings settings_;
  std::shared_ptr<spdlog::logger> log_;
  sync::Passing passing_;
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<sync::Engine> engine_;
  std::optional<capture::Ingest> ingest_;
  std::optional<admin::Api> api_;
  std::unique_ptr<http::Server> ingest_server_;
  std::unique_ptr<http::Server> admin_server_;
  Notifier notifier_;
  std::optional<Lifeline> lifeline_;
  bool ready_ = false;
};

}  // namespace dualwrite::app
