#include "sandbox/predicate.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sandbox/cell.hpp"
#include "sandbox/predicate_node.hpp"

namespace dualwrite::sandbox {
namespace {

using Node = Predicate::Node;
using Operator = Node::Operator;
using odata::Expr;

// As many tables as a query of the platform may join.
constexpr std::size_t collections_max = 15;
constexpr std::size_t hops_max = 10;

Operator flipped(Operator op) {
  switch (op) {
    case Operator::gt:
      return Operator::lt;
    case Operator::ge:
      return Operator::le;
    case Operator::lt:
      return Operator::gt;
    case Operator::le:
      return Operator::ge;
    default:
      return op;
  }
}

class Compiler {
 public:
  /// `collections` counts those that any and all name in the whole filter. `variable` stands before every path within
  /// one of these.
  Compiler(const Database& database, const Table& table, const FilterDialect& dialect, std::size_t& collections,
           std::string variable = {})
      : database_(database),
        table_(table),
        dialect_(dialect),
        collections_(collections),
        variable_(std::move(variable)) {}

  Outcome<Node> compile(const Expr& expr) const {
    switch (expr.kind) {
      case Expr::Kind::logical_and:
        return combine(expr, Node::Kind::all);
      case Expr::Kind::logical_or:
        return combine(expr, Node::Kind::any);
      case Expr::Kind::logical_not:
        return combine(expr, Node::Kind::negation);
      case Expr::Kind::compare:
        return comparison(expr);
      case Expr::Kind::call:
        return call(expr);
      case Expr::Kind::lambda:
        return lambda(expr);
      case Expr::Kind::path:
        return truth(expr);
      case Expr::Kind::literal: {
        Node node;
        if (expr.value.kind() != Value::Kind::boolean) return wrong("The filter must be a condition.");
        node.value = expr.value.is_true();
        return node;
      }
    }
    return wrong("The filter is not supported.");
  }

 private:
  std::unexpected<Refusal> wrong(std::string message) const {
    return refuse(400, dialect_.error_code, std::move(message), dialect_.exception);
  }

  std::unexpected<Refusal> unknown(std::string_view name, const TableSchema& on) const {
    return wrong("Could not find a property named '" + std::string(name) + "' on type '" + dialect_.type_namespace +
                 "." + on.name + "'.");
  }

  Outcome<Node> combine(const Expr& expr, Node::Kind kind) const {
    Node node;
    node.kind = kind;
    for (const auto& operand : expr.operands) {
      auto child = compile(*operand);
      if (!child) return child;
      // Chains of one operator become one flat node, so that testing an OR of a hundred keys does not recurse.
      if (kind != Node::Kind::negation && child->kind == kind) {
        std::ranges::move(child->children, std::back_inserter(node.children));
      } else {
        node.children.push_back(std::move(*child));
      }
    }
    return node;
  }

  /// Within any and all, what stands behind the variable.
  Outcome<std::string_view> own_path(std::string_view path) const {
    if (variable_.empty()) return path;
    if (!path.starts_with(variable_) || path.substr(variable_.size()).find('/') != 0) {
      return wrong("Within any and all, a property is named '" + variable_ + "/…'; '" + std::string(path) +
                   "' is not.");
    }
    return path.substr(variable_.size() + 1);
  }

  Outcome<Source> source(std::string_view full) const {
    auto own = own_path(full);
    if (!own) return std::unexpected(own.error());
    std::string_view path = *own;
    Source source;
    const Table* table = &table_;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
      const TableSchema& schema = table->schema();
      const auto navigation = schema.by_navigation.find(path.substr(0, slash));
      if (navigation == schema.by_navigation.end()) return unknown(path.substr(0, slash), schema);
      if (source.hops.size() == hops_max) return wrong("The path '" + std::string(full) + "' is too long.");
      (source.hops.empty() ? source.column : source.hops.back().column) = navigation->second.column;
      table = &database_.table(navigation->second.target);
      source.hops.push_back({table, 0});
      path.remove_prefix(slash + 1);
    }
    const auto column = table->schema().find_wire(path);
    if (!column || table->schema().column(*column).write_only) return unknown(path, table->schema());
    if (source.hops.empty()) {
      source.column = *column;
    } else if (*column == table->schema().primary.columns.front()) {
      source.hops.pop_back();  // the lookup holds it
    } else {
      source.hops.back().column = *column;
    }
    return source;
  }

  const Column& column(const Source& source) const { return column_of(table_.schema(), source); }

  Outcome<Node> lambda(const Expr& expr) const {
    auto path = own_path(expr.name);
    if (!path) return std::unexpected(path.error());
    const std::string_view name = path->substr(0, path->rfind('/'));
    if (name.contains('/')) {
      return wrong("A condition on a collection that is nested in a lookup ('" + std::string(name) +
                   "') is not supported.");
    }
    const auto found = dialect_.collection(database_.schema, table_.schema(), name);
    if (!found) return unknown(name, table_.schema());
    if (++collections_ > collections_max) return wrong("The filter names more than 15 collections.");
    Node node;
    node.kind = expr.name.ends_with("/any") ? Node::Kind::some_member : Node::Kind::every_member;
    node.members = &database_.table(found->table);
    node.back = found->column;
    if (expr.operands.empty()) return node;
    auto child =
        Compiler(database_, *node.members, dialect_, collections_, expr.value.text()).compile(*expr.operands.front());
    if (!child) return child;
    node.children.push_back(std::move(*child));
    return node;
  }

  Outcome<Node> truth(const Expr& expr) const {
    auto from = source(expr.name);
    if (!from) return std::unexpected(from.error());
    if (column(*from).type != Type::boolean) return wrong("'" + expr.name + "' is not a condition.");
    Node node;
    node.kind = Node::Kind::literal;
    node.left = *from;
    node.text = "1";
    return node;
  }

  Outcome<Operator> op_of(const std::string& name) const {
    static const TextMap<Operator> operators{{"eq", Operator::eq}, {"ne", Operator::ne}, {"gt", Operator::gt},
                                             {"ge", Operator::ge}, {"lt", Operator::lt}, {"le", Operator::le}};
    const auto found = operators.find(name);
    if (found == operators.end()) return wrong("The operator '" + name + "' is not supported.");
    return found->second;
  }

  Outcome<Node> comparison(const Expr& expr) const {
    auto op = op_of(expr.name);
    if (!op) return std::unexpected(op.error());
    const Expr* left = expr.operands.at(0).get();
    const Expr* right = expr.operands.at(1).get();
    if (dialect_.arithmetic && (Arithmetic::is_one(*left) || Arithmetic::is_one(*right))) {
      return calculation(*op, *left, *right);
    }
    if (left->kind == Expr::Kind::literal && right->kind == Expr::Kind::path) {
      std::swap(left, right);
      op = flipped(*op);
    }
    if (left->kind != Expr::Kind::path) return wrong("A comparison needs a property on one side.");
    auto from = source(left->name);
    if (!from) return std::unexpected(from.error());
    Node node;
    node.op = *op;
    node.left = *from;
    if (right->kind == Expr::Kind::path) {
      auto other = source(right->name);
      if (!other) return std::unexpected(other.error());
      node.kind = Node::Kind::columns;
      node.right = *other;
      return node;
    }
    if (right->kind != Expr::Kind::literal)
      return wrong("A property can be compared with a literal or a property only.");
    return with_literal(std::move(node), *right);
  }

  Outcome<Node> calculation(Operator op, const Expr& left, const Expr& right) const {
    auto a = Arithmetic::compile(table_.schema(), left);
    if (!a) return std::unexpected(a.error());
    auto b = Arithmetic::compile(table_.schema(), right);
    if (!b) return std::unexpected(b.error());
    Node node;
    node.kind = Node::Kind::calculation;
    node.op = op;
    node.left_sum = std::move(*a);
    node.right_sum = std::move(*b);
    return node;
  }

  /// An enumeration's literal bears its type and names a member.
  Outcome<bool> check_member(const Column& column, const Expr& literal) const {
    const Enumeration& enumeration = database_.schema.enumerations[static_cast<std::size_t>(column.enumeration)];
    const std::string type = dialect_.type_namespace + "." + enumeration.name;
    if (literal.name != type) {
      return wrong("A binary operator with incompatible types was detected. Found operand types '" + type + "' and '" +
                   (literal.name.empty() ? "Edm.String" : literal.name) + "'.");
    }
    if (!enumeration.has(literal.value.text())) {
      return wrong("The string '" + literal.value.text() + "' is not a valid enumeration type constant of '" + type +
                   "'.");
    }
    return true;
  }

  Outcome<Node> with_literal(Node node, const Expr& literal) const {
    const Column& target = column(node.left);
    if (literal.value.is_null()) {
      if (node.op != Operator::eq && node.op != Operator::ne) {
        node.kind = Node::Kind::constant;
        return node;
      }
      node.kind = Node::Kind::null;
      return node;
    }
    auto text = cell_text(target, literal.value);
    // A quoted number against a number and the like are refused, as the type check of the services does.
    if (!text) {
      return wrong("A binary operator with incompatible types was detected. The value " + to_string(literal.value) +
                   " cannot be compared with '" + target.wire + "' of type '" + edm_name(target) + "'.");
    }
    if (target.type == Type::enumeration) {
      if (auto member = check_member(target, literal); !member) return std::unexpected(member.error());
    }
    if (target.type == Type::enumeration && node.op != Operator::eq && node.op != Operator::ne) {
      return wrong("Enumerations can be compared with eq and ne only.");
    }
    if (dialect_.wildcards && target.type == Type::string && text->find('*') != std::string::npos &&
        (node.op == Operator::eq || node.op == Operator::ne)) {
      node.kind = Node::Kind::wildcard;
      node.text = lower_text(*text);
      return node;
    }
    node.kind = Node::Kind::literal;
    node.text = std::move(*text);
    return node;
  }

  Outcome<Node> call(const Expr& expr) const {
    static const TextMap<Node::Kind> functions{
        {"contains", Node::Kind::contains}, {"startswith", Node::Kind::starts}, {"endswith", Node::Kind::ends}};
    const auto found = functions.find(expr.name);
    if (found == functions.end()) return wrong("The function '" + expr.name + "' is not supported.");
    if (expr.operands.size() != 2 || expr.operands[0]->kind != Expr::Kind::path ||
        expr.operands[1]->kind != Expr::Kind::literal || expr.operands[1]->value.kind() != Value::Kind::string) {
      return wrong("The function '" + expr.name + "' takes a property and a string.");
    }
    auto from = source(expr.operands[0]->name);
    if (!from) return std::unexpected(from.error());
    if (column(*from).type != Type::string) return wrong("'" + expr.operands[0]->name + "' is not a string.");
    Node node;
    node.kind = found->second;
    node.left = *from;
    node.text = lower_text(expr.operands[1]->value.text());
    return node;
  }

  const Database& database_;
  const Table& table_;
  const FilterDialect& dialect_;
  std::size_t& collections_;
  std::string variable_;
};

}  // namespace

Outcome<Predicate> Predicate::compile(const Database& database, const Table& table, std::string_view text,
                                      const FilterDialect& dialect) {
  auto parsed = odata::parse_filter(text, dialect.collection ? odata::Lambdas::allowed : odata::Lambdas::refused);
  if (!parsed) return refuse(400, dialect.error_code, parsed.error().message(), dialect.exception);
  std::size_t collections = 0;
  auto root = Compiler(database, table, dialect, collections).compile(**parsed);
  if (!root) return std::unexpected(root.error());
  Predicate predicate;
  predicate.database_ = &database;
  predicate.table_ = &table;
  predicate.root_ = std::make_shared<const Node>(std::move(*root));
  return predicate;
}

}  // namespace dualwrite::sandbox
