// conflicts and explain: why each value is what it is.
#include <CLI/CLI.hpp>
#include <ostream>

#include "app/exit_status.hpp"
#include "app/show.hpp"
#include "app/verbs.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::app {
namespace {

using maps::JsonNode;

struct ConflictsOptions {
  std::string map;
  std::string before;
  std::string limit = "100";
  ClientOptions client;
};

struct ExplainOptions {
  std::string map;
  std::string key;
  ClientOptions client;
};

void declare_conflicts(CLI::App& verb, ConflictsOptions& options) {
  verb.add_option("--map", options.map, "Only those of this map");
  verb.add_option("--before", options.before, "Only those with a smaller number: the next page");
  verb.add_option("--limit", options.limit, "How many at most, 1 to 1000")->capture_default_str();
}

void declare_explain(CLI::App& verb, ExplainOptions& options) {
  verb.add_option("MAP", options.map, "The map's name")->required();
  verb.add_option("KEY", options.key, "The integration key: its parts joined by |, e.g. 'usmf|us-001'")->required();
}

int list_conflicts(Client& client, const ConflictsOptions& options) {
  const Console& console = client.console();
  const auto page = client.ask(
      "GET", with_query("conflicts", {{"map", options.map}, {"before", options.before}, {"limit", options.limit}}));
  if (!page) return page.error();
  if (client.json()) return exit_fine;
  Table table({">ID", "MAP", "KEY", "COLUMN", "LOST", "ON", "WON", "TYPE", "RULE", "WHEN"});
  for (const JsonNode& line : member_of(*page, "items").children) {
    table.row({text_of(line, "id"), text_of(line, "map"), text_of(line, "key"), text_of(line, "column"),
               json_text(member_of(line, "lost")), text_of(line, "side"), json_text(member_of(line, "won")),
               text_of(line, "type"), text_of(line, "rule"), when(line, "at", console)});
  }
  if (table.empty()) {
    console.out << "no conflicts\n";
  } else {
    table.print(console.out);
  }
  const std::string& next = text_of(*page, "nextBefore");
  if (!next.empty()) console.out << "there may be more: --before " << next << '\n';
  return exit_fine;
}

std::string edit_time(const JsonNode& time) {
  if (time.kind != JsonNode::Kind::object) return "at a time not known";
  const std::string& from = text_of(time, "from");
  const std::string& to = text_of(time, "to");
  if (to.empty()) return "at a time not known";
  std::string out = from == to ? to : (from.empty() ? "until " + to : from + " to " + to);
  return out + " (" + text_of(time, "source") + ")";
}

void print_facts(const Console& console, const JsonNode& record) {
  Facts facts;
  facts.add("Record", text_of(record, "map") + " " + text_of(record, "key"));
  facts.add("State", text_of(record, "state") + (text_of(record, "pending") == "true" ? ", pending" : ""));
  facts.add("Incarnation", text_of(record, "incarnation") == "0" ? "" : text_of(record, "incarnation"));
  for (const char* side : {"finops", "dataverse"}) {
    const std::string& token = text_of(member_of(record, "tokens"), side);
    std::string row = text_of(member_of(record, "endpointKeys"), side);
    if (!token.empty()) row += ", version " + token;
    const std::int64_t in_doubt = number_of(member_of(record, "intentsInDoubt"), side);
    if (in_doubt > 0) row += ", " + std::to_string(in_doubt) + " writes in doubt";
    const bool present = text_of(member_of(record, "present"), side) == "true";
    facts.add(std::string("Row in ") + side, present ? row : "none known");
  }
  facts.print(console.out);
}

/// Which versions of the two rows were compared.
std::string versions(const JsonNode& detail) {
  std::string out;
  for (const char* side : {"finops", "dataverse"}) {
    const std::string& token = text_of(detail, std::string(side) + "Token");
    if (!token.empty()) out += (out.empty() ? "; versions " : ", ") + token + " in " + side;
  }
  return out;
}

/// What gave way to what, and when each was edited, so that the rule can be followed.
std::string loss(const JsonNode& line, const JsonNode& detail) {
  const std::string& type = text_of(detail, "type");
  const std::string lost_time = edit_time(member_of(detail, "lostTime"));
  const std::string won_time = edit_time(member_of(detail, "wonTime"));
  const std::string lost = text_of(line, "column") + ": " + json_text(member_of(detail, "lost")) + " lost to ";
  if (type == "delete_recently_updated") {
    const bool stands_alone = text_of(line, "rule") == "uncouple";
    return (stands_alone ? "the other row stands on its own from now on; deleted "
                         : "the deletion lost to an edit; deleted ") +
           lost_time + ", edited " + won_time + versions(detail);
  }
  if (type == "update_recently_deleted") {
    return lost + "a deletion; edited " + lost_time + ", deleted " + won_time + versions(detail);
  }
  return lost + json_text(member_of(detail, "won")) + "; edited " + lost_time + " and " + won_time + versions(detail);
}

/// What the line tells, beyond its kind.
std::string line_detail(const JsonNode& line) {
  const JsonNode& detail = member_of(line, "detail");
  if (text_of(line, "kind") == "held" && !text_of(line, "column").empty()) {
    return text_of(line, "column") + ": " + json_text(member_of(detail, "finops")) + " in finops, " +
           json_text(member_of(detail, "dataverse")) + " in dataverse";
  }
  if (text_of(line, "kind") == "lost") return loss(line, detail);
  if (text_of(line, "kind") == "held") {
    return "the row was deleted in " + text_of(line, "side") +
           ", and the other one edited by somebody who did not know";
  }
  if (text_of(line, "kind") == "renamed") {
    return "from " + json_text(member_of(detail, "from")) + " to " + json_text(member_of(detail, "to")) +
           "; `explain` with the other key tells the rest";
  }
  std::string out;
  for (const JsonNode& column : member_of(detail, "columns").children) {
    if (!out.empty()) out += ", ";
    out += column.name + ": " + json_text(member_of(column, "from")) + " -> " + json_text(member_of(column, "to"));
  }
  return out;
}

void print_record(const Console& console, const JsonNode& record) {
  print_facts(console, record);

  Table columns({"COLUMN", "AGREED", "FINOPS", "DATAVERSE", "EDITED ON", "EDITED"});
  for (const JsonNode& column : member_of(record, "columns").children) {
    columns.row({text_of(column, "name"),
                 json_text(member_of(column, "agreed")) + (text_of(column, "held").empty() ? "" : " (waits)"),
                 json_text(member_of(column, "finops")), json_text(member_of(column, "dataverse")),
                 text_of(column, "origin"), edit_time(member_of(column, "agreedTime"))});
  }
  console.out << '\n';
  columns.print(console.out);

  Table journal({"WHEN", "WHAT", "SIDE", "RULE", "DETAIL"});
  for (const JsonNode& line : member_of(record, "journal").children) {
    journal.row({when(line, "at", console), text_of(line, "kind"), text_of(line, "side"), text_of(line, "rule"),
                 line_detail(line)});
  }
  console.out << '\n';
  journal.print(console.out);
  constexpr std::size_t shown_max = 200;
  if (member_of(record, "journal").children.size() >= shown_max) {
    console.out << "only the latest " << shown_max << " lines; `dualwrite conflicts list` shows older losses\n";
  }

  for (const JsonNode& letter : member_of(record, "deadLetters").children) {
    console.out << "\n! dead letter " << text_of(letter, "id") << ", " << text_of(letter, "side") << ", "
                << text_of(letter, "class") << ": " << printable(text_of(letter, "error")) << '\n';
    if (!text_of(letter, "hint").empty()) console.out << "  " << printable(text_of(letter, "hint")) << '\n';
  }
}

int explain(Client& client, const ExplainOptions& options) {
  const auto record =
      client.ask("GET", "records/" + odata::percent_encode(options.map) + "/" + odata::percent_encode(options.key));
  if (!record) return record.error();
  if (!client.json()) print_record(client.console(), *record);
  return member_of(*record, "deadLetters").children.empty() ? exit_fine : exit_findings;
}

}  // namespace

void add_journal_verbs(CLI::App& app, Verbs& verbs) {
  CLI::App& conflicts = add_group(app, "conflicts", "Values that lost, and to what");
  verbs.add_client<ConflictsOptions>(conflicts, "list", "Newest first", declare_conflicts, list_conflicts);
  verbs.add_client<ExplainOptions>(app, "explain", "All that is known of one record", declare_explain, explain);
}

}  // namespace dualwrite::app
