// endpoints: webhooks in Dataverse, registered, listed and taken out by the Web API. Without a daemon.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/make_endpoint.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/endpoint/webhooks.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::app {
namespace {

using endpoint::HookAction;

struct HookOptions {
  std::string config_file;
  std::string map;
  std::string url;
  bool apply = false;
  bool json = false;
};

enum class Verb : std::uint8_t { enrol, dismiss, list };

void declare_common(CLI::App& verb, HookOptions& options) {
  verb.add_option("MAP", options.map, "Name of the map")->required();
  verb.add_option("--config", options.config_file, "The configuration file")->required();
  verb.add_flag("--json", options.json, "Print the actions as one JSON object");
}

void declare_enrol(CLI::App& verb, HookOptions& options) {
  declare_common(verb, options);
  verb.add_option("--url", options.url, "Where Dataverse reaches this daemon, such as https://sync.example.com")
      ->required();
  verb.add_flag("--apply", options.apply, "Do it; without this it is only shown");
}

void declare_dismiss(CLI::App& verb, HookOptions& options) {
  declare_common(verb, options);
  verb.add_flag("--apply", options.apply, "Do it; without this it is only shown");
}

int complain_about(const Console& console, const Error& error) {
  complain(console, error.message(), error.hint());
  return endpoint::is_outage(error.code()) ? exit_unreachable : exit_findings;
}

std::string verb_of(HookAction::Kind kind, bool done) {
  switch (kind) {
    case HookAction::Kind::keep:
      return "is there";
    case HookAction::Kind::create:
      return done ? "created" : "would create";
    case HookAction::Kind::change:
      return done ? "changed" : "would change";
    case HookAction::Kind::remove:
      return done ? "removed" : "would remove";
  }
  return {};
}

void print(const Console& console, const HookOptions& options, const maps::TableMap& map, Verb verb,
           const std::vector<HookAction>& actions) {
  const bool rights = verb == Verb::enrol;
  if (options.json) {
    std::string json = "{\"actions\":[";
    for (const HookAction& action : actions) {
      if (json.back() != '[') json += ',';
      json += "{\"action\":";
      append_json_quoted(json, to_string(action.kind));
      json += ",\"what\":";
      append_json_quoted(json, action.what);
      json += ",\"detail\":";
      append_json_quoted(json, action.detail);
      json += '}';
    }
    json += "],\"applied\":" + std::string(options.apply ? "true" : "false") + ",\"rights\":{";
    for (const Side side : both_sides) {
      if (json.back() != '{') json += ',';
      append_json_quoted(json, to_string(side));
      json += ":[";
      for (const std::string& right : endpoint::rights_for(map, side)) {
        if (json.back() != '[') json += ',';
        append_json_quoted(json, right);
      }
      json += ']';
    }
    console.out << json << "}}\n";
    return;
  }
  if (actions.empty()) console.out << "nothing is registered for " << map.name << '\n';
  for (const HookAction& action : actions) {
    console.out << verb_of(action.kind, options.apply) << ": " << printable(action.what);
    if (!action.detail.empty()) console.out << " (" << printable(action.detail) << ")";
    console.out << '\n';
  }
  if (!rights) return;
  for (const Side side : both_sides) {
    console.out << "rights that the application's user needs in " << to_string(side) << ":\n";
    for (const std::string& right : endpoint::rights_for(map, side)) console.out << "  " << right << '\n';
  }
  if (!options.apply) console.out << "nothing was changed: --apply does it\n";
}

Task<void> act(endpoint::Webhooks& webhooks, maps::TableMap map, Verb verb, bool apply,
               Result<std::vector<HookAction>>& actions) {
  if (verb == Verb::enrol) actions = co_await webhooks.enrol(map, apply);
  if (verb == Verb::dismiss) actions = co_await webhooks.dismiss(map, apply);
  if (verb == Verb::list) actions = co_await webhooks.list(map);
}

int run(const Console& console, const HookOptions& options, Verb verb) {
  auto settings = config::read_settings(options.config_file);
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) console.err << printable(maps::to_string(mistake)) << '\n';
    return exit_usage;
  }
  const config::LinkSettings& link = settings->links.front();
  const auto map = std::ranges::find(link.maps, options.map, &maps::TableMap::name);
  if (map == link.maps.end()) {
    complain(console, "there is no map " + options.map, "the configuration names the files that maps are read from");
    return exit_usage;
  }
  if (link.dataverse.dialect != "dataverse") {
    complain(console, "the dialect " + link.dataverse.dialect + " has no webhooks", "its changes are found by scans");
    return exit_findings;
  }
  endpoint::HookSettings hooks;
  hooks.link = link.name;
  hooks.key = settings->ingest.key;
  if (verb == Verb::enrol) {
    http::Url url;
    if (!http::parse_url(options.url, url)) {
      complain(console, "--url must be where Dataverse reaches this daemon", "such as https://sync.example.com");
      return exit_usage;
    }
    hooks.url = http::origin_of(url) + (url.path == "/" ? "/ingest/dataverse" : url.path);
  }
  boost::asio::io_context context(1);
  SystemClock clock;
  auto made = make_hooks(context.get_executor(), clock, link.dataverse, std::move(hooks));
  if (!made) return complain_about(console, made.error());
  Result<std::vector<HookAction>> actions = std::vector<HookAction>();
  TaskGroup tasks(context.get_executor(),
                  [&actions](const std::string&, const std::string& what) { actions = fail(Errc::invalid, what); });
  const maps::TableMap chosen = *map;
  endpoint::Webhooks& webhooks = **made;
  tasks.spawn("hooks", [&] { return act(webhooks, chosen, verb, options.apply, actions); });
  context.run();
  if (!actions) return complain_about(console, actions.error());
  print(console, options, chosen, verb, *actions);
  return exit_fine;
}

}  // namespace

void add_endpoints_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& group = add_group(app, "endpoints", "Webhooks that tell of changes in Dataverse");
  verbs.add<HookOptions>(
      group, "register", "Register the webhooks of a map; shows first what it would do", declare_enrol,
      [](const Console& console, const HookOptions& options) { return run(console, options, Verb::enrol); });
  verbs.add<HookOptions>(
      group, "unregister", "Take the webhooks of a map out; shows first what it would do", declare_dismiss,
      [](const Console& console, const HookOptions& options) { return run(console, options, Verb::dismiss); });
  verbs.add<HookOptions>(
      group, "list", "The webhooks that are registered for a map", declare_common,
      [](const Console& console, const HookOptions& options) { return run(console, options, Verb::list); });
}

}  // namespace dualwrite::app
