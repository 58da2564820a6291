#pragma once
// A $filter bound to a table: columns by number, literals in stored form, and the keys that it pins.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/odata/filter.hpp"
#include "sandbox/database.hpp"
#include "sandbox/reply.hpp"

namespace dualwrite::sandbox {

/// The rows that point to one: a collection-valued navigation property.
struct Members {
  TableId table = 0;    ///< whose rows they are
  ColumnId column = 0;  ///< their lookup
};

/// What differs between the two services.
struct FilterDialect {
  std::string type_namespace;  ///< for messages: "Microsoft.Dynamics.CRM"
  std::string error_code;      ///< of a filter that does not bind
  std::string exception;
  bool wildcards = false;   ///< '*' in a string that is compared with eq or ne
  bool arithmetic = false;  ///< add, sub, mul, div, divby and mod
  /// What a name of a collection means on a table; empty: any and all are not supported, nor collections in $expand.
  std::function<std::optional<Members>(const Schema&, const TableSchema&, std::string_view)> collection{};
};

class Predicate {
 public:
  /// Parses and binds. `database` and `table` must outlive the predicate.
  static Outcome<Predicate> compile(const Database& database, const Table& table, std::string_view text,
                                    const FilterDialect& dialect);

  [[nodiscard]] bool test(const Row& row) const;

  /// If the filter can only be true for rows whose primary or alternate key it names, those rows (in key order, each
  /// once; the rest of the filter is still to be tested). Nothing if all rows have to be looked at.
  [[nodiscard]] std::optional<std::vector<Hit>> candidates() const;

  struct Node;

 private:
  const Database* database_ = nullptr;
  const Table* table_ = nullptr;
  std::shared_ptr<const Node> root_;
};

}  // namespace dualwrite::sandbox
