#pragma once
// What tables and columns there are: read once, from the JSON files in schema/ or from somebody's own metadata
// (dualwrite/sandbox/metadata.hpp), never changed afterwards.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dualwrite::sandbox {

/// How a cell is stored and compared. A Dataverse money is a decimal, a choice an integer with labels.
enum class Type : std::uint8_t {
  string,
  guid,
  boolean,
  integer,
  bigint,
  decimal,
  real,
  date,         ///< Edm.Date
  datetime,     ///< Edm.DateTimeOffset to the second
  ax_date,      ///< an F&O date: Edm.DateTimeOffset at noon
  choice,       ///< Dataverse choice, state or status
  lookup,       ///< the GUID of a row in one of the targets
  enumeration,  ///< F&O enumeration, kept by member name
};

using ColumnId = std::uint16_t;
using TableId = std::uint16_t;

/// For string-keyed maps that are asked with views.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

struct Option {
  std::int64_t value = 0;
  std::string label;
};

struct LookupTarget {
  TableId table = 0;
  std::string navigation;
};

/// F&O: a value that must be found in another table when it is not blank.
struct MustExist {
  TableId table = 0;
  ColumnId column = 0;
  std::string field_label;
  std::string table_label;
};

struct Column {
  std::string name;  ///< logical name
  std::string schema_name;
  std::string wire;         ///< as in JSON: _x_value for a lookup
  std::string source_type;  ///< as the schema file spells it: "Money", "UtcDateTime"
  Type type = Type::string;
  std::uint32_t length_max = 0;  ///< characters; 0: not known, not checked
  int scale = -1;                ///< decimals; -1: any
  int enumeration = -1;
  bool read_only = false;
  bool create_only = false;
  bool write_only = false;
  bool required = false;
  bool number_sequence = false;
  std::vector<Option> options;
  std::vector<LookupTarget> targets;
  std::optional<MustExist> must_exist;
  std::optional<std::string> empty;  ///< F&O: what a cell without a value reads as, in stored form
  bool truncates = false;            ///< F&O: a text that is too long is cut, not refused
  bool upper_case = false;           ///< F&O: the type of the field changes the case, if the switch says so
  std::string initial;               ///< F&O: the value that initValue() gives a new row
  int filled_from = -1;              ///< F&O: defaultRow() copies that column where this one is empty
  int required_unless = -1;          ///< F&O: required where that column is empty, which names a row that knows it
};

/// F&O: a navigation property. The rows that it leads to are those whose far columns equal the own ones.
struct Relation {
  std::string name;
  TableId target = 0;
  bool many = false;
  std::vector<std::pair<ColumnId, ColumnId>> columns;  ///< own, far
};

struct Key {
  std::string name;
  std::vector<ColumnId> columns;
};

struct Navigation {
  ColumnId column = 0;
  TableId target = 0;
};

struct Enumeration {
  std::string name;
  std::vector<std::pair<std::string, std::int64_t>> members;  ///< by value; the first is the empty value
  [[nodiscard]] bool has(std::string_view member) const noexcept;
};

struct TableSchema {
  TableId id = 0;
  std::string name;  ///< entity type: "account", "CustomerV3"
  std::string set;   ///< entity set: "accounts", "CustomersV3"
  std::string schema_name;
  std::string aot_name;                ///< F&O only
  std::string label;                   ///< F&O only
  int data_sources = 1;                ///< F&O: joined tables, one pair of each in the ETag
  bool user_owned = false;             ///< Dataverse: rows have an owner
  bool change_tracking = true;         ///< Dataverse: ChangeTrackingEnabled
  bool optimistic_concurrency = true;  ///< Dataverse: IsOptimisticConcurrencyEnabled
  Key primary;                         ///< one GUID in Dataverse, the entity key in F&O
  ColumnId primary_name = 0;
  bool by_company = false;  ///< F&O: the key starts with dataAreaId
  std::vector<Key> keys;    ///< alternate keys
  std::vector<Column> columns;
  TextMap<ColumnId> by_wire;
  TextMap<ColumnId> by_name;
  TextMap<Navigation> by_navigation;
  std::vector<Relation> relations;

  [[nodiscard]] const Column& column(ColumnId id_) const { return columns[id_]; }
  [[nodiscard]] std::optional<ColumnId> find_wire(std::string_view wire) const;
  [[nodiscard]] std::optional<ColumnId> find_name(std::string_view name_) const;
  [[nodiscard]] const Relation* find_relation(std::string_view relation) const;
};

struct Schema {
  std::vector<TableSchema> tables;
  std::vector<Enumeration> enumerations;
  TextMap<TableId> by_set;
  TextMap<TableId> by_name;

  [[nodiscard]] const TableSchema* find_set(std::string_view set) const;
  [[nodiscard]] const TableSchema* find_name(std::string_view name) const;
};

/// The built-in schemas, read once for the whole process. Throw std::runtime_error if a file is broken.
std::shared_ptr<const Schema> dataverse_schema();
std::shared_ptr<const Schema> finops_schema();

}  // namespace dualwrite::sandbox
