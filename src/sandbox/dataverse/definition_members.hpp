#pragma once
// What the definitions of a table, a column, a key or a relationship say, member by member (A1).
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dualwrite/model/value.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox::dataverse {

using Members = std::vector<std::pair<std::string, std::string>>;  ///< name, JSON

std::string quoted(std::string_view text);
Members table_members(const TableSchema& table);
/// "StringAttributeMetadata": the definition's own type, which clients cast to.
std::string definition_type(const Column& column);
Members attribute_members(const TableSchema& table, const Column& column);
Members key_members(const TableSchema& table, const Key& key);

/// The members whose names are in `select`, a list with commas, as an object; all where it is empty. `more` goes behind
/// them.
std::string object(const Members& members, const std::string& select, const std::string& more = {});
/// What a member says, for a filter.
Value member_value(const Members& members, std::string_view name);

/// The options of a choice, or the two of a boolean, as an option set of its own column.
std::string option_set_json(const TableSchema& table, const Column& column);
bool has_options(const Column& column);

/// The lookups of `table`, those to one other table only where it is given.
std::vector<Members> lookup_members(const Schema& schema, const TableSchema& table, const TableSchema* only = nullptr);
std::string lookups_json(const Schema& schema, const TableSchema& table, const std::string& select,
                         const TableSchema* only = nullptr);

}  // namespace dualwrite::sandbox::dataverse
