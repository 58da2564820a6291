// endpoints: what Dataverse is asked to call when rows change.
#include <CLI/CLI.hpp>

#include "app/endpoints.hpp"
#include "app/verbs.hpp"

namespace dualwrite::app {
namespace {

void declare(CLI::App& verb, EndpointsOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
  verb.add_option("--config", options.config_file, "The configuration file")->required();
  verb.add_flag("--json", options.json, "Print one JSON object");
}

void declare_register(CLI::App& verb, EndpointsOptions& options) {
  declare(verb, options);
  verb.add_option("--url", options.url, "Where Dataverse reaches the ingest listener: https://sync.example.com")
      ->required();
  verb.add_flag("--renew-key", options.renew_key, "Send the ingest key again: the one that is there cannot be read");
  verb.add_flag("--apply", options.apply, "Do it, instead of saying what would be done");
}

void declare_unregister(CLI::App& verb, EndpointsOptions& options) {
  declare(verb, options);
  verb.add_flag("--apply", options.apply, "Do it, instead of saying what would be done");
}

}  // namespace

void add_endpoints_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& group = add_group(app, "endpoints", "Dataverse's webhooks, and the rights that the users need");
  verbs.add<EndpointsOptions>(group, "list", "What is registered for a map, and the rights that it needs", declare,
                              run_endpoints_list);
  verbs.add<EndpointsOptions>(group, "register", "Have Dataverse call the daemon when rows of a map change",
                              declare_register, run_endpoints_register);
  verbs.add<EndpointsOptions>(group, "unregister", "Take that back", declare_unregister, run_endpoints_unregister);
}

}  // namespace dualwrite::app
