#pragma once
// Whether values come back as they went: each two-way column's f⁻¹(f(x)) = x, on samples of its type and on live rows.
// Pure.
#include <span>
#include <vector>

#include "dualwrite/maps/validate.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::maps {

/// One warning for each two-way column with a transform that loses a value of its type, with the first one as example.
std::vector<Problem> check_domain(const TableMap& map);

/// One warning for each column that some of these rows of a side cannot be carried over in, with the first as example
/// and how many there are. `rows` are as that side's service sends them.
std::vector<Problem> check_rows(const TableMap& map, Side side, std::span<const odata::Entity> rows);

}  // namespace dualwrite::maps
