#pragma once
// Collection-valued navigation properties: from a row to those whose lookup points to it (A4, A6).
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

struct Collection {
  std::string name;
  TableId table = 0;       ///< whose rows it holds
  ColumnId column = 0;     ///< their lookup
  std::string navigation;  ///< of the lookup, back
};

/// What the other end of a lookup is called: as published where that is known, else table and lookup.
std::string collection_name(const TableSchema& near, const Column& column, const LookupTarget& target);

/// A property of the table has that name, so that no collection can have it.
bool is_taken(const TableSchema& table, std::string_view name);

/// Those of each table, by its id, in the order of the tables that point to it; found with one walk over the schema,
/// since somebody's own may have thousands of tables. An owner's are left out: its one navigation property leads to
/// several tables.
std::vector<std::vector<Collection>> collections_of(const Schema& schema);

/// Nothing if the table has no such collection.
std::optional<Collection> find_collection(const Schema& schema, const TableSchema& table, std::string_view name);

/// set(key)/collection: GET lists and counts, POST to its $ref associates, DELETE of a member's $ref ends that.
Outcome<http::Response> on_collection(Call& call, Table& table, const Collection& collection);

}  // namespace dualwrite::sandbox::dataverse
