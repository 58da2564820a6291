#pragma once
// The rows of a published map, and columns of ours, in one form in which they can be compared.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace dualwrite::maps {

using Json = nlohmann::ordered_json;

/// The member of that name in any case; nullptr: there is none.
const Json* member(const Json& object, std::string_view name);
/// A text, also of a number; empty where there is none.
std::string text_in(const Json& object, std::string_view name);

/// What a row says, with fields and paths in lower case.
struct RecordRow {
  std::string finops;                         ///< empty: a constant for Dataverse
  std::string dataverse;                      ///< dotted path; empty: a constant for F&O
  int direction = 3;                          ///< 1: to Dataverse, 2: to F&O, 3: both
  std::optional<std::string> fallback;        ///< of the transform Default
  std::map<std::string, std::string> values;  ///< of the transform ValueMap, in lower case
  bool understood = true;                     ///< false: it has another transform
  friend bool operator==(const RecordRow&, const RecordRow&) = default;
};

RecordRow row_of_record(const Json& field_mapping);
/// The same of a column, or a constant, of a map file.
RecordRow row_of_column(const Json& column);
RecordRow row_of_constant(const Json& constant);
/// A row in the record's own form.
Json to_field_mapping(const RecordRow& row, const Json& column);

}  // namespace dualwrite::maps
