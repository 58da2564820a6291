// dead-letters: changes that need a person.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/show.hpp"
#include "app/verbs.hpp"
#include "dualwrite/base/text.hpp"
#include "dualwrite/maps/object_reader.hpp"
#include "dualwrite/store/records.hpp"

namespace dualwrite::app {
namespace {

using maps::JsonNode;

struct ListOptions {
  std::string map;
  std::string state = "open";
  std::string error_class;
  std::string before;
  std::string limit = "100";
  ClientOptions client;
};

struct ShowOptions {
  std::string id;
  ClientOptions client;
};

struct ReplayOptions {
  std::vector<std::string> ids;
  bool all = false;
  std::string map;
  std::string error_class;
  ClientOptions client;
};

struct ResolveOptions {
  std::string id;
  std::string winner;
  ClientOptions client;
};

struct DiscardOptions {
  std::string id;
  std::string reason;
  ClientOptions client;
};

/// The words that --class takes.
std::vector<std::string_view> class_names() {
  std::vector<std::string_view> names;
  for (const store::DeadLetterClass known : store::dead_letter_classes) names.push_back(store::to_string(known));
  return names;
}

/// Empty, or what is wrong.
std::string wrong_class(const std::string& text) {
  const std::vector<std::string_view> names = class_names();
  if (std::ranges::find(names, text) != names.end()) return {};
  std::string what;
  append_json_quoted(what, text.substr(0, 100));
  what += " is not " + maps::either(names);
  const std::string_view near = nearest(text, names);
  return near.empty() ? what : what + "; did you mean " + std::string(near) + "?";
}

std::string wrong_id(const std::string& text) {
  std::int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, id);
  if (error == std::errc() && stopped == end && id > 0) return {};
  std::string what;
  append_json_quoted(what, text.substr(0, 100));
  return what + " is not the number of a dead letter; `dualwrite dead-letters list` shows them";
}

const CLI::Validator is_id(wrong_id, "");
const CLI::Validator is_class(wrong_class, "");

void declare_list(CLI::App& verb, ListOptions& options) {
  verb.add_option("--map", options.map, "Only those of this map");
  verb.add_option("--state", options.state, "open, resolved, discarded or all")
      ->check(CLI::IsMember({"open", "resolved", "discarded", "all"}))
      ->capture_default_str();
  verb.add_option("--class", options.error_class, "Only those of this class")->check(is_class);
  verb.add_option("--before", options.before, "Only those with a smaller number: the next page");
  verb.add_option("--limit", options.limit, "How many at most, 1 to 1000")->capture_default_str();
}

void declare_show(CLI::App& verb, ShowOptions& options) {
  verb.add_option("ID", options.id, "The dead letter's number")->required()->check(is_id);
}

void declare_replay(CLI::App& verb, ReplayOptions& options) {
  verb.add_option("ID", options.ids, "The dead letters' numbers")->check(is_id);
  verb.add_flag("--all", options.all, "Every open one instead, and do not wait for the outcomes");
  verb.add_option("--map", options.map, "With --all: only those of this map");
  verb.add_option("--class", options.error_class, "With --all: only those of this class")->check(is_class);
}

void declare_resolve(CLI::App& verb, ResolveOptions& options) {
  verb.add_option("ID", options.id, "The dead letter's number")->required()->check(is_id);
  verb.add_option("--winner", options.winner, "The side whose value or deletion counts: finops or dataverse")
      ->required()
      ->check(CLI::IsMember({"finops", "dataverse"}));
}

void declare_discard(CLI::App& verb, DiscardOptions& options) {
  verb.add_option("ID", options.id, "The dead letter's number")->required()->check(is_id);
  verb.add_option("--reason", options.reason, "Why, for whoever looks later")->required();
}

int list(Client& client, const ListOptions& options) {
  const Console& console = client.console();
  const auto page =
      client.ask("GET", with_query("dead-letters", {{"map", options.map},
                                                    {"state", options.state == "all" ? "" : options.state},
                                                    {"class", options.error_class},
                                                    {"before", options.before},
                                                    {"limit", options.limit}}));
  if (!page) return page.error();
  if (client.json()) return exit_fine;
  Table table({">ID", "MAP", "KEY", "SIDE", "STATE", "CLASS", ">TRIES", "LAST TRY", "ERROR"});
  for (const JsonNode& letter : member_of(*page, "items").children) {
    table.row({text_of(letter, "id"), text_of(letter, "map"), text_of(letter, "key"), text_of(letter, "side"),
               text_of(letter, "state"), text_of(letter, "class"), text_of(letter, "attempts"),
               ago(letter, "lastAt", console), text_of(letter, "error")});
  }
  if (table.empty()) {
    console.out << "no dead letters\n";
  } else {
    table.print(console.out);
  }
  const std::string& next = text_of(*page, "nextBefore");
  if (!next.empty()) console.out << "there may be more: --before " << next << '\n';
  return exit_fine;
}

/// The columns of the write that was refused, beside what each side held.
void print_columns(const Console& console, const JsonNode& letter) {
  const JsonNode& finops = member_of(letter, "finopsRow");
  const JsonNode& dataverse = member_of(letter, "dataverseRow");
  const JsonNode& attempted = member_of(letter, "attempted");
  if (attempted.children.empty()) return;
  Table table({"COLUMN", "ATTEMPTED", "FINOPS", "DATAVERSE"});
  for (const JsonNode& cell : attempted.children) {
    const bool held = cell.kind == JsonNode::Kind::object;
    table.row({cell.name, held ? "(waits)" : json_text(cell), json_text(member_of(finops, cell.name)),
               json_text(member_of(dataverse, cell.name))});
  }
  console.out << '\n';
  table.print(console.out);
}

void print_letter(const Console& console, const JsonNode& letter) {
  Facts facts;
  facts.add("Dead letter", text_of(letter, "id"));
  facts.add("Record", text_of(letter, "map") + " " + text_of(letter, "key"));
  facts.add("State", text_of(letter, "state"));
  facts.add("Closed by", text_of(letter, "closedBy"));
  facts.add("Side", text_of(letter, "side"));
  facts.add("Class", text_of(letter, "class"));
  facts.add("Error", text_of(letter, "error"));
  facts.add("What to do", text_of(letter, "hint"));
  facts.add("Attempts", text_of(letter, "attempts"));
  facts.add("First", when(letter, "firstAt", console));
  facts.add("Last", when(letter, "lastAt", console));
  facts.print(console.out);
  print_columns(console, letter);
}

int show(Client& client, const ShowOptions& options) {
  const auto letter = client.ask("GET", "dead-letters/" + options.id);
  if (!letter) return letter.error();
  if (!client.json()) print_letter(client.console(), *letter);
  return exit_fine;
}

int replay_all(Client& client, const ReplayOptions& options) {
  const auto queued =
      client.ask("POST", "dead-letters/replay", json_body({{"map", options.map}, {"class", options.error_class}}));
  if (!queued) return queued.error();
  if (!client.json())
    client.console().out << grouped(text_of(*queued, "queued")) << " dead letters queued for replay\n";
  return exit_fine;
}

/// Prints the outcome that the daemon answered; refused is a finding.
int show_outcome(Client& client, const std::string& id, const std::expected<JsonNode, int>& reply) {
  if (!reply) return reply.error();
  const std::string& word = text_of(*reply, "outcome");
  if (!client.json()) client.console().out << id << ' ' << word << '\n';
  return word == "refused" ? exit_findings : exit_fine;
}

/// Goes on after a failure, except when nobody answers; the first failure is the exit status.
int replay_each(Client& client, const ReplayOptions& options) {
  int status = exit_fine;
  for (const std::string& id : options.ids) {
    const auto reply = client.ask("POST", "dead-letters/" + id + "/replay");
    const int outcome = show_outcome(client, id, reply);
    if (status == exit_fine) status = outcome;
    if (outcome == exit_unreachable) break;
  }
  return status;
}

int replay(Client& client, const ReplayOptions& options) {
  const bool filters = !options.map.empty() || !options.error_class.empty();
  if (options.all == !options.ids.empty() || (filters && !options.all)) {
    complain(client.console(), "replay takes the numbers of dead letters, or --all with --map and --class",
             "`dualwrite dead-letters list` shows the numbers");
    return exit_usage;
  }
  return options.all ? replay_all(client, options) : replay_each(client, options);
}

int resolve(Client& client, const ResolveOptions& options) {
  const auto reply =
      client.ask("POST", "dead-letters/" + options.id + "/resolve", json_body({{"winner", options.winner}}));
  return show_outcome(client, options.id, reply);
}

int discard(Client& client, const DiscardOptions& options) {
  const auto letter =
      client.ask("POST", "dead-letters/" + options.id + "/discard", json_body({{"reason", options.reason}}));
  if (!letter) return letter.error();
  if (!client.json()) client.console().out << options.id << ' ' << text_of(*letter, "state") << '\n';
  return exit_fine;
}

}  // namespace

void add_dead_letters_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& group = add_group(app, "dead-letters", "Changes that need a person");
  verbs.add_client<ListOptions>(group, "list", "Newest first", declare_list, list);
  verbs.add_client<ShowOptions>(group, "show", "One dead letter in full", declare_show, show);
  verbs.add_client<ReplayOptions>(group, "replay", "Read both sides and plan anew", declare_replay, replay);
  verbs.add_client<ResolveOptions>(group, "resolve", "Choose the side that counts", declare_resolve, resolve);
  verbs.add_client<DiscardOptions>(group, "discard", "Give a change up", declare_discard, discard);
}

}  // namespace dualwrite::app
