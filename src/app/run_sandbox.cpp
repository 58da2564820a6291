#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <iomanip>
#include <ostream>
#include <system_error>

#include "app/exit_status.hpp"
#include "app/sandbox_options.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/sandbox/clients.hpp"
#include "dualwrite/sandbox/metadata.hpp"
#include "dualwrite/sandbox/sandbox.hpp"
#include "dualwrite/sandbox/switches.hpp"

namespace dualwrite::app {
namespace {

namespace asio = boost::asio;

std::string announcement(const sandbox::Urls& urls) {
  std::string line = "{\"dataverse\":";
  append_json_quoted(line, urls.dataverse);
  line += ",\"finops\":";
  append_json_quoted(line, urls.finops);
  line += ",\"token\":";
  append_json_quoted(line, urls.token);
  return line + "}\n";
}

/// What run_sandbox's coroutine and callbacks share.
struct Run {
  asio::io_context context{1};
  asio::signal_set signals{context};
  int status = exit_fine;

  void end_with(const std::string& what) {
    std::fprintf(stderr, "error: the sandbox ended: %s\n", what.c_str());
    status = exit_findings;
    signals.cancel();
  }
};

int report(const Console& console, const Error& error, int status) {
  complain(console, error.message(), error.hint());
  return status;
}

int show_switches(const Console& console) {
  const auto list = sandbox::list_switches();
  std::size_t width = 0;
  for (const auto& each : list) width = std::max(width, each.name.size() + each.default_value.size() + 1);
  for (const auto& each : list) {
    console.out << std::left << std::setw(static_cast<int>(width)) << each.name + "=" + each.default_value << "  "
                << each.meaning << " (" << each.values << ")\n";
  }
  return exit_fine;
}

Result<sandbox::SandboxSettings> settings_of(const SandboxOptions& options) {
  sandbox::SandboxSettings settings;
  settings.dataverse_port = options.dataverse_port;
  settings.finops_port = options.finops_port;
  settings.token_port = options.token_port;
  settings.control = options.control;
  settings.time_scale = options.time_scale;
  settings.snapshot_dir = options.snapshot_dir;
  if (!options.dataverse_metadata.empty()) {
    auto schema = sandbox::read_dataverse_metadata(options.dataverse_metadata);
    if (!schema) return std::unexpected(std::move(schema.error()));
    settings.dataverse_schema = std::move(*schema);
  }
  if (!options.finops_metadata.empty()) {
    auto schema = sandbox::read_finops_metadata(options.finops_metadata);
    if (!schema) return std::unexpected(std::move(schema.error()));
    settings.finops_schema = std::move(*schema);
  }
  if (!options.client_certificate.empty()) {
    auto certificate = sandbox::read_client_certificate(options.client_certificate);
    if (!certificate) return std::unexpected(std::move(certificate.error()));
    settings.clients = sandbox::default_clients();
    settings.clients.front().certificate = std::move(*certificate);
  }
  for (const std::string& assignment : options.switches) {
    auto set = sandbox::set_switch(settings, assignment);
    if (!set) return std::unexpected(std::move(set.error()));
  }
  return settings;
}

Task<void> live(Run& run, sandbox::Sandbox& services) {
  services.start();
  const std::string line = announcement(services.urls());
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  boost::system::error_code ignored;  // a failure ends the wait as a signal does
  co_await run.signals.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>(), ignored));
  run.signals.clear();  // a second signal ends the process at once
  co_await services.stop();
}

}  // namespace

int run_sandbox(const Console& console, const SandboxOptions& options) {
  if (options.list_switches) return show_switches(console);
  auto made = settings_of(options);
  if (!made) return report(console, made.error(), exit_usage);
  sandbox::SandboxSettings settings = std::move(*made);
  Run run;
  SystemClock clock;
  settings.on_failure = [&run](const std::string& what) { run.end_with(what); };
  const bool keeps = !options.data_file.empty();
  try {
    sandbox::Sandbox services(run.context.get_executor(), clock, std::move(settings));
    if (keeps) {
      const auto loaded = services.load(options.data_file);
      if (!loaded) return report(console, loaded.error(), exit_usage);
    }
    run.signals.add(SIGTERM);
    run.signals.add(SIGINT);
    TaskGroup main(run.context.get_executor(),
                   [&run](const std::string&, const std::string& what) { run.end_with(what); });
    main.spawn("live", [&run, &services] { return live(run, services); });
    run.context.run();
    if (keeps) {
      const auto saved = services.save(options.data_file);
      if (!saved) return report(console, saved.error(), exit_findings);
    }
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "error: starting the sandbox: %s\nhint: choose other ports, or 0 for any free one\n",
                 error.what());
    return exit_cannot_start;
  }
  return run.status;
}

}  // namespace dualwrite::app
