#pragma once
// Query options bound to a table, and the page of rows that they select.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/predicate.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox {

struct Order {
  ColumnId column = 0;
  bool descending = false;
  const Database* named_in = nullptr;  ///< a lookup: rows come in the order of the names that it leads to
};

struct Expansion {
  std::string navigation;
  ColumnId column = 0;     ///< the lookup: of the row itself, or (many) of the target's rows
  TableId target = 0;      ///< whose rows are shown
  bool many = false;       ///< a collection: the target's rows that point to the row
  bool reference = false;  ///< navigation/$ref: only where the row is
  std::optional<std::vector<ColumnId>> select;
  std::optional<Predicate> filter;
  std::vector<Order> order;
  std::optional<std::size_t> top;
  std::vector<Expansion> expand;
  std::vector<std::pair<std::string, std::string>> options;  ///< as they were given, for a link to the rest
};

struct Query {
  std::optional<std::vector<ColumnId>> select;
  std::optional<Predicate> filter;
  std::vector<Order> order;
  std::vector<Expansion> expand;
  std::optional<std::size_t> top;
  std::size_t skip = 0;
  bool count = false;
};

/// Reads $select, $filter, $orderby, $expand, $top, $skip and $count. Options that start with '$' and are none of
/// these are refused, except those whose names are in `other`.
Outcome<Query> parse_query_options(const Database& database, const Table& table, const Options& options,
                                   const FilterDialect& dialect, std::initializer_list<std::string_view> other);

/// Where a page starts and how far it may go. In key order a page starts after a key, so that rows which come and go
/// between pages shift nothing; in another order it starts at an offset.
struct PageStart {
  std::string after_key;
  std::size_t offset = 0;
  std::size_t rows_max = 5000;
  std::string key_prefix;  ///< F&O: only rows of this company
};

struct PageOfRows {
  std::vector<Hit> hits;
  bool has_more = false;
  std::optional<std::size_t> count;
};

PageOfRows select_rows(const Table& table, const Query& query, const PageStart& start);

/// Whether `a` comes before `b`: by the orders, nulls first, then by key.
bool comes_before(const TableSchema& schema, const std::vector<Order>& orders, const Hit& a, const Hit& b);

/// True if rows come in the order of the primary key.
bool is_key_order(const Table& table, const Query& query);

/// How many rows match, counting no further than `limit`.
std::size_t count_rows(const Table& table, const Query& query, std::string_view key_prefix, std::size_t limit);

}  // namespace dualwrite::sandbox
