#pragma once
// Steps that every source of a schema shares: JSON files and CSDL.
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dualwrite/odata/csdl.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

/// The columns' names must not be there yet.
void add_column(TableSchema& table, Column column);
/// Gives it its id.
TableSchema& add_table(Schema& schema, TableSchema table);

/// F&O has no nulls: what an empty cell of the column reads as. An empty enumeration is 0, and that reads as null where
/// no member has this value.
std::optional<std::string> finops_empty_text(const Column& column, const std::vector<Enumeration>& enumerations);
/// By value, then by name: the first is the empty value.
void sort_members(Enumeration& enumeration);

/// What a document cannot be a schema for, with the line where it shows.
struct CsdlProblem {
  std::uint32_t line = 0;
  std::string what;
};

/// `builtin` gives the tables that the sandbox itself works with.
std::expected<Schema, CsdlProblem> dataverse_schema_of(const odata::csdl::Document& document, const Schema& builtin);
std::expected<Schema, CsdlProblem> finops_schema_of(const odata::csdl::Document& document);

}  // namespace dualwrite::sandbox
