#pragma once
// The tree that a $filter is compiled to; predicate.cpp compiles, predicate_evaluate.cpp evaluates, predicate_pins.cpp
// finds the keys that it names.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "sandbox/arithmetic.hpp"
#include "sandbox/predicate.hpp"

namespace dualwrite::sandbox {

/// A column of the row, or of the row that a chain of lookups leads to.
struct Source {
  struct Hop {
    const Table* table = nullptr;  ///< where the lookup before leads
    ColumnId column = 0;
  };
  ColumnId column = 0;
  std::vector<Hop> hops;
};

struct Predicate::Node {
  enum class Kind : std::uint8_t {
    all,
    any,
    negation,
    literal,
    columns,
    null,
    wildcard,
    contains,
    starts,
    ends,
    constant,
    calculation,
    some_member,   ///< collection/any(…): the condition is the child; none: there is a member
    every_member,  ///< collection/all(…)
  };
  enum class Operator : std::uint8_t { eq, ne, gt, ge, lt, le };
  using Keys = std::unordered_set<std::string, TextHash, std::equal_to<>>;
  Kind kind = Kind::constant;
  Operator op = Operator::eq;
  Source left;
  Source right;
  std::string text;  ///< literal in stored form
  bool value = false;
  std::optional<Arithmetic> left_sum;
  std::optional<Arithmetic> right_sum;
  std::vector<Node> children;
  const Table* members = nullptr;  ///< of a collection
  ColumnId back = 0;               ///< the members' lookup to the row
  /// The rows that a member points to which decides: one that passes for any, one that fails for all. Found at the
  /// first test, with one walk over the members; a predicate lives no longer than its request.
  mutable std::shared_ptr<const Keys> decided;
};

/// As strings are compared: without regard to the case of ASCII.
std::string lower_text(std::string_view text);

/// The type of what a source gives for rows of that table.
const Column& column_of(const TableSchema& schema, const Source& source);

bool test_node(const TableSchema& schema, const Predicate::Node& node, const Row& row);

}  // namespace dualwrite::sandbox
