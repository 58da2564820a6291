#include "app/check.hpp"

#include <boost/asio/io_context.hpp>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "app/exit_status.hpp"
#include "app/make_endpoint.hpp"
#include "app/text.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/config/settings.hpp"
#include "dualwrite/endpoint/fit.hpp"

namespace dualwrite::app {
namespace {

/// One line of the answer.
struct Finding {
  maps::Mistake mistake;  ///< file, line, path, what, hint
  std::string map;        ///< empty: not about a map's fit
  std::optional<Side> side;
  std::string column;
};

struct Findings {
  std::vector<Finding> all;
  bool unanswered = false;  ///< some service did not answer, or not as such a service does

  [[nodiscard]] int exit_status(bool config_is_read) const {
    if (!config_is_read) return exit_usage;
    if (unanswered) return exit_unreachable;
    return all.empty() ? exit_fine : exit_findings;
  }
};

/// No usable answer came: another attempt may see more.
bool is_outage(Errc code) {
  return code == Errc::unavailable || code == Errc::in_doubt || code == Errc::throttled;
}

/// What is wrong with a service itself, at its place in the configuration.
Finding about_service(const config::LinkSettings& link, const std::string& config_file, Side side, const Error& error) {
  Finding finding;
  finding.side = side;
  const std::size_t line = side == Side::finops ? link.finops.line : link.dataverse.line;
  finding.mistake = {config_file, line, "/links/0/" + std::string(to_string(side)), error.message(), error.hint()};
  return finding;
}

/// Compares every map with one service. What is wrong with the service itself is said once.
Task<void> check_side(const config::LinkSettings& link, endpoint::Endpoint& endpoint, std::string config_file,
                      Findings& into) {
  const Side side = endpoint.side();
  for (const maps::TableMap& map : link.maps) {
    auto misfits = co_await endpoint::misfits(endpoint, map);
    if (!misfits) {
      const Error& error = misfits.error();
      into.unanswered = into.unanswered || is_outage(error.code());
      into.all.push_back(about_service(link, config_file, side, error));
      co_return;
    }
    for (endpoint::Misfit& misfit : *misfits) {
      Finding finding;
      finding.side = side;
      finding.map = map.name;
      finding.column = std::move(misfit.column);
      finding.mistake = {map.file, misfit.line, {}, std::move(misfit.what), std::move(misfit.hint)};
      into.all.push_back(std::move(finding));
    }
  }
}

void check_services(const config::LinkSettings& link, const std::string& config_file, Findings& into) {
  boost::asio::io_context context(1);
  SystemClock clock;
  for (const Side side : both_sides) {
    const config::EndpointSettings& settings = side == Side::finops ? link.finops : link.dataverse;
    auto endpoint = make_endpoint(context.get_executor(), clock, side, settings, {});
    Result<void> outcome;
    if (endpoint) {
      TaskGroup tasks(context.get_executor(),
                      [&outcome](const std::string&, const std::string& what) { outcome = fail(Errc::invalid, what); });
      tasks.spawn("check", [&] { return check_side(link, **endpoint, config_file, into); });
      context.restart();
      context.run();
    } else {
      outcome = std::unexpected(endpoint.error());
    }
    if (!outcome) into.all.push_back(about_service(link, config_file, side, outcome.error()));
  }
}

std::string line_of(const Finding& finding) {
  if (finding.map.empty()) return maps::to_string(finding.mistake);
  const maps::Mistake& mistake = finding.mistake;
  const endpoint::Misfit misfit{*finding.side, mistake.line, finding.column, mistake.what, mistake.hint};
  return maps::to_string(maps::Mistake{mistake.file, mistake.line, {}, endpoint::to_string(finding.map, misfit), {}});
}

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  append_json_quoted(json, name);
  json += ':';
  if (text.empty()) {
    json += "null";
  } else {
    append_json_quoted(json, text);
  }
}

std::string json_of(const Findings& findings) {
  std::string json = "{\"findings\":[";
  for (const Finding& finding : findings.all) {
    if (json.back() != '[') json += ',';
    json += '{';
    append_member(json, "file", finding.mistake.file);
    json += ",\"line\":" + (finding.mistake.line == 0 ? "null" : std::to_string(finding.mistake.line));
    append_member(json, "path", finding.mistake.path);
    append_member(json, "map", finding.map);
    append_member(json, "side", finding.side ? to_string(*finding.side) : std::string_view());
    append_member(json, "column", finding.column);
    append_member(json, "what", finding.mistake.what);
    append_member(json, "hint", finding.mistake.hint);
    json += '}';
  }
  return json + "],\"complete\":" + (findings.unanswered ? "false" : "true") + "}";
}

void print(const Console& console, const Findings& findings, std::size_t maps) {
  for (const Finding& finding : findings.all) console.out << printable(line_of(finding)) << '\n';
  if (findings.all.empty()) {
    console.out << "nothing to correct: both services answer and have what " << maps
                << (maps == 1 ? " map names\n" : " maps name\n");
    return;
  }
  const std::size_t count = findings.all.size();
  console.out << count << (count == 1 ? " finding\n" : " findings\n");
}

}  // namespace

int run_check(const Console& console, const CheckOptions& options) {
  Findings findings;
  auto settings = config::read_settings(options.config_file);
  std::size_t maps = 0;
  if (settings) {
    const config::LinkSettings& link = settings->links.front();
    maps = link.maps.size();
    check_services(link, options.config_file, findings);
  } else {
    findings.unanswered = true;  // the services were not asked
    for (maps::Mistake& mistake : settings.error()) findings.all.push_back({std::move(mistake), {}, {}, {}});
  }
  if (options.json) {
    console.out << json_of(findings) << '\n';
  } else {
    print(console, findings, maps);
  }
  return findings.exit_status(settings.has_value());
}

}  // namespace dualwrite::app
