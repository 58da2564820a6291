#pragma once
// What a scan did not show, in words for a person. Pure.
#include <string>

#include "dualwrite/capture/scan.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::sync {

/// Companies out of sight, a list that was cut short, rows still to be read; empty when there is nothing to say.
std::string scan_notice(const maps::TableMap& map, Side side, const capture::ScanReport& report);
/// Why the map is held: more rows missing than the limit.
std::string held_notice(Side side, const capture::ScanReport& report);
/// What the first complete scan under another filter or other companies saw.
std::string scope_notice(Side side, const capture::ScanReport& report);

}  // namespace dualwrite::sync
