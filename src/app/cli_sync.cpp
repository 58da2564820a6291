// sync: initial sync, its start and its progress.
#include <CLI/CLI.hpp>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/progress.hpp"
#include "app/show.hpp"
#include "app/verbs.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::app {
namespace {

using maps::JsonNode;

struct StartOptions {
  std::string map;
  std::string master = "finops";
  bool wait = false;
  ClientOptions client;
};

struct StatusOptions {
  std::string map;
  ClientOptions client;
};

void declare_start(CLI::App& verb, StartOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
  verb.add_option("--master", options.master,
                  "The side that wins where both hold a row and differ: finops or dataverse")
      ->check(CLI::IsMember({"finops", "dataverse"}))
      ->capture_default_str();
  verb.add_flag("--wait", options.wait, "Return when it has ended; show progress on a terminal");
}

void declare_status(CLI::App& verb, StatusOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
}

/// A failed sync, or records that it could not settle.
int exit_status_of(const JsonNode& sync) {
  return text_of(sync, "state") == "failed" || number_of(sync, "failed") > 0 ? exit_findings : exit_fine;
}

void print_sync(const Console& console, const JsonNode& sync) {
  Facts facts;
  facts.add("Map", text_of(sync, "map"));
  facts.add("Initial sync", text_of(sync, "state"));
  facts.add("Failed because", text_of(sync, "error"));
  for (const JsonNode& leg : member_of(sync, "legs").children) {
    facts.add(
        "Read from " + text_of(leg, "from"),
        grouped(text_of(leg, "read")) + " rows" + (text_of(leg, "complete") == "true" ? ", all of them" : " so far"));
  }
  facts.add("Settled", grouped(text_of(sync, "settled")) + " records");
  facts.add("Created", grouped(text_of(sync, "created")));
  facts.add("Updated", grouped(text_of(sync, "updated")));
  facts.add("Dead letters", grouped(text_of(sync, "failed")));
  facts.add("Began", when(sync, "startedAt", console));
  facts.add("Ended", text_of(sync, "finishedAt").empty() ? "" : when(sync, "finishedAt", console));
  facts.print(console.out);
}

SyncProgress progress_of(const JsonNode& map) {
  const JsonNode& sync = member_of(map, "initialSync");
  SyncProgress progress;
  progress.read_to_end = !member_of(sync, "legs").children.empty();
  for (const JsonNode& leg : member_of(sync, "legs").children) {
    progress.read += number_of(leg, "read");
    if (text_of(leg, "complete") != "true") progress.read_to_end = false;
  }
  progress.settled = number_of(sync, "settled");
  progress.pending = number_of(map, "pending");
  progress.failed = number_of(sync, "failed");
  return progress;
}

/// Redraws one line of the terminal; draws nothing elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(const Console& console) : console_(console), begun_(console.now()) {}
  ~ProgressLine() {
    if (drawn_) console_.err << '\n';
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const SyncProgress& progress) {
    if (!console_.is_terminal) return;
    if (!drawn_) settled_before_ = progress.settled;
    drawn_ = true;
    console_.err << "\r\x1b[K" << progress_line(progress, settled_before_, console_.now() - begun_) << std::flush;
  }

 private:
  const Console& console_;
  Instant begun_;
  std::int64_t settled_before_ = 0;
  bool drawn_ = false;
};

/// The exit status of a failed question, or nothing when the sync has ended.
std::optional<int> wait_for_end(Client& client, const std::string& path) {
  ProgressLine line(client.console());
  while (true) {
    const auto map = client.ask("GET", path, {}, true);
    if (!map) return map.error();
    line.show(progress_of(*map));
    if (text_of(member_of(*map, "initialSync"), "state") != "running") return std::nullopt;
    client.pause(client.console().poll_interval);
  }
}

int show_status(Client& client, const std::string& path) {
  const auto sync = client.ask("GET", path + "/initial-sync");
  if (!sync) return sync.error();
  if (!client.json()) print_sync(client.console(), *sync);
  return exit_status_of(*sync);
}

int start(Client& client, const StartOptions& options) {
  const std::string path = "maps/" + odata::percent_encode(options.map);
  const auto begun = client.ask("POST", path + "/initial-sync", json_body({{"master", options.master}}), options.wait);
  if (!begun) return begun.error();
  if (!options.wait) {
    if (!client.json()) {
      client.console().out << "initial sync of " << options.map << " has begun; `dualwrite sync status " << options.map
                           << "` shows how far it is\n";
    }
    return exit_fine;
  }
  if (const auto failed = wait_for_end(client, path)) return *failed;
  return show_status(client, path);
}

int status(Client& client, const StatusOptions& options) {
  return show_status(client, "maps/" + odata::percent_encode(options.map));
}

}  // namespace

void add_sync_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& group = add_group(app, "sync", "Initial sync of a map");
  verbs.add_client<StartOptions>(group, "start", "Start a map with an initial sync, or run it again", declare_start,
                                 start);
  verbs.add_client<StatusOptions>(group, "status", "How far it is", declare_status, status);
}

}  // namespace dualwrite::app
