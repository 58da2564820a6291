#include "app/show.hpp"

#include <algorithm>
#include <ostream>

#include "app/exit_status.hpp"
#include "dualwrite/base/text.hpp"

namespace dualwrite::app {

using maps::JsonNode;

std::string ago(const JsonNode& object, std::string_view name, const Console& console) {
  const auto at = parse_instant(text_of(object, name));
  return at ? relative(*at, console.now()) : "never";
}

std::string when(const JsonNode& object, std::string_view name, const Console& console) {
  const auto at = parse_instant(text_of(object, name));
  return at ? absolute_and_relative(*at, console.now()) : "never";
}

// The depth is bounded: parse_json refuses more than json_file_depth_max levels.
std::string json_text(const JsonNode& value) {
  std::string out;
  switch (value.kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
    case JsonNode::Kind::number:
      return value.text;
    case JsonNode::Kind::string:
      append_json_quoted(out, value.text);
      return out;
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  const bool is_object = value.kind == JsonNode::Kind::object;
  out += is_object ? '{' : '[';
  for (const JsonNode& child : value.children) {
    if (out.size() > 1) out += ", ";
    if (is_object) out += child.name + ": ";
    out += json_text(child);
  }
  return out + (is_object ? '}' : ']');
}

void Facts::add(std::string name, std::string value) {
  facts_.emplace_back(std::move(name), std::move(value));
}

void Facts::print(std::ostream& out) const {
  std::size_t width = 0;
  for (const auto& [name, value] : facts_) width = std::max(width, name.size());
  for (const auto& [name, value] : facts_) {
    if (value.empty()) continue;
    out << name << std::string(width - name.size() + 2, ' ') << printable(value) << '\n';
  }
}

std::vector<std::string> findings_of(const JsonNode& map) {
  std::vector<std::string> findings;
  if (text_of(map, "state") == "held") findings.push_back("held: " + text_of(map, "reason"));
  const JsonNode& sync = member_of(map, "initialSync");
  if (text_of(sync, "state") == "failed") findings.push_back("initial sync failed: " + text_of(sync, "error"));
  const std::int64_t letters = number_of(map, "deadLetters");
  if (letters > 0)
    findings.push_back(std::to_string(letters) + (letters == 1 ? " open dead letter" : " open dead letters"));
  return findings;
}

void print_maps(const Console& console, const JsonNode& list) {
  Table table(
      {"MAP", "STATE", ">RECORDS", ">PENDING", ">PARKED", ">DEAD LETTERS", ">CONFLICTS", "LAST SCAN", "LAST DELTA"});
  for (const JsonNode& map : list.children) {
    table.row({text_of(map, "name"), text_of(map, "state"), grouped(text_of(map, "couplings")),
               grouped(text_of(map, "pending")), grouped(text_of(map, "parked")), grouped(text_of(map, "deadLetters")),
               grouped(text_of(map, "conflicts")), ago(map, "lastScanAt", console), ago(map, "lastDeltaAt", console)});
  }
  table.print(console.out);
}

int print_findings(const Console& console, const JsonNode& list) {
  int status = exit_fine;
  for (const JsonNode& map : list.children) {
    const std::string& name = text_of(map, "name");
    for (const std::string& finding : findings_of(map)) {
      console.out << "! " << name << ": " << printable(finding) << '\n';
      status = exit_findings;
    }
    const std::string& trouble = text_of(map, "lastError");
    if (!trouble.empty()) console.out << "  " << name << ": " << printable(trouble) << '\n';
  }
  return status;
}

}  // namespace dualwrite::app
