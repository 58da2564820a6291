#pragma once
// Dataverse lookups that cannot be written by a related row's alternate key: several columns together name the related
// row, or one that is itself related to it, or there is more than one table where it may be. Then a question by $filter
// finds its GUID first. Pure.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/record.hpp"

namespace dualwrite::maps {

/// Which row of `set`: its primary key column and a $filter, not yet percent-encoded.
struct Question {
  std::string set;
  std::string id;
  std::string filter;
  friend auto operator<=>(const Question&, const Question&) = default;
};

/// What a write must know before its body can be made: for a navigation property the places where the related row may
/// be, in the order in which they count.
struct Inquiry {
  std::string navigation;            ///< the column's own; also of the first place
  std::vector<std::string> columns;  ///< names, for messages
  struct Place {
    std::string navigation;
    Question question;
  };
  std::vector<Place> places;
};

/// Where a navigation property is to lead: "/accounts(guid)". `navigation` may be another than the column's, where the
/// related row was found in another table.
struct Bound {
  std::string navigation;
  std::string target;
};
using Bindings = std::map<std::string, Bound>;  ///< by the column's own navigation property

/// True if the column's value is written by way of an inquiry.
bool needs_inquiry(const TableMap& map, const Column& column);

/// The inquiries of a write of these cells. `before` is the row as it stands there, for columns that do not change.
/// Where all columns of a navigation property are blank there is nothing to ask. Errc::invalid as to_wire.
Result<std::vector<Inquiry>> inquiries(const TableMap& map, const RecordKey& key, const std::vector<ColumnValue>& cells,
                                       const std::optional<Row>& before);

/// A literal as $filter takes it on Dataverse.
std::string filter_literal(const Column& column, const Value& wire);

}  // namespace dualwrite::maps
