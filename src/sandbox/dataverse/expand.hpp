#pragma once
// $expand: the row that a lookup points to, and the rows that point to a row (A7).
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/dataverse/render.hpp"

namespace dualwrite::sandbox::dataverse {

/// The rows of a table by what one of their lookups points to, in key order. Made once for an answer, so that a page of
/// rows with their members takes one walk over the members' table.
using ByTarget = TextMap<std::vector<Hit>>;

struct Expanding {
  const Call* call = nullptr;
  bool is_nested = false;  ///< an $expand stands in another: then members come in pages, too
  std::size_t page_size = 0;
  std::size_t rows_left = 0;  ///< an answer with more is given up, as the real service's time would be over
  std::map<std::pair<TableId, ColumnId>, ByTarget> members;
};

/// For an answer to that call, which must outlive it.
std::shared_ptr<Expanding> expanding_of(const Call& call, const Query& query);

/// Appends what `how` expands as further members of the row's object. Throws Failed where it becomes too much.
void append_expansions(std::string& out, const Rendering& how, const Record& record);

}  // namespace dualwrite::sandbox::dataverse
