#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <system_error>

#include "app/exit_status.hpp"
#include "app/sandbox_options.hpp"
#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

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

Task<void> live(asio::io_context& context, sandbox::Sandbox& services) {
  asio::signal_set signals(context, SIGTERM, SIGINT);
  services.start();
  const std::string line = announcement(services.urls());
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  co_await signals.async_wait(asio::use_awaitable_t<Executor>());
  signals.clear();  // a second signal ends the process at once
  co_await services.stop();
}

}  // namespace

int run_sandbox(const SandboxOptions& options) {
  asio::io_context context(1);
  SystemClock clock;
  sandbox::SandboxSettings settings;
  settings.dataverse_port = options.dataverse_port;
  settings.finops_port = options.finops_port;
  settings.token_port = options.token_port;
  settings.control = options.control;
  int status = exit_fine;
  try {
    sandbox::Sandbox services(context.get_executor(), clock, std::move(settings));
    TaskGroup main(context.get_executor(), [&status](const std::string&, const std::string& what) {
      std::fprintf(stderr, "error: the sandbox ended: %s\n", what.c_str());
      status = exit_findings;
    });
    main.spawn("live", [&context, &services] { return live(context, services); });
    context.run();
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "error: starting the sandbox: %s\nhint: choose other ports, or 0 for any free one\n",
                 error.what());
    return exit_cannot_start;
  }
  return status;
}

}  // namespace dualwrite::app
