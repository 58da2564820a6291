#include "app/endpoints.hpp"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <ostream>
#include <vector>

#include "app/exit_status.hpp"
#include "app/make_endpoint.hpp"
#include "app/roles.hpp"
#include "app/text.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/endpoint/webhooks.hpp"
#include "dualwrite/http/message.hpp"

namespace dualwrite::app {
namespace {

using endpoint::WebhookChange;
using endpoint::WebhookService;
using endpoint::WebhookStep;
using endpoint::WebhookWish;

int complain_about(const Console& console, const Error& error) {
  complain(console, error.message(), error.hint());
  switch (error.code()) {
    case Errc::unavailable:
    case Errc::in_doubt:
    case Errc::throttled:
    case Errc::unauthorized:
      return exit_unreachable;
    default:
      return exit_findings;
  }
}

/// What a verb works on.
struct Work {
  const Console& console;
  const EndpointsOptions& options;
  const config::Settings& settings;
  const maps::TableMap& map;
  endpoint::WebhookRegistry& registry;
  Work(const Console& c, const EndpointsOptions& o, const config::Settings& s, const maps::TableMap& m,
       endpoint::WebhookRegistry& r)
      : console(c), options(o), settings(s), map(m), registry(r) {}
  [[nodiscard]] const std::string& link() const { return settings.links.front().name; }
};

using Verb = Task<Result<int>> (*)(Work work);

Task<void> run_to_end(Verb verb, Work work, Result<int>& outcome) {
  outcome = co_await verb(work);
}

/// Reads the configuration, finds the map, and runs the verb to its end.
int run(const Console& console, const EndpointsOptions& options, Verb verb) {
  auto settings = config::read_settings(options.config_file);
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) console.err << printable(maps::to_string(mistake)) << '\n';
    return exit_usage;
  }
  const config::LinkSettings& link = settings->links.front();
  const maps::TableMap* map = nullptr;
  std::vector<std::string_view> names;
  for (const maps::TableMap& each : link.maps) {
    names.push_back(each.name);
    if (each.name == options.map) map = &each;
  }
  if (map == nullptr) {
    const std::string_view near = nearest(options.map, names);
    complain(console, "there is no map \"" + options.map.substr(0, 100) + "\" in " + options.config_file,
             near.empty() ? "" : "did you mean " + std::string(near) + "?");
    return exit_usage;
  }
  if (link.dataverse.dialect != "dataverse") {
    complain(console, "the dialect " + link.dataverse.dialect + " has no webhooks", "its changes are found by scans");
    return exit_findings;
  }
  boost::asio::io_context context(1);
  SystemClock clock;
  auto registry = make_webhooks(context.get_executor(), clock, link.dataverse);
  if (!registry) {
    complain(console, registry.error().message(), registry.error().hint());
    return exit_usage;
  }
  Result<int> outcome = exit_fine;
  {
    TaskGroup tasks(context.get_executor(),
                    [&outcome](const std::string&, const std::string& what) { outcome = fail(Errc::invalid, what); });
    const Work work(console, options, *settings, *map, **registry);
    tasks.spawn("endpoints", [&outcome, work, verb] { return run_to_end(verb, work, outcome); });
    context.run();
  }
  return outcome ? *outcome : complain_about(console, outcome.error());
}

void append_texts(std::string& json, std::string_view name, const std::vector<std::string>& texts) {
  append_json_quoted(json, name);
  json += ":[";
  for (std::size_t index = 0; index < texts.size(); ++index) {
    if (index > 0) json += ',';
    append_json_quoted(json, texts[index]);
  }
  json += ']';
}

std::vector<std::string> texts_of(const std::vector<Right>& rights, Side side) {
  std::vector<std::string> texts;
  for (const Right& right : rights) {
    if (right.side == side) texts.push_back(to_string(right));
  }
  return texts;
}

void print_rights(const Console& console, const std::vector<Right>& rights) {
  for (const Side side : both_sides) {
    const std::vector<std::string> texts = texts_of(rights, side);
    if (texts.empty()) continue;
    console.out << "rights that the application user needs in " << (side == Side::finops ? "F&O" : "Dataverse")
                << (side == Side::finops ? " (on the data entity):\n" : " (in organisation scope):\n");
    for (const std::string& text : texts) console.out << "  " << printable(text) << '\n';
  }
}

/// "registered", "missing", or how it differs.
std::string state_of(const WebhookStep& wished, const WebhookService* there) {
  if (there != nullptr) {
    for (const WebhookStep& step : there->steps) {
      if (step.name != wished.name) continue;
      const std::string differs = endpoint::difference(wished, step);
      return differs.empty() ? "registered" : "differs: " + differs;
    }
  }
  return "missing";
}

Task<Result<int>> list(Work work) {
  const WebhookWish wish = endpoint::wish_for(work.link(), work.map, "", Secret());
  std::string name = wish.service.name;
  auto there = co_await work.registry.read(std::move(name));
  if (!there) co_return std::unexpected(std::move(there).error());
  const WebhookService* service = *there ? &**there : nullptr;
  bool complete = service != nullptr;
  const std::vector<Right> rights = rights_for(work.map);
  if (work.options.json) {
    std::string json = "{\"map\":";
    append_json_quoted(json, work.map.name);
    json += ",\"serviceEndpoint\":";
    append_json_quoted(json, wish.service.name);
    json += ",\"url\":";
    if (service == nullptr) {
      json += "null";
    } else {
      append_json_quoted(json, service->url);
    }
    json += ",\"steps\":[";
    for (const WebhookStep& step : wish.service.steps) {
      const std::string state = state_of(step, service);
      complete = complete && state == "registered";
      json += json.back() == '[' ? "{\"name\":" : ",{\"name\":";
      append_json_quoted(json, step.name);
      json += ",\"message\":";
      append_json_quoted(json, step.message);
      json += ",\"state\":";
      append_json_quoted(json, state);
      json += '}';
    }
    json += "],\"rights\":{";
    append_texts(json, "dataverse", texts_of(rights, Side::dataverse));
    json += ',';
    append_texts(json, "finops", texts_of(rights, Side::finops));
    work.console.out << json << "}}\n";
    co_return complete ? exit_fine : exit_findings;
  }
  if (service == nullptr) {
    work.console.out << "no service endpoint \"" << printable(wish.service.name) << "\" is registered\n";
  } else {
    work.console.out << "service endpoint \"" << printable(service->name) << "\" calls " << printable(service->url)
                     << '\n';
  }
  Table table({"message", "state", "step"});
  for (const WebhookStep& step : wish.service.steps) {
    const std::string state = state_of(step, service);
    complete = complete && state == "registered";
    table.row({step.message, printable(state), printable(step.name)});
  }
  table.print(work.console.out);
  print_rights(work.console, rights);
  co_return complete ? exit_fine : exit_findings;
}

/// Does the changes, or says which they would be.
Task<Result<int>> carry_out(Work work, std::vector<WebhookChange> changes) {
  const bool apply = work.options.apply;
  std::vector<std::string> done;
  for (WebhookChange& change : changes) {
    std::string what = change.what;
    if (apply) {
      auto applied = co_await work.registry.apply(std::move(change));
      if (!applied) {
        if (!done.empty()) {
          work.console.err << "done before that: " << done.size() << " of " << changes.size()
                           << "; the same command goes on from there\n";
        }
        co_return std::unexpected(std::move(applied).error());
      }
    }
    if (!work.options.json) work.console.out << (apply ? "done: " : "would ") << printable(what) << '\n';
    done.push_back(std::move(what));
  }
  if (work.options.json) {
    std::string json = "{\"map\":";
    append_json_quoted(json, work.map.name);
    json += std::string(",\"applied\":") + (apply ? "true" : "false") + ",";
    append_texts(json, "changes", done);
    work.console.out << json << "}\n";
  } else if (done.empty()) {
    work.console.out << "nothing to do\n";
  } else if (!apply) {
    work.console.out << "nothing was done; with --apply it is\n";
  }
  co_return exit_fine;
}

void warn_of_url(const Console& console, const std::string& url) {
  http::Url parsed;
  if (!http::parse_url(url, parsed)) return;
  const std::string origin = http::origin_of(parsed);
  const std::size_t port = origin.rfind(':');
  const bool named = port != std::string::npos && port > origin.find("//");
  const std::string number = named ? origin.substr(port + 1) : "443";
  if (number != "443" && number != "80") {
    console.err << "Dataverse calls ports 443 and 80 only: put a reverse proxy in front of " << printable(url) << '\n';
  } else if (url.starts_with("http://")) {
    console.err << "the key goes over " << printable(url) << " in the clear; use https\n";
  }
}

Task<Result<int>> do_register(Work work) {
  warn_of_url(work.console, work.options.url);
  const WebhookWish wish = endpoint::wish_for(work.link(), work.map, work.options.url, work.settings.ingest.key);
  std::string name = wish.service.name;
  auto there = co_await work.registry.read(std::move(name));
  if (!there) co_return std::unexpected(std::move(there).error());
  std::string table = work.map.dataverse_table;
  auto filters = co_await work.registry.filters(std::move(table));
  if (!filters) co_return std::unexpected(std::move(filters).error());
  const WebhookService* service = *there ? &**there : nullptr;
  auto changes = endpoint::changes_to_register(wish, service, *filters, work.options.renew_key);
  if (!changes) co_return std::unexpected(std::move(changes).error());
  auto done = co_await carry_out(work, std::move(*changes));
  if (done && !work.options.json) {
    print_rights(work.console, rights_for(work.map));
    print_rights(work.console, rights_to_register());
    work.console.out
        << "in F&O, activate the business event or data event that posts to /ingest/finops: docs/INGEST.md\n";
  }
  co_return done;
}

Task<Result<int>> do_unregister(Work work) {
  std::string name = endpoint::webhook_service_name(work.link());
  auto there = co_await work.registry.read(std::move(name));
  if (!there) co_return std::unexpected(std::move(there).error());
  const WebhookService* service = *there ? &**there : nullptr;
  std::vector<WebhookChange> changes = endpoint::changes_to_unregister(work.link(), work.map.name, service);
  co_return co_await carry_out(work, std::move(changes));
}

}  // namespace

int run_endpoints_list(const Console& console, const EndpointsOptions& options) {
  return run(console, options, list);
}

int run_endpoints_register(const Console& console, const EndpointsOptions& options) {
  http::Url url;
  if (!http::parse_url(options.url, url)) {
    complain(console, "--url " + options.url.substr(0, 200) + " is not a URL",
             "give the address at which Dataverse reaches the ingest listener: https://sync.example.com");
    return exit_usage;
  }
  return run(console, options, do_register);
}

int run_endpoints_unregister(const Console& console, const EndpointsOptions& options) {
  return run(console, options, do_unregister);
}

}  // namespace dualwrite::app
