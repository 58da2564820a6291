#pragma once
// Between a side's wire form and canonical rows. Pure.
#include <optional>
#include <string>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/reference.hpp"
#include "dualwrite/maps/table_map.hpp"
#include "dualwrite/model/coupling.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/odata/payload.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::maps {

/// The canonical form of a wire value of that column. Errc::invalid when the value has none, such as an enumeration
/// member that the map does not list; the message names column and value.
Result<Value> to_canonical(const Column& column, Side side, const Value& wire);

/// The wire form of a canonical value. Lookups are not written this way: see body().
Result<Value> to_wire(const Column& column, Side side, const Value& canonical);

/// A row of a side as it came from the wire, in canonical values. Columns that the reply did not hold are absent.
Result<Row> to_row(const TableMap& map, Side side, const odata::Entity& entity);

/// The integration key. Errc::invalid if a key column is blank or absent, naming it.
Result<RecordKey> key_of(const TableMap& map, const Row& row);
/// The key columns' canonical texts out of a RecordKey (lower case), in the order of TableMap::key_columns().
std::vector<std::string> key_parts(const RecordKey& key);

/// False if the row belongs to a legal entity that the map does not cover, or has no complete key: not ours to sync.
bool in_scope(const TableMap& map, const Row& row);

/// False if the map's filter of that side leaves the row out. A column that the row does not hold counts as null.
bool takes_in(const TableMap& map, Side side, const odata::Entity& row);

/// The record's legal entity in lower case; empty for global entities.
std::string company_of(const TableMap& map, const RecordKey& key);
/// True if the map's companies still cover the record; always for global entities.
bool covers_company(const TableMap& map, const RecordKey& key);

/// F&O: the key predicate of a record, e.g. dataAreaId='usmf',CustomerAccount='us-001' (F&O compares without case).
Result<odata::KeyPredicate> finops_key(const TableMap& map, const RecordKey& key);
/// F&O: the record's key out of a key predicate in an event.
Result<RecordKey> key_of_finops(const TableMap& map, const odata::KeyPredicate& predicate);

/// The JSON body of a create or update on that side, constants included on create. `map` decides names, binds and
/// types. `company_id` is the GUID of the record's legal entity in Dataverse, for lookups whose related rows are kept
/// per company. `bindings` answers inquiries(): a navigation property that needs one and is not there becomes null.
Result<std::string> body(const TableMap& map, Side side, WriteKind kind, const std::vector<ColumnValue>& cells,
                         std::string_view company_id = {}, const Bindings& bindings = {});

/// For journal and dead letters: {"column": value, …} by column name.
std::string cells_json(const TableMap& map, const std::vector<ColumnValue>& cells);
std::string row_json(const TableMap& map, const std::optional<Row>& row);

}  // namespace dualwrite::maps
