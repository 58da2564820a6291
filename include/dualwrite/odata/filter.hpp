#pragma once
// $filter expressions (OData URL Conventions 4.0, section 5.1.1) as a tree: parse, print, evaluate.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dualwrite/base/error.hpp"
#include "dualwrite/model/value.hpp"

namespace dualwrite::odata {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

struct Expr {
  enum class Kind : std::uint8_t {
    literal,      ///< `value`; `name` is the type that stands before the quotes, as in Ns.Kind'Red', else empty
    path,         ///< `name`: a property, or nav/property
    compare,      ///< `name` is eq ne gt ge lt le; two operands
    logical_and,  ///< two operands or more: a chain is one node
    logical_or,   ///< likewise
    logical_not,
    call,    ///< `name` is contains, startswith, endswith or another function; add sub mul div divby mod too
    lambda,  ///< `name` is collection/any or collection/all, `value` the variable's name; one operand, or none
  };
  Kind kind = Kind::literal;
  std::string name;
  Value value;
  bool is_string_literal = false;  ///< a quoted literal, as against a GUID, date or enumeration member
  std::vector<ExprPtr> operands;
};

/// Parses an expression, already percent-decoded. Depth and length are bounded (64 levels, 64 KiB). Errc::invalid names
/// the offset. Enumeration literals (Ns.Type'Member') give the member's name as a string.
/// any and all are an error too, except for a service that asks for them.
enum class Lambdas : std::uint8_t { refused, allowed };
Result<ExprPtr> parse_filter(std::string_view text, Lambdas lambdas = Lambdas::refused);

std::string to_string(const Expr& expr);

/// Compares two values as the services do: numbers by value, strings without regard to case (ASCII), null equal to null
/// only (absent is null), texts that are both times by time, a number with a text that is a number by value. Nothing if
/// they cannot be ordered. -1, 0, 1.
std::optional<int> compare_values(const Value& a, const Value& b);

/// Evaluates a boolean expression. `lookup` gives a path's value (absent counts as null). null equals null only, so
/// `x ne null` is true for every value; gt, ge, lt and le with a null are false, and so is a function of a null,
/// negated or not. Unknown functions, any and all: Errc::invalid.
Result<bool> evaluate(const Expr& expr, const std::function<Value(std::string_view path)>& lookup);

}  // namespace dualwrite::odata
