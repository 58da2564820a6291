#include "app/check.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iterator>
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
#include "dualwrite/http/message.hpp"

namespace dualwrite::app {
namespace {

/// One line of the answer.
struct Finding {
  maps::Mistake mistake;  ///< file, line, path, what, hint
  std::string map;        ///< empty: not about a map's fit
  std::optional<Side> side;
  std::string column;
};

/// What a service cannot do, or only its use will show: nothing to correct.
struct Note {
  std::string map;
  Side side = Side::finops;
  std::string what;
  std::string hint;
};

struct Findings {
  std::vector<Finding> all;
  std::vector<Note> notes;
  bool unanswered = false;  ///< some service did not answer, or not as such a service does

  [[nodiscard]] int exit_status(bool config_is_read) const {
    if (!config_is_read) return exit_usage;
    if (unanswered) return exit_unreachable;
    return all.empty() ? exit_fine : exit_findings;
  }
};

/// What is wrong with a service itself, at its place in the configuration.
Finding about_service(const config::LinkSettings& link, const std::string& config_file, Side side, const Error& error) {
  Finding finding;
  finding.side = side;
  const std::size_t line = side == Side::finops ? link.finops.line : link.dataverse.line;
  finding.mistake = {config_file, line, "/links/0/" + std::string(to_string(side)), error.message(), error.hint()};
  return finding;
}

void add_misfits(const maps::TableMap& map, std::vector<endpoint::Misfit> misfits, Findings& into) {
  for (endpoint::Misfit& misfit : misfits) {
    Finding finding;
    finding.side = misfit.side;
    finding.map = map.name;
    finding.column = std::move(misfit.column);
    finding.mistake = {map.file, misfit.line, {}, std::move(misfit.what), std::move(misfit.hint)};
    into.all.push_back(std::move(finding));
  }
}

/// A failure that the next map would meet too: said once, and that service is not asked any more.
bool is_about_service(Errc code) {
  return endpoint::is_outage(code) || code == Errc::unauthorized || code == Errc::cancelled;
}

/// Compares one map with one service. An error is about the service.
Task<Result<void>> check_map(endpoint::Endpoint& endpoint, maps::TableMap map, Findings& into) {
  auto misfits = co_await endpoint::misfits(endpoint, map);
  if (!misfits && is_about_service(misfits.error().code())) co_return std::unexpected(std::move(misfits).error());
  if (!misfits) {
    std::vector<endpoint::Misfit> refused;
    refused.push_back({endpoint.side(), 0, {}, misfits.error().message(), misfits.error().hint()});
    add_misfits(map, std::move(refused), into);
    co_return Result<void>();
  }
  const bool fits = misfits->empty();
  add_misfits(map, std::move(*misfits), into);
  if (fits) {  // a name that is not there would spoil every question below
    auto examined = co_await endpoint::examine(endpoint, map);
    if (!examined && is_about_service(examined.error().code())) co_return std::unexpected(std::move(examined).error());
    if (examined) add_misfits(map, std::move(*examined), into);
  }
  auto notes = co_await endpoint.shortcomings(map);
  if (!notes) co_return Result<void>();
  for (endpoint::Shortcoming& each : *notes) {
    if (each.accepted) into.notes.push_back({map.name, endpoint.side(), std::move(each.what), std::move(each.hint)});
  }
  co_return Result<void>();
}

/// The daemon compares stamps of both sides with its own clock; it measures the difference, and a large one is a fault.
void check_clock(const config::LinkSettings& link, const std::string& config_file, const endpoint::Endpoint& endpoint,
                 Findings& into) {
  constexpr std::int64_t off_max = 5000;
  const endpoint::ServiceClock clock = endpoint.service_clock();
  if (clock.dates == 0 || (clock.offset.low <= off_max && clock.offset.high >= -off_max)) return;
  const std::int64_t middle = (clock.offset.low + clock.offset.high) / 2;
  const Error error(Errc::invalid,
                    "the clock of " + endpoint.url() + " is about " + std::to_string(std::abs(middle) / 1000) + " s " +
                        (middle > 0 ? "ahead of" : "behind") + " this machine's",
                    "set this machine's clock by NTP, or that service's");
  into.all.push_back(about_service(link, config_file, endpoint.side(), error));
}

/// What is wrong with a service itself is said once.
Task<void> check_side(const config::LinkSettings& link, endpoint::Endpoint& endpoint, std::string config_file,
                      Findings& into) {
  for (const maps::TableMap& map : link.maps) {
    auto checked = co_await check_map(endpoint, map, into);
    if (!checked) {
      into.unanswered = into.unanswered || endpoint::is_outage(checked.error().code());
      into.all.push_back(about_service(link, config_file, endpoint.side(), checked.error()));
      co_return;
    }
  }
  check_clock(link, config_file, endpoint, into);
}

/// What the configuration says for itself: tokens in the clear, and maps that would fight for the same rows.
void check_link(const config::LinkSettings& link, const std::string& config_file, Findings& into) {
  for (const Side side : both_sides) {
    const config::EndpointSettings& settings = side == Side::finops ? link.finops : link.dataverse;
    for (const std::string& url : {settings.url, settings.token_url}) {
      http::Url parts;
      if (!http::parse_url(url, parts) || parts.scheme == "https") continue;
      if (parts.host == "localhost" || parts.host == "::1" || parts.host.starts_with("127.")) continue;
      const Error error(Errc::invalid,
                        "requests to " + url + " are not encrypted: secrets and tokens can be read on the way",
                        "write https://");
      into.all.push_back(about_service(link, config_file, side, error));
    }
  }
  for (auto map = link.maps.begin(); map != link.maps.end(); ++map) {
    const auto other = std::find_if(link.maps.begin(), map, [&](const maps::TableMap& before) {
      return before.finops_entity == map->finops_entity && before.dataverse_set == map->dataverse_set &&
             before.filter[Side::finops].text == map->filter[Side::finops].text && before.companies == map->companies;
    });
    if (other == map) continue;
    Finding finding;
    finding.mistake = {map->file, map->lines.finops, "/finops",
                       "the map " + map->name + " joins the same rows as the map " + other->name,
                       "leave one of them out, or give them filters or companies that do not overlap"};
    into.all.push_back(std::move(finding));
  }
}

/// Sides about which the configuration has mistakes are not asked.
void check_services(const config::LinkSettings& link, const std::string& config_file,
                    const std::vector<maps::Mistake>& mistakes, Findings& into) {
  boost::asio::io_context context(1);
  SystemClock clock;
  for (const Side side : both_sides) {
    const std::string place = "/links/0/" + std::string(to_string(side));
    const bool known = std::ranges::none_of(mistakes, [&](const maps::Mistake& mistake) {
      const bool whole = mistake.path.empty() || mistake.path == "/links/0";
      return mistake.file == config_file && (whole || mistake.path.starts_with(place));
    });
    if (!known) {
      into.unanswered = true;
      continue;
    }
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
  json += "],\"notes\":[";
  for (const Note& note : findings.notes) {
    if (json.back() != '[') json += ',';
    json += '{';
    append_member(json, "map", note.map);
    append_member(json, "side", to_string(note.side));
    append_member(json, "what", note.what);
    append_member(json, "hint", note.hint);
    json += '}';
  }
  return json + "],\"complete\":" + (findings.unanswered ? "false" : "true") + "}";
}

void print(const Console& console, const Findings& findings, std::size_t maps) {
  for (const Finding& finding : findings.all) console.out << printable(line_of(finding)) << '\n';
  for (const Note& note : findings.notes) {
    const endpoint::Misfit text{note.side, 0, {}, note.what, note.hint};
    console.out << "note: " << printable(endpoint::to_string(note.map, text)) << '\n';
  }
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
  config::Reading reading = config::read_all(options.config_file);
  std::size_t maps = 0;
  if (!reading.settings.links.empty()) {
    const config::LinkSettings& link = reading.settings.links.front();
    maps = link.maps.size();
    check_link(link, options.config_file, findings);
    check_services(link, options.config_file, reading.mistakes, findings);
  } else {
    findings.unanswered = true;  // the services were not asked
  }
  const bool readable = reading.mistakes.empty();
  std::vector<Finding> mistakes;
  for (maps::Mistake& mistake : reading.mistakes) mistakes.push_back({std::move(mistake), {}, {}, {}});
  findings.all.insert(findings.all.begin(), std::make_move_iterator(mistakes.begin()),
                      std::make_move_iterator(mistakes.end()));
  if (options.json) {
    console.out << json_of(findings) << '\n';
  } else {
    print(console, findings, maps);
  }
  return findings.exit_status(readable);
}

}  // namespace dualwrite::app
