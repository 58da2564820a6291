#pragma once
// Whether a map can work between two services: all that their metadata tells, at once. Pure. The codes are described in
// docs/MAPS.md, which a test compares with codes().
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/maps/facts.hpp"
#include "dualwrite/maps/table_map.hpp"

namespace dualwrite::maps {

struct Problem {
  std::string_view code;  ///< one of codes()
  bool warning = false;   ///< the map works, and somebody should know
  std::optional<Side> side;
  std::string column;  ///< as the map names it; empty: the map itself
  Mistake mistake;
};

/// "FILE:LINE: /columns/3: code: what (hint)".
std::string to_string(const Problem& problem);

/// What the two services say. `related` gives a Dataverse table by its logical name; nullptr: it is not known.
struct Metadata {
  std::optional<EntityFacts> finops;     ///< nothing: there is no such entity
  std::optional<EntityFacts> dataverse;  ///< nothing: there is no such table
  std::function<const EntityFacts*(std::string_view table)> related;
};

/// Sorted by line.
std::vector<Problem> validate(const TableMap& map, const Metadata& metadata);

/// Every code that validate() may give, each once.
std::span<const std::string_view> codes() noexcept;

/// Pairs members of an F&O enumeration with the options of a choice that bear the same name: letters and digits are
/// compared, without case. Pairs come in the enumeration's order; what has no partner is left out.
std::vector<ValuePair> pairs_by_name(const PropertyFacts& finops, const PropertyFacts& dataverse);

}  // namespace dualwrite::maps
