#include "dualwrite/base/metrics.hpp"

#include <algorithm>
#include <map>

namespace dualwrite {
namespace {

// Label values escape backslash, quote and line feed; help texts escape backslash and line feed only.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_labels(std::string& out, const Metrics::Labels& labels) {
  if (labels.empty()) return;
  out += '{';
  bool first = true;
  for (const auto& [name, value] : labels) {
    if (!first) out += ',';
    first = false;
    out += name;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  out += '}';
}

}  // namespace

Cell& Metrics::cell(MetricKind kind, std::string_view name, std::string_view help, Labels labels) {
  std::ranges::sort(labels);  // the same labels in another order are the same cell
  const std::lock_guard lock(mutex_);
  const Entry* namesake = nullptr;
  for (Entry& entry : entries_) {
    if (entry.name != name) continue;
    if (entry.labels == labels) return entry.cell;
    if (namesake == nullptr) namesake = &entry;
  }
  if (namesake != nullptr) {
    // Copies, because growing the deque while reading from one of its elements is not worth thinking about.
    const std::string help_first = namesake->help;
    const MetricKind kind_first = namesake->kind;
    return entries_.emplace_back(std::string(name), help_first, kind_first, std::move(labels)).cell;
  }
  return entries_.emplace_back(std::string(name), std::string(help), kind, std::move(labels)).cell;
}

std::int64_t Metrics::sum(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  std::int64_t total = 0;
  for (const Entry& entry : entries_) {
    if (entry.name == name) total += entry.cell.value();
  }
  return total;
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  // The format wants all lines of one metric together, under one HELP and one TYPE.
  std::map<std::string_view, std::vector<const Entry*>> by_name;
  for (const Entry& entry : entries_) by_name[entry.name].push_back(&entry);
  std::string out;
  for (const auto& [name, entries] : by_name) {
    const Entry& first = *entries.front();
    out += "# HELP ";
    out += name;
    out += ' ';
    append_escaped(out, first.help, false);
    out += "\n# TYPE ";
    out += name;
    out += first.kind == MetricKind::counter ? " counter\n" : " gauge\n";
    for (const Entry* entry : entries) {
      out += name;
      append_labels(out, entry->labels);
      out += ' ';
      out += std::to_string(entry->cell.value());
      out += '\n';
    }
  }
  return out;
}

}  // namespace dualwrite
