// status: the link at a glance. health: whether the daemon gets on, for probes.
#include <CLI/CLI.hpp>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/show.hpp"
#include "app/verbs.hpp"

namespace dualwrite::app {
namespace {

using maps::JsonNode;

struct StatusOptions {
  ClientOptions client;
};

void declare(CLI::App&, StatusOptions&) {}

std::string endpoint_state(const Console& console, const JsonNode& endpoint) {
  const auto paused_until = parse_instant(text_of(endpoint, "pausedUntil"));
  std::string state = paused_until && *paused_until > console.now()
                          ? "paused, goes on " + relative(*paused_until, console.now())
                          : "ok";
  if (!text_of(endpoint, "downSince").empty()) state = "down since " + when(endpoint, "downSince", console);
  const std::string& trouble = text_of(endpoint, "lastError");
  if (!trouble.empty()) state += "; last error: " + trouble;
  return state;
}

/// Milliseconds as seconds with three decimals.
std::string seconds_of(const std::string& milliseconds, bool with_sign) {
  const bool negative = milliseconds.starts_with('-');
  std::string digits = milliseconds.substr(negative ? 1 : 0);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  digits.insert(digits.size() - 3, ".");
  const char* sign = negative ? "-" : (with_sign ? "+" : "");
  return sign + digits;
}

int any_findings(const JsonNode& status) {
  if (!text_of(status, "whyNotReady").empty()) return exit_findings;
  for (const JsonNode& endpoint : member_of(status, "endpoints").children) {
    if (!text_of(endpoint, "downSince").empty()) return exit_findings;
  }
  for (const JsonNode& map : member_of(status, "maps").children) {
    if (!findings_of(map).empty()) return exit_findings;
  }
  return exit_fine;
}

/// "+0.120 +- 0.034 s": how far the service's clock is before ours.
std::string clock_of(const JsonNode& endpoint) {
  const JsonNode& clock = member_of(endpoint, "clock");
  if (text_of(clock, "dates") == "0" && text_of(clock, "stamps") == "0") return "not measured";
  return seconds_of(text_of(clock, "offsetMs"), true) + " +- " + seconds_of(text_of(clock, "doubtMs"), false) + " s";
}

int status(Client& client, const StatusOptions&) {
  const Console& console = client.console();
  const auto status = client.ask("GET", "status");
  if (!status) return status.error();
  const JsonNode& maps = member_of(*status, "maps");
  if (client.json()) return any_findings(*status);

  Facts facts;
  facts.add("Link", text_of(*status, "name"));
  const std::string& why = text_of(*status, "whyNotReady");
  facts.add("Daemon", "version " + text_of(*status, "version") + (why.empty() ? ", ready" : ", not ready: " + why));
  facts.add("Started", when(*status, "startedAt", console));
  facts.add("Last progress", when(*status, "lastProgressAt", console));
  facts.print(console.out);
  console.out << '\n';

  Table endpoints(
      {"ENDPOINT", "URL", ">REQUESTS", ">IN 5 MIN", ">AT ONCE", ">UNANSWERED", ">THROTTLED", "CLOCK", "STATE"});
  for (const JsonNode& endpoint : member_of(*status, "endpoints").children) {
    endpoints.row({text_of(endpoint, "side"), text_of(endpoint, "url"), grouped(text_of(endpoint, "requests")),
                   grouped(text_of(member_of(endpoint, "window"), "requests")), text_of(endpoint, "atOnce"),
                   grouped(text_of(endpoint, "failures")), grouped(text_of(endpoint, "throttled")), clock_of(endpoint),
                   endpoint_state(console, endpoint)});
  }
  endpoints.print(console.out);
  console.out << '\n';
  print_maps(console, maps);
  print_findings(console, maps);
  return any_findings(*status);
}

int health(Client& client, const StatusOptions&) {
  const auto probe = client.ask("GET", "/healthz");
  if (!probe) return probe.error();
  if (!client.json()) client.console().out << text_of(*probe, "status") << '\n';
  return exit_fine;
}

}  // namespace

void add_status_verb(CLI::App& app, Verbs& verbs) {
  verbs.add_client<StatusOptions>(app, "status", "The link, its endpoints and its maps", declare, status);
  verbs.add_client<StatusOptions>(app, "health", "Whether the daemon gets on, for probes", declare, health);
}

}  // namespace dualwrite::app
