#include "app/serve.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <ostream>

#include "app/crash_order.hpp"
#include "app/daemon.hpp"
#include "app/exit_status.hpp"
#include "app/version.hpp"

namespace dualwrite::app {
namespace {

namespace asio = boost::asio;

std::shared_ptr<spdlog::logger> make_log(const std::string& level) {
  auto log = std::make_shared<spdlog::logger>("dualwrite", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::warn);
  return log;
}

/// The life of the daemon: start, wait for a signal, stop. A second signal while stopping ends the process at once.
Task<void> live(asio::io_context& context, Daemon& daemon, spdlog::logger& log, const Console& console, bool announce,
                int& status) {
  asio::signal_set signals(context, SIGTERM, SIGINT);
  auto started = co_await daemon.start();
  if (!started) {
    complain(console, "cannot start: " + started.error().message(), started.error().hint());
    status = exit_cannot_start;
  } else {
    log.info("ready version={} admin={} ingest={}", version_text(), daemon.admin_url(), daemon.ingest_url());
    if (announce) {
      std::printf("{\"admin\":\"%s\",\"ingest\":\"%s\"}\n", daemon.admin_url().c_str(), daemon.ingest_url().c_str());
      std::fflush(stdout);
    }
    co_await signals.async_wait(asio::use_awaitable_t<Executor>());
    log.info("stopping");
  }
  signals.clear();
  co_await daemon.stop();
  if (started) log.info("stopped");
}

}  // namespace

int run_serve(const Console& console, const ServeOptions& options) {
  auto settings = config::read_settings(options.config_file);
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) console.err << maps::to_string(mistake) << '\n';
    const std::size_t count = settings.error().size();
    complain(
        console,
        "cannot start: " + std::to_string(count) + (count == 1 ? " mistake" : " mistakes") + " in the configuration",
        "correct what is listed above; `dualwrite check --config " + options.config_file + "` looks again");
    return exit_usage;
  }
  auto crash_order = crash_order_of_environment();
  if (!crash_order) {
    complain(console, crash_order.error().message(), crash_order.error().hint());
    return exit_usage;
  }
  auto log = make_log(settings->log_level);
  sync::Passing passing;
  if (*crash_order) {
    log->warn("a test wants this process to end by itself variable={}", crash_variable);
    passing = carry_out(**crash_order);
  }
  asio::io_context context(1);
  int status = exit_fine;
  {
    Daemon daemon(context, std::move(*settings), log, std::move(passing));
    TaskGroup main(context.get_executor(), [&](const std::string&, const std::string& what) {
      log->critical("ended why=\"{}\"", what);
      status = exit_findings;
      context.stop();
    });
    main.spawn("live", [&]() { return live(context, daemon, *log, console, options.announce, status); });
    context.run();
  }
  return status;
}

}  // namespace dualwrite::app
