#include "sandbox/arithmetic.hpp"

#include <algorithm>
#include <array>

#include "sandbox/cell.hpp"
#include "sandbox/exact.hpp"

namespace dualwrite::sandbox {

struct Arithmetic::Node {
  enum class Kind : std::uint8_t { number, column, add, sub, mul, div, divby, mod };
  Kind kind = Kind::number;
  const TableSchema* schema = nullptr;
  ColumnId column = 0;
  std::string text;
  bool is_whole = false;  ///< an integer by its type: div between two of these is cut
  std::vector<Node> operands;
};

namespace {

using Node = Arithmetic::Node;
using exact::Number;
using exact::Whole;
using odata::Expr;

constexpr std::array<std::pair<std::string_view, Node::Kind>, 6> operators{{{"add", Node::Kind::add},
                                                                            {"sub", Node::Kind::sub},
                                                                            {"mul", Node::Kind::mul},
                                                                            {"div", Node::Kind::div},
                                                                            {"divby", Node::Kind::divby},
                                                                            {"mod", Node::Kind::mod}}};

std::unexpected<Refusal> wrong(std::string message) {
  return refuse(400, {}, std::move(message), "Microsoft.OData.ODataException");
}

Outcome<Node> build(const TableSchema& schema, const Expr& expr) {
  Node node;
  node.schema = &schema;
  if (expr.kind == Expr::Kind::literal && expr.value.kind() == Value::Kind::number) {
    node.text = canonical_number(expr.value.text());
    node.is_whole = expr.value.text().find_first_of(".eE") == std::string::npos;
    return node;
  }
  if (expr.kind == Expr::Kind::path) {
    const auto column = schema.find_wire(expr.name);
    if (!column) return wrong("Could not find a property named '" + expr.name + "' on '" + schema.name + "'.");
    if (!is_number(schema.column(*column).type)) return wrong("'" + expr.name + "' is no number.");
    node.kind = Node::Kind::column;
    node.column = *column;
    node.is_whole = schema.column(*column).type == Type::integer || schema.column(*column).type == Type::bigint;
    return node;
  }
  const auto found = std::ranges::find(operators, expr.name, &decltype(operators)::value_type::first);
  if (expr.kind != Expr::Kind::call || found == operators.end() || expr.operands.size() != 2) {
    return wrong("An operand of a calculation must be a number.");
  }
  node.kind = found->second;
  for (const auto& operand : expr.operands) {
    auto built = build(schema, *operand);
    if (!built) return built;
    node.operands.push_back(std::move(*built));
  }
  node.is_whole = node.operands[0].is_whole && node.operands[1].is_whole && node.kind != Node::Kind::divby;
  return node;
}

Number cut(const Number& number) {
  return Number(Whole(numerator(number) / denominator(number)));
}

std::optional<Number> calculate(const Node& node, const Row& row) {
  if (node.kind == Node::Kind::number) return exact::number_of(node.text);
  if (node.kind == Node::Kind::column) {
    auto text = row.get(node.column);
    const Column& column = node.schema->column(node.column);
    if (!text && column.empty) text = *column.empty;
    if (!text) return std::nullopt;
    return exact::number_of(*text);
  }
  const auto a = calculate(node.operands[0], row);
  const auto b = calculate(node.operands[1], row);
  if (!a || !b) return std::nullopt;
  switch (node.kind) {
    case Node::Kind::add:
      return Number(*a + *b);
    case Node::Kind::sub:
      return Number(*a - *b);
    case Node::Kind::mul:
      return Number(*a * *b);
    default:
      break;
  }
  if (*b == 0) return std::nullopt;
  const Number quotient = *a / *b;
  if (node.kind == Node::Kind::mod) return Number(*a - *b * cut(quotient));
  return node.is_whole ? cut(quotient) : quotient;
}

}  // namespace

bool Arithmetic::is_one(const Expr& expr) {
  return expr.kind == Expr::Kind::call &&
         std::ranges::find(operators, expr.name, &decltype(operators)::value_type::first) != operators.end();
}

Outcome<Arithmetic> Arithmetic::compile(const TableSchema& schema, const Expr& expr) {
  auto root = build(schema, expr);  // as deep as the parser let it be
  if (!root) return std::unexpected(root.error());
  Arithmetic arithmetic;
  arithmetic.root_ = std::make_shared<const Node>(std::move(*root));
  return arithmetic;
}

std::optional<std::strong_ordering> Arithmetic::compare(const Row& row, const Arithmetic& other) const {
  const auto a = calculate(*root_, row);
  const auto b = calculate(*other.root_, row);
  if (!a || !b) return std::nullopt;
  return a->compare(*b) <=> 0;
}

}  // namespace dualwrite::sandbox
