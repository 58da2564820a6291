#pragma once
// A table map: one F&O entity and one Dataverse table, with their columns. Pure values; docs/MAPS.md is the language.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/maps/transform.hpp"
#include "dualwrite/model/policy.hpp"
#include "dualwrite/model/record.hpp"
#include "dualwrite/model/side.hpp"
#include "dualwrite/odata/filter.hpp"
#include "dualwrite/odata/payload.hpp"

namespace dualwrite::maps {

/// The canonical type of a column: what both sides' wire forms are brought to and compared in.
enum class Type : std::uint8_t {
  string,  ///< trailing blanks cut; blank and null are the same (F&O has no null strings)
  integer,
  decimal,   ///< rounded to `scale`
  boolean,   ///< F&O NoYes
  date,      ///< "2026-01-02"; F&O holds it as noon UTC; 1900-01-01 is blank
  datetime,  ///< "2026-01-02T03:04:05Z", whole seconds; 1900-01-01T00:00:00Z is blank
  choice,    ///< by `values`: F&O enumeration member <-> Dataverse number or boolean
};
std::string_view to_string(Type type) noexcept;

/// A Dataverse lookup: the column lives on the related row, the relation is written with @odata.bind.
struct Lookup {
  std::string navigation;  ///< single-valued navigation property, e.g. msdyn_company
  std::string entity_set;  ///< e.g. cdm_companies
  std::string column;      ///< the related row's key column, e.g. cdm_companycode, or "navigation/column" of its own
  /// The related table's own company lookup, e.g. msdyn_company, where its key holds the company: the related row is
  /// then the one of the record's own legal entity. Empty for tables without companies.
  std::string company;
  std::string id;  ///< the related table's primary key column; needed for the company table, and by needs_inquiry()
  /// A lookup that may lead to one of several tables: the others, each with the navigation property to it.
  std::vector<Lookup> others;
  /// The value of the related row that is taken where none has the record's; only towards Dataverse.
  std::optional<std::string> otherwise;
};

/// An F&O member or text and what stands for it in Dataverse. Pairs that share a value on either side are the same
/// value: the first of them with an F&O text that is not blank stands for all of them.
struct ValuePair {
  std::string finops;       ///< compared without case; empty: blank
  Value dataverse;          ///< number, boolean, string or null
  std::size_t stands_in{};  ///< the index of the pair that stands for this one; see unite()
};

/// Finds out which pair stands for which.
void unite(std::vector<ValuePair>& pairs);

/// Which rows of a side are taken in: a $filter on that side's own names. Decides about rows that are not coupled yet;
/// a coupled record stays coupled whatever its rows hold.
struct RowFilter {
  std::string text;                  ///< empty: every row
  odata::ExprPtr condition;          ///< the same, parsed; null: every row
  std::vector<std::string> columns;  ///< the names in it, each once: read with every row, mapped or not
};

/// How one value is held on both sides. Its canonical form is that of the side that is written to; of a column that
/// flows both ways, F&O's.
struct Column {
  std::string finops;     ///< property name, or "A+B": see parts
  std::string dataverse;  ///< column, "navigation/column" for a lookup, or "a+b": see parts
  Type type = Type::string;
  Direction direction = Direction::both;
  int scale = 2;  ///< decimals kept
  /// Date only: the Dataverse column is a date-time that shows only its date (format DateOnly, but not behaviour
  /// DateOnly), so that the day is written as midnight UTC.
  bool midnight = false;
  std::vector<ValuePair> values;  ///< choice only
  bool by_label = false;          ///< choice only: `values` are found by the names in both services' metadata
  std::optional<Lookup> lookup;
  Chain transform;  ///< from F&O to Dataverse; in a column that flows to F&O only, from Dataverse to F&O
  /// On a side where the value is spread over several columns: their names, at least two. There the value is their
  /// texts with `join` between them, blank ones left out.
  PerSide<std::vector<std::string>> parts;
  std::string join;
  RowFilter when;  ///< one-way only, on the names of the side it comes from: a row outside of it says nothing here
  std::optional<ConflictRule> conflict;  ///< overrides the map's
  std::string group;                     ///< columns of one group are merged together; empty: on its own
  bool key = false;
  /// The name used in journal, dead letters and REST: the F&O property name.
  [[nodiscard]] const std::string& name() const noexcept { return finops.empty() ? dataverse : finops; }
  /// What is read on that side: one name, those of the parts, or the paths to all tables of a lookup.
  [[nodiscard]] std::vector<std::string> fields(Side side) const;
};

/// A value that is written to one side when a row is created there, or with every write.
struct Constant {
  Side side = Side::dataverse;
  std::string column;
  Value value;
  bool always = false;
};

/// Where things stand in a map's file, for messages; 0: not there.
struct MapLines {
  std::size_t name = 0;
  std::size_t finops = 0;
  std::size_t dataverse = 0;
  std::size_t companies = 0;
  std::vector<std::size_t> columns;
  std::vector<std::size_t> constants;
};

struct TableMap {
  std::string name;                    ///< unique in the process; used in URLs: [a-z0-9-]+
  std::string finops_entity;           ///< entity set, e.g. CustomersV3
  std::string dataverse_table;         ///< logical name, e.g. account
  std::string dataverse_set;           ///< entity set, e.g. accounts
  std::string dataverse_id;            ///< primary key column, e.g. accountid
  std::vector<std::string> companies;  ///< legal entities in scope; empty for global entities: no dataAreaId
  PerSide<RowFilter> filter;
  std::vector<Column> columns;
  std::vector<Constant> constants;
  /// Lists of columns, by number, that identify the same record where the key does not, in the order of trying.
  std::vector<std::vector<std::size_t>> match;
  ConflictRule conflict = ConflictRule::newest_wins;
  Side tie_break = Side::dataverse;
  DeletePolicy deletion = DeletePolicy::delete_wins;
  std::string dataverse_stamp = "modifiedon";  ///< empty: the table has none
  std::string finops_stamp;                    ///< most entities have none
  std::string file;                            ///< where it was read from, for messages
  MapLines lines;

  [[nodiscard]] std::vector<std::size_t> key_columns() const;
  /// The key column that holds the legal entity; nothing for global entities.
  [[nodiscard]] std::optional<std::size_t> company_column() const;
  /// True if the company column is one lookup away, and its table's primary key is named: companies have GUIDs then.
  [[nodiscard]] bool knows_company_ids() const;
  /// True if some lookup's related rows are kept per legal entity, and bound with their company's GUID.
  [[nodiscard]] bool binds_by_company() const;
  [[nodiscard]] Policy policy() const;
  /// Every name that a read of that side asks for besides its primary key and stamp, each once: of columns, filters and
  /// conditions.
  [[nodiscard]] std::vector<std::string> names_to_read(Side side) const;
};

/// One mistake in a configuration or map file.
struct Mistake {
  std::string file;
  std::size_t line = 0;  ///< 0: not known
  std::string path;      ///< JSON pointer, e.g. /columns/3/type
  std::string what;
  std::string hint;
};
std::string to_string(const Mistake& mistake);

/// Reads one map file's text. All mistakes at once: on failure the vector is not empty.
std::expected<TableMap, std::vector<Mistake>> read_map(const std::string& file_name, std::string_view text);

}  // namespace dualwrite::maps
