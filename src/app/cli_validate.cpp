// maps validate: the maps of a configuration against the metadata of both services.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <iterator>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/make_endpoint.hpp"
#include "app/text.hpp"
#include "app/verbs.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/endpoint/metadata.hpp"
#include "dualwrite/maps/invertibility.hpp"

namespace dualwrite::app {
namespace {

struct ValidateOptions {
  std::string config_file;
  std::string map;
  bool sample = false;
  bool json = false;
};

void declare(CLI::App& verb, ValidateOptions& options) {
  verb.add_option("MAP", options.map, "Only the map of this name");
  verb.add_option("--config", options.config_file, "The configuration file")->required();
  verb.add_flag("--sample", options.sample, "Read a page of rows of each side, too");
  verb.add_flag("--json", options.json, "Print one JSON document");
}

struct Findings {
  std::vector<maps::Problem> problems;
  std::size_t maps = 0;
  [[nodiscard]] std::size_t errors() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(problems, [](const maps::Problem& problem) { return !problem.warning; }));
  }
};

/// What a page of a side's rows would become. A side that cannot be read is no problem of the map's.
Task<Result<void>> sample(endpoint::Endpoint& endpoint, const maps::TableMap& map, Findings& into) {
  std::string first_page;
  auto page = co_await endpoint.scan(map, endpoint::ScanDepth::rows, std::move(first_page));
  if (!page) co_return std::unexpected(std::move(page).error());
  for (maps::Problem& problem : maps::check_rows(map, endpoint.side(), page->rows)) {
    into.problems.push_back(std::move(problem));
  }
  co_return Result<void>();
}

/// `failure` is set if a service cannot be asked. The references outlive the task group that this runs in.
Task<void> validate_all(const config::LinkSettings& link, endpoint::Endpoint& finops, endpoint::Endpoint& dataverse,
                        std::string only, bool sampled, Findings& into, Result<void>& failure) {
  for (const maps::TableMap& map : link.maps) {
    if (!only.empty() && map.name != only) continue;
    ++into.maps;
    endpoint::MetadataQuery query = endpoint::query_of(map);
    auto metadata = co_await endpoint::read_metadata(finops, dataverse, std::move(query));
    if (!metadata) {
      failure = std::unexpected(std::move(metadata).error().while_doing("validating the map " + map.name));
      co_return;
    }
    std::vector<maps::Problem> problems = maps::validate(map, *metadata);
    const bool fits = std::ranges::all_of(problems, &maps::Problem::warning);
    std::ranges::move(problems, std::back_inserter(into.problems));
    if (!sampled || !fits) continue;  // a map that does not fit cannot be read by
    maps::TableMap known = map;
    maps::learn_values(known, *metadata);
    for (endpoint::Endpoint* side : {&finops, &dataverse}) {
      auto read = co_await sample(*side, known, into);
      if (!read) {
        failure = std::move(read);
        co_return;
      }
    }
  }
}

Result<Findings> ask_services(const config::LinkSettings& link, const std::string& only, bool sampled) {
  boost::asio::io_context context(1);
  SystemClock clock;
  auto finops = make_endpoint(context.get_executor(), clock, Side::finops, link.finops, {});
  if (!finops) return std::unexpected(std::move(finops).error());
  auto dataverse = make_endpoint(context.get_executor(), clock, Side::dataverse, link.dataverse, {});
  if (!dataverse) return std::unexpected(std::move(dataverse).error());
  Findings findings;
  Result<void> outcome;
  TaskGroup tasks(context.get_executor(),
                  [&outcome](const std::string&, const std::string& what) { outcome = fail(Errc::invalid, what); });
  tasks.spawn("validate", [&] { return validate_all(link, **finops, **dataverse, only, sampled, findings, outcome); });
  context.run();
  if (!outcome) return std::unexpected(std::move(outcome).error());
  return findings;
}

std::string json_of(const Findings& findings) {
  std::string json = "{\"problems\":[";
  for (const maps::Problem& problem : findings.problems) {
    if (json.back() != '[') json += ',';
    json += '{';
    append_member(json, "code", problem.code);
    json += std::string(",\"warning\":") + (problem.warning ? "true" : "false");
    append_member(json, "side", problem.side ? to_string(*problem.side) : std::string_view());
    append_member(json, "column", problem.column);
    append_member(json, "file", problem.mistake.file);
    json += ",\"line\":" + (problem.mistake.line == 0 ? "null" : std::to_string(problem.mistake.line));
    append_member(json, "path", problem.mistake.path);
    append_member(json, "what", problem.mistake.what);
    append_member(json, "hint", problem.mistake.hint);
    json += '}';
  }
  return json + "],\"maps\":" + std::to_string(findings.maps) + "}";
}

int validate(const Console& console, const ValidateOptions& options) {
  auto settings = config::read_settings(options.config_file);
  if (!settings) {
    for (const maps::Mistake& mistake : settings.error()) console.err << printable(maps::to_string(mistake)) << '\n';
    return exit_usage;
  }
  auto findings = ask_services(settings->links.front(), options.map, options.sample);
  if (!findings) {
    complain(console, findings.error().message(), findings.error().hint());
    return exit_unreachable;
  }
  if (findings->maps == 0) {
    complain(console, "there is no map \"" + options.map + "\" in " + options.config_file,
             "its name stands in its file, and the file must be named by the configuration");
    return exit_usage;
  }
  if (options.json) {
    console.out << json_of(*findings) << '\n';
  } else {
    for (const maps::Problem& problem : findings->problems) {
      console.out << printable(maps::to_string(problem)) << '\n';
    }
    const std::size_t errors = findings->errors();
    console.out << findings->maps << (findings->maps == 1 ? " map, " : " maps, ") << errors
                << (errors == 1 ? " error, " : " errors, ") << findings->problems.size() - errors << " warnings\n";
  }
  return findings->errors() == 0 ? exit_fine : exit_findings;
}

}  // namespace

void add_validate_verb(CLI::App& maps_group, Verbs& verbs) {
  verbs.add<ValidateOptions>(maps_group, "validate", "Compare maps with the metadata of both services", declare,
                             validate);
}

}  // namespace dualwrite::app
