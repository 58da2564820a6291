// maps: what there is and how it is; start, pause, resume, stop.
#include <CLI/CLI.hpp>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/show.hpp"
#include "app/verbs.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::app {
namespace {

using maps::JsonNode;

struct ListOptions {
  ClientOptions client;
  bool catalogue = false;
  std::string catalogue_dir;
};

struct MapOptions {
  std::string map;
  ClientOptions client;
};

struct ApproveOptions {
  std::string map;
  std::string company;
  ClientOptions client;
};

void declare_list(CLI::App& verb, ListOptions& options) {
  verb.add_flag("--catalogue", options.catalogue, "The published maps instead, without a daemon");
  verb.add_option("--catalogue-dir", options.catalogue_dir, "Where the published maps are");
}
void declare_map(CLI::App& verb, MapOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
}

void declare_approve(CLI::App& verb, ApproveOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
  verb.add_option("--company", options.company, "The company that is out of sight because it was really cleared");
}

int list(Client& client, const ListOptions& options) {
  if (options.catalogue) return list_catalogue(client.console(), options.catalogue_dir, client.json());
  const auto maps = client.ask("GET", "maps");
  if (!maps) return maps.error();
  if (!client.json()) print_maps(client.console(), member_of(*maps, "items"));
  return exit_fine;
}

std::string written_text(const JsonNode& map, std::string_view side) {
  const JsonNode& counters = member_of(member_of(map, "written"), side);
  return grouped(text_of(counters, "created")) + " created, " + grouped(text_of(counters, "updated")) + " updated, " +
         grouped(text_of(counters, "deleted")) + " deleted since the daemon started";
}

int show(Client& client, const MapOptions& options) {
  const Console& console = client.console();
  const auto map = client.ask("GET", "maps/" + odata::percent_encode(options.map));
  if (!map) return map.error();
  const bool has_findings = !findings_of(*map).empty();
  if (client.json()) return has_findings ? exit_findings : exit_fine;

  const JsonNode& sync = member_of(*map, "initialSync");
  Facts facts;
  facts.add("Map", text_of(*map, "name"));
  facts.add("State", text_of(*map, "state"));
  facts.add("Held because", text_of(*map, "reason"));
  facts.add("F&O entity", text_of(*map, "finopsEntity"));
  facts.add("Dataverse table", text_of(*map, "dataverseSet"));
  facts.add("Records", grouped(text_of(*map, "couplings")));
  facts.add("Pending", grouped(text_of(*map, "pending")) + ", of these parked " + grouped(text_of(*map, "parked")));
  facts.add("Dead letters", grouped(text_of(*map, "deadLetters")) + " open");
  facts.add("Conflicts", grouped(text_of(*map, "conflicts")) + " values lost, all time");
  facts.add("Written to F&O", written_text(*map, "finops"));
  facts.add("Written to Dataverse", written_text(*map, "dataverse"));
  facts.add("Echoes", grouped(text_of(*map, "echoes")));
  facts.add("Last F&O scan", when(*map, "lastScanAt", console));
  facts.add("Last delta", when(*map, "lastDeltaAt", console));
  facts.add("Last error", text_of(*map, "lastError"));
  facts.add("Initial sync", text_of(sync, "state"));
  facts.add("Initial sync ended", text_of(sync, "finishedAt").empty() ? "" : when(sync, "finishedAt", console));
  facts.print(console.out);
  return has_findings ? exit_findings : exit_fine;
}

int act(Client& client, const MapOptions& options, const std::string& action) {
  const auto map = client.ask("POST", "maps/" + odata::percent_encode(options.map) + "/" + action);
  if (!map) return map.error();
  if (!client.json()) client.console().out << text_of(*map, "name") << " is " << text_of(*map, "state") << '\n';
  return exit_fine;
}

int approve(Client& client, const ApproveOptions& options) {
  const auto map = client.ask("POST", "maps/" + odata::percent_encode(options.map) + "/approve",
                              json_body({{"company", options.company}}));
  if (!map) return map.error();
  if (!client.json()) client.console().out << text_of(*map, "name") << " is " << text_of(*map, "state") << '\n';
  return exit_fine;
}

}  // namespace

void add_maps_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& group = add_group(app, "maps", "Table maps and their life");
  verbs.add_client<ListOptions>(group, "list", "All maps", declare_list, list);
  verbs.add_client<MapOptions>(group, "show", "One map in full", declare_map, show);
  const std::pair<const char*, const char*> actions[] = {
      {"start", "Run the map, without initial sync"},
      {"pause", "Capture changes and write nothing"},
      {"resume", "Catch up and run; of a held map also approves the deletions it is held for"},
      {"stop", "Capture nothing"},
  };
  for (const auto& [action, what] : actions) {
    const std::string name = action;
    verbs.add_client<MapOptions>(group, name, what, declare_map, [name](Client& client, const MapOptions& options) {
      return act(client, options, name);
    });
  }
  verbs.add_client<ApproveOptions>(group, "approve", "Let the deletions through that wait for a person",
                                   declare_approve, approve);
  add_validate_verb(group, verbs);
  add_map_file_verbs(group, verbs);
}

}  // namespace dualwrite::app
