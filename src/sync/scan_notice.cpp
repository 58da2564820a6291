#include "sync/scan_notice.hpp"

namespace dualwrite::sync {
namespace {

std::string scan_of(Side side) {
  return "the scan of the " + std::string(to_string(side)) + " side";
}

std::string hidden_text(const maps::TableMap& map, Side side, const capture::HiddenCompany& hidden) {
  const bool whole = hidden.company.empty();
  return scan_of(side) + " saw no row" + (whole ? "" : " of company " + hidden.company) + ", of which " +
         std::to_string(hidden.records.size()) + " are known, and none by key: nothing is deleted; give the " +
         "application its right back" + (whole ? "" : " on the company") +
         ", or if the rows are really deleted approve that: dualwrite maps approve " + map.name +
         (whole ? "" : " --company " + hidden.company);
}

}  // namespace

std::string scan_notice(const maps::TableMap& map, Side side, const capture::ScanReport& report) {
  std::string text;
  const auto add = [&](const std::string& sentence) { text += (text.empty() ? "" : "; ") + sentence; };
  for (const capture::HiddenCompany& hidden : report.hidden) add(hidden_text(map, side, hidden));
  if (report.cut) {
    add(scan_of(side) + " showed " + std::to_string(report.rows) + " rows and left out " +
        std::to_string(report.outside) + " known rows that are there when they are read by key: the service sent a " +
        "list cut short; nothing is deleted for it");
  }
  if (report.unread > 0 && report.held.empty()) {
    add(scan_of(side) + " did not show " + std::to_string(report.absent) + " known rows, of which " +
        std::to_string(report.unread) + " are still to be read by key; until then no absence counts as a deletion");
  }
  return text;
}

std::string held_notice(Side side, const capture::ScanReport& report) {
  return scan_of(side) + " saw " + std::to_string(report.rows) + " rows and misses " + std::to_string(report.absent) +
         " known rows, of which " + std::to_string(report.missing) + " are missing by key too and " +
         std::to_string(report.unread) + " were not read, more than the limit of " + std::to_string(report.limit) +
         ": check the application's role and companies; approve the map if they are really deleted";
}

std::string scope_notice(Side side, const capture::ScanReport& report) {
  std::string text = "the map's filter or companies have changed: " + scan_of(side) + " saw " +
                     std::to_string(report.rows) +
                     " rows; known rows that are outside now: " + std::to_string(report.outside + report.unread);
  if (report.unread > 0) text += " (" + std::to_string(report.unread) + " of them not yet read by key)";
  return text + "; they stay coupled and nothing is deleted for it";
}

}  // namespace dualwrite::sync
