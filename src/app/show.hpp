#pragma once
// What several verbs print of the daemon's answers.
#include <string>

#include "app/client.hpp"
#include "app/text.hpp"

namespace dualwrite::app {

/// A time of the answer: "5 s ago", or "never" for null.
std::string ago(const maps::JsonNode& object, std::string_view name, const Console& console);
/// "2026-01-02T03:04:05Z (5 s ago)", or "never".
std::string when(const maps::JsonNode& object, std::string_view name, const Console& console);
/// A value as JSON: "abc" in quotes, 1.50, null.
std::string json_text(const maps::JsonNode& value);

/// Lines of "name   value", the values aligned.
class Facts {
 public:
  void add(std::string name, std::string value);
  void print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

/// "held: why", "1 open dead letter", …: what needs a person on that map; empty if nothing does.
std::vector<std::string> findings_of(const maps::JsonNode& map);

void print_maps(const Console& console, const maps::JsonNode& list);

/// exit_findings if any map has a finding; prints them.
int print_findings(const Console& console, const maps::JsonNode& list);

}  // namespace dualwrite::app
