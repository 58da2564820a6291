#pragma once
// add, sub, mul, div, divby and mod over a row's numbers, exact.
#include <compare>
#include <memory>
#include <optional>

#include "dualwrite/odata/filter.hpp"
#include "sandbox/reply.hpp"
#include "sandbox/row.hpp"
#include "sandbox/schema.hpp"

namespace dualwrite::sandbox {

/// One side of a comparison, bound to a table's columns.
class Arithmetic {
 public:
  /// True for an expression that is a calculation.
  static bool is_one(const odata::Expr& expr);
  /// Numbers, numeric columns and calculations with them. Refused (400): anything else. `schema` must outlive it.
  static Outcome<Arithmetic> compile(const TableSchema& schema, const odata::Expr& expr);
  /// How this side's number stands to the other's; nothing where a cell is null or a divisor is 0.
  [[nodiscard]] std::optional<std::strong_ordering> compare(const Row& row, const Arithmetic& other) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace dualwrite::sandbox
