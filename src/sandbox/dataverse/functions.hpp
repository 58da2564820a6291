#pragma once
// Microsoft.Dynamics.CRM.In, LastXDays and their kin, and parameter aliases: written out in plain comparisons before a
// filter is compiled (A7).
#include "sandbox/dataverse/state.hpp"

namespace dualwrite::sandbox::dataverse {

/// The call's query options with aliases (@p1) replaced and the functions of $filter written out for that table.
Outcome<Options> plain_options(const Call& call, const Table& table);

/// A filter's text in plain comparisons.
Outcome<std::string> plain_filter(const Call& call, const Table& table, std::string_view text);

/// parse_query_options() with them.
Outcome<Query> query_of(const Call& call, const Table& table, std::initializer_list<std::string_view> other);

}  // namespace dualwrite::sandbox::dataverse
