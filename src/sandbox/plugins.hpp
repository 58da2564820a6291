#pragma once
// Business logic that alters what clients write: the rules of kind alter-column, applied before a row is stored.
#include "sandbox/faults.hpp"
#include "sandbox/row.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

/// Alters the cells that are about to be written over `before` (an empty row for a create). `faults` may be nullptr.
void alter_cells(Faults* faults, Side side, const TableSchema& schema, const Row& before, Assignments& cells);

}  // namespace dualwrite::sandbox
