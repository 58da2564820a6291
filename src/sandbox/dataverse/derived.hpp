#pragma once
// Columns that the platform computes from what is written: the owner's kin, exchange rate and base amounts (A6, A14).
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// Adds them to what is to be written. `before`: nullptr for a new row.
void derive(const State& state, const TableSchema& schema, const Row* before, Assignments& cells);

}  // namespace dualwrite::sandbox::dataverse
