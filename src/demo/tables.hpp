#pragma once
// Both sides of a map as the checker read them, in canonical form, and what differs between them.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "demo/map_file.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::demo {

struct TableRow {
  std::string endpoint_key;        ///< how the side itself knows it: a GUID, or a key predicate
  std::vector<std::string> cells;  ///< canonical, in the order of the map's columns
};

/// One side of one map, by record key.
struct SideTable {
  std::map<std::string, TableRow, std::less<>> rows;
  std::vector<std::string> doubled;  ///< record keys that more than one row has

  [[nodiscard]] const TableRow* find(std::string_view key) const noexcept;
};

/// Adds a row that was read from `side`. Rows of other companies are left out, and Dataverse rows without a key.
void add_row(const MapFile& map, Side side, const odata::Entity& entity, SideTable& into);

struct Difference {
  std::string map;
  std::string key;
  std::string column;  ///< empty: the whole row
  std::string finops;
  std::string dataverse;
};
std::string to_string(const Difference& difference);

/// Row by row and, for columns that flow both ways, column by column.
std::vector<Difference> differences(const MapFile& map, const PerSide<SideTable>& sides);

}  // namespace dualwrite::demo
