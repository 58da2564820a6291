#pragma once
// Meter readings: the sandbox's table with a column of every type, its map, and what tests ask of its rows.
#include <optional>
#include <string>
#include <vector>

#include "integration/sync/stage.hpp"

namespace dualwrite::test {

/// The map "meters".
std::vector<maps::TableMap> meter_maps();

/// Creates a row with one more column. `json` is put into the body as it is.
Task<int> add_finops_meter(Stage& stage, std::string id, std::string column, std::string json);
Task<int> add_dataverse_meter(Stage& stage, std::string id, std::string column, std::string json);
/// Changes one column of a row; on the Dataverse side by the table's alternate key, which creates a row that is
/// missing.
Task<int> patch_finops_meter(Stage& stage, std::string id, std::string column, std::string json);
Task<int> patch_dataverse_meter(Stage& stage, std::string id, std::string column, std::string json);
Task<int> delete_finops_meter(Stage& stage, std::string id);
Task<int> delete_dataverse_meter(Stage& stage, std::string id);

/// A cell's JSON cut out of the row's body, with no parser in between: `"Quantity":1.10,` gives `1.10`. "(no row)" if
/// the row is not there.
Task<std::string> finops_cell(Stage& stage, std::string id, std::string column);
Task<std::string> dataverse_cell(Stage& stage, std::string id, std::string column);

/// Waits until a cell reads so.
Task<bool> finops_reads(Stage& stage, std::string id, std::string column, std::string json);
Task<bool> dataverse_reads(Stage& stage, std::string id, std::string column, std::string json);

/// The open dead letter of that record, waited for.
Task<std::optional<store::DeadLetter>> open_letter_of(Stage& stage, std::string id);

/// `text` as a JSON string.
std::string json_string(const std::string& text);

}  // namespace dualwrite::test
