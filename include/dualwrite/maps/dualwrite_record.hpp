#pragma once
// Microsoft's own table maps, records of msdyn_dualwriteentitymap, in and out. Pure. Tolerant as their exports are
// irregular: members in any case, numbers as texts, transforms missing; what is not understood is kept.
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/validate.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::maps {

/// One record as it stood in the file, and what has to be known before its metadata can be asked for.
struct DualwriteRecord {
  std::string text;                     ///< the record's JSON
  std::string name;                     ///< "accounts - Customers V3"
  std::string version;                  ///< "1.0.0.5"
  std::string entity_label;             ///< the F&O entity's label, or its entity set
  std::string dataverse_set;            ///< the Dataverse entity set
  std::vector<std::string> properties;  ///< F&O fields as the record spells them
  std::vector<std::string> paths;       ///< Dataverse columns, dotted where they go through lookups
};

/// The records of a file: one, an array, {"value": […]}, or the content of msdyn_mapping alone. Errc::invalid says what
/// is wrong and where.
Result<std::vector<DualwriteRecord>> read_records(std::string_view text);

/// Of each name the record with the highest version, in the order of the first ones.
std::vector<DualwriteRecord> newest_of(std::vector<DualwriteRecord> records);

/// Rows of msdyn_dualwriteentitymaps as read_records() takes them.
std::string records_text(const std::vector<odata::Entity>& rows);

struct ImportedMap {
  std::string name;                ///< a map's name made of the record's
  std::string text;                ///< of the map file; the record is kept in it under "imported"
  std::vector<std::string> notes;  ///< rows that were left out, each with its reason
};

/// A map file out of a record. `metadata` is that of the record's entity and table, with the options of their choices.
Result<ImportedMap> import_record(const DualwriteRecord& record, const Metadata& metadata);

/// The record of a map file: what was imported and not changed since stands as it stood. Errc::invalid if the text is
/// no map file.
Result<std::string> export_record(std::string_view map_text);

}  // namespace dualwrite::maps
