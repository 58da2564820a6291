// serve, check, sandbox, demo, version: verbs that need no daemon.
#include <CLI/CLI.hpp>
#include <ostream>

#include "app/check.hpp"
#include "app/exit_status.hpp"
#include "app/sandbox_options.hpp"
#include "app/serve.hpp"
#include "app/verbs.hpp"
#include "app/version.hpp"
#include "dualwrite/demo/demo.hpp"

namespace dualwrite::app {
namespace {

struct VersionOptions {
  bool json = false;
};

void declare_serve(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--config", options.config_file, "The configuration file")->required();
  verb.add_flag("--announce", options.announce, "Print one JSON line with the addresses when ready");
}

void declare_check(CLI::App& verb, CheckOptions& options) {
  verb.add_option("--config", options.config_file, "The configuration file")->required();
  verb.add_flag("--json", options.json, "Print the findings as one JSON object");
}

void declare_sandbox(CLI::App& verb, SandboxOptions& options) {
  verb.add_option("--dataverse-port", options.dataverse_port, "0: any free one")->capture_default_str();
  verb.add_option("--finops-port", options.finops_port, "0: any free one")->capture_default_str();
  verb.add_option("--token-port", options.token_port, "0: any free one")->capture_default_str();
  verb.add_flag("--control", options.control, "Serve /_sandbox/ too: faults on request, restart, counters");
  verb.add_option("--data", options.data_file, "Load this file if it exists, and save everything to it at the end");
  verb.add_option("--dataverse-metadata", options.dataverse_metadata,
                  "Serve the tables of this file, a service's saved $metadata, instead of the built-in ones");
  verb.add_option("--finops-metadata", options.finops_metadata, "The same for the F&O side");
  verb.add_option("--client-certificate", options.client_certificate,
                  "A certificate (PEM) whose key may sign the client assertions of the client dualwrite");
  verb.add_option("--time-scale", options.time_scale, "Let the services' clock run so many times faster")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000}));
  verb.add_option("--snapshots", options.snapshot_dir, "Keep snapshots as files in this directory, not in memory");
  verb.add_option("--switch", options.switches, "NAME=VALUE: what real services leave open; may be repeated")
      ->allow_extra_args(false);
  verb.add_flag("--list-switches", options.list_switches, "Show every switch with its default and end");
}

void declare_demo(CLI::App& verb, demo::DemoOptions& options) {
  verb.add_flag("--once", options.once, "End after the run instead of staying up until Ctrl-C");
  verb.add_flag("--json", options.json, "Print the result as one JSON object");
  verb.add_option("--data", options.data_dir, "A directory with customers.csv, vendors.csv and currencies.csv");
  verb.add_option("--seed", options.seed, "Of the built-in data and of the edits")->capture_default_str();
  verb.add_option("--config-dir", options.config_dir, "The directory that holds maps/");
  verb.add_option("--log-level", options.log_level, "Of the daemon: trace, debug, info, warn, error")
      ->capture_default_str();
  verb.add_flag("--delta-only", options.delta_only,
                "No webhooks and no posted changes: scans and deltas alone must do");
}

void declare_version(CLI::App& verb, VersionOptions& options) {
  verb.add_flag("--json", options.json, "Print it as a JSON object");
}

int print_version(const Console& console, const VersionOptions& options) {
  if (options.json) {
    console.out << "{\"version\":\"" << version_text() << "\"}\n";
  } else {
    console.out << "dualwrite " << version_text() << '\n';
  }
  return exit_fine;
}

}  // namespace

void add_service_verbs(CLI::App& app, Verbs& verbs) {
  verbs.add<ServeOptions>(app, "serve", "Run the daemon", declare_serve, run_serve);
  verbs.add<CheckOptions>(app, "check", "Compare configuration and maps with the two services", declare_check,
                          run_check);
  verbs.add<SandboxOptions>(
      app, "sandbox", "Run the two emulated services", declare_sandbox,
      [](const Console& console, const SandboxOptions& options) { return run_sandbox(console, options); });
  verbs.add<demo::DemoOptions>(
      app, "demo", "Sandbox, daemon and sample data in one command", declare_demo,
      [](const Console&, const demo::DemoOptions& options) { return demo::run_demo(options); });
  verbs.add<VersionOptions>(app, "version", "Print the version", declare_version, print_version);
}

}  // namespace dualwrite::app
