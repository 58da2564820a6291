#include "sandbox/predicate.hpp"

#include <algorithm>

#include "sandbox/arithmetic.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/wildcard.hpp"

namespace dualwrite::sandbox {

struct Source {
  ColumnId column = 0;
  const Table* far = nullptr;  ///< the last lookup's table, for a path navigation/column
  ColumnId far_column = 0;
  /// Of a longer path: the tables on the way to the last one, each with its lookup that leads on.
  std::vector<std::pair<const Table*, ColumnId>> way;
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
    calculation
  };
  enum class Operator : std::uint8_t { eq, ne, gt, ge, lt, le };
  Kind kind = Kind::constant;
  Operator op = Operator::eq;
  Source left;
  Source right;
  std::string text;  ///< literal in stored form
  bool value = false;
  std::optional<Arithmetic> left_sum;
  std::optional<Arithmetic> right_sum;
  std::vector<Node> children;
};

namespace {

using Node = Predicate::Node;
using Operator = Node::Operator;
using odata::Expr;

// An OR of more conjunctions than this is not worth the index.
constexpr std::size_t conjunctions_max = 5000;

bool holds(Operator op, std::strong_ordering order) {
  switch (op) {
    case Operator::eq:
      return order == 0;
    case Operator::ne:
      return order != 0;
    case Operator::gt:
      return order > 0;
    case Operator::ge:
      return order >= 0;
    case Operator::lt:
      return order < 0;
    case Operator::le:
      return order <= 0;
  }
  return false;
}

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

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

class Compiler {
 public:
  Compiler(const Database& database, const Table& table, const FilterDialect& dialect)
      : database_(database), table_(table), dialect_(dialect) {}

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

  Outcome<Source> source(std::string_view path) const {
    Source source;
    const Table* table = &table_;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
      const TableSchema& schema = table->schema();
      const auto navigation = schema.by_navigation.find(path.substr(0, slash));
      if (navigation == schema.by_navigation.end()) return unknown(path.substr(0, slash), schema);
      if (source.far == nullptr) {
        source.column = navigation->second.column;
      } else {
        source.way.emplace_back(table, navigation->second.column);
      }
      source.far = table = &database_.table(navigation->second.target);
      path.remove_prefix(slash + 1);
    }
    const auto column = table->schema().find_wire(path);
    if (!column || table->schema().column(*column).write_only) return unknown(path, table->schema());
    if (source.far == nullptr) return Source{*column, nullptr, 0, {}};
    const bool is_lookup_itself = source.way.empty() && *column == table->schema().primary.columns.front();
    if (is_lookup_itself) return Source{source.column, nullptr, 0, {}};
    source.far_column = *column;
    return source;
  }

  const Column& column_of(const Source& source) const {
    return source.far != nullptr ? source.far->schema().column(source.far_column)
                                 : table_.schema().column(source.column);
  }

  Outcome<Node> truth(const Expr& expr) const {
    auto from = source(expr.name);
    if (!from) return std::unexpected(from.error());
    if (column_of(*from).type != Type::boolean) return wrong("'" + expr.name + "' is not a condition.");
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
    const Column& column = column_of(node.left);
    if (literal.value.is_null()) {
      if (node.op != Operator::eq && node.op != Operator::ne) {
        node.kind = Node::Kind::constant;
        return node;
      }
      node.kind = Node::Kind::null;
      return node;
    }
    auto text = cell_text(column, literal.value);
    // A quoted number against a number and the like are refused, as the type check of the services does.
    if (!text) {
      return wrong("A binary operator with incompatible types was detected. The value " + to_string(literal.value) +
                   " cannot be compared with '" + column.wire + "' of type '" + edm_name(column) + "'.");
    }
    if (column.type == Type::enumeration) {
      if (auto member = check_member(column, literal); !member) return std::unexpected(member.error());
    }
    if (column.type == Type::enumeration && node.op != Operator::eq && node.op != Operator::ne) {
      return wrong("Enumerations can be compared with eq and ne only.");
    }
    if (dialect_.wildcards && column.type == Type::string && text->find('*') != std::string::npos &&
        (node.op == Operator::eq || node.op == Operator::ne)) {
      node.kind = Node::Kind::wildcard;
      node.text = lower(*text);
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
    if (column_of(*from).type != Type::string) return wrong("'" + expr.operands[0]->name + "' is not a string.");
    Node node;
    node.kind = found->second;
    node.left = *from;
    node.text = lower(expr.operands[1]->value.text());
    return node;
  }

  const Database& database_;
  const Table& table_;
  const FilterDialect& dialect_;
};

std::optional<std::string_view> fetch(const TableSchema& schema, const Source& source, const Row& row) {
  if (source.far == nullptr) return cell_of(schema, row, source.column);
  auto id = row.get(source.column);
  for (const auto& [table, column] : source.way) {
    const Hit between = id ? table->find(*id) : Hit{};
    if (!between) return std::nullopt;
    id = between.record->row.get(column);
  }
  if (!id) return std::nullopt;
  const Hit far = source.far->find(*id);
  if (!far) return std::nullopt;
  return cell_of(source.far->schema(), far.record->row, source.far_column);
}

Type type_of(const TableSchema& schema, const Source& source) {
  return source.far != nullptr ? source.far->schema().column(source.far_column).type
                               : schema.column(source.column).type;
}

bool test_node(const TableSchema& schema, const Node& node, const Row& row) {
  const auto passes = [&](const Node& child) { return test_node(schema, child, row); };
  switch (node.kind) {
    case Node::Kind::all:
      return std::ranges::all_of(node.children, passes);
    case Node::Kind::any:
      return std::ranges::any_of(node.children, passes);
    case Node::Kind::negation:
      return !passes(node.children.front());
    case Node::Kind::constant:
      return node.value;
    case Node::Kind::calculation: {
      const auto order = node.left_sum->compare(row, *node.right_sum);
      return order && holds(node.op, *order);
    }
    default:
      break;
  }
  const auto left = fetch(schema, node.left, row);
  switch (node.kind) {
    case Node::Kind::null:
      return left.has_value() == (node.op == Operator::ne);
    case Node::Kind::literal:
      if (!left) return node.op == Operator::ne;
      return holds(node.op, compare_cells(type_of(schema, node.left), *left, node.text));
    case Node::Kind::columns: {
      const auto right = fetch(schema, node.right, row);
      if (!left || !right) return (node.op == Operator::eq) == (!left && !right) && node.op <= Operator::ne;
      return holds(node.op, compare_cells(type_of(schema, node.left), *left, *right));
    }
    case Node::Kind::wildcard:
      return matches(node.text, lower(left.value_or(""))) == (node.op == Operator::eq);
    case Node::Kind::contains:
      return left && lower(*left).find(node.text) != std::string::npos;
    case Node::Kind::starts:
      return left && lower(*left).starts_with(node.text);
    case Node::Kind::ends:
      return left && lower(*left).ends_with(node.text);
    default:
      return false;
  }
}

struct Pin {
  ColumnId column = 0;
  std::string part;
};
using Conjunction = std::vector<Pin>;
using Conjunctions = std::vector<Conjunction>;

/// nav/column eq 'x', where the far table has a key of that column alone, pins the lookup to that row.
std::optional<Pin> far_pin(const Node& node) {
  const TableSchema& far = node.left.far->schema();
  if (!node.left.way.empty()) return std::nullopt;
  for (std::size_t i = 0; i < far.keys.size(); ++i) {
    if (far.keys[i].columns != std::vector<ColumnId>{node.left.far_column}) continue;
    const Hit hit = node.left.far->find_by(i, key_part(far.column(node.left.far_column), node.text));
    return Pin{node.left.column, hit ? *hit.key : std::string()};  // no such row: no GUID is empty
  }
  return std::nullopt;
}

/// The filter as an OR of pinned columns; a conjunction without pins restricts nothing.
Conjunctions pins_of(const TableSchema& schema, const Node& node) {
  const Conjunctions anything{Conjunction{}};
  if (node.kind == Node::Kind::literal && node.op == Operator::eq) {
    if (node.left.far == nullptr) {
      const Column& column = schema.column(node.left.column);
      // An empty value is not in the row and not in its keys.
      const bool is_empty = column.empty == node.text;
      return {Conjunction{Pin{node.left.column, is_empty ? std::string() : key_part(column, node.text)}}};
    }
    const auto pin = far_pin(node);
    return pin ? Conjunctions{Conjunction{*pin}} : anything;
  }
  if (node.kind == Node::Kind::any) {
    Conjunctions result;
    for (const Node& child : node.children) {
      std::ranges::move(pins_of(schema, child), std::back_inserter(result));
      if (result.size() > conjunctions_max) return anything;
    }
    return result;
  }
  if (node.kind == Node::Kind::all) {
    Conjunctions result = anything;
    for (const Node& child : node.children) {
      const Conjunctions more = pins_of(schema, child);
      if (result.size() * more.size() > conjunctions_max) continue;
      Conjunctions product;
      for (const Conjunction& a : result) {
        for (const Conjunction& b : more) {
          product.push_back(a);
          std::ranges::copy(b, std::back_inserter(product.back()));
        }
      }
      result = std::move(product);
    }
    return result;
  }
  return anything;
}

std::optional<std::string> pinned_key(const Conjunction& pins, const Key& key) {
  std::vector<std::string> parts;
  for (const ColumnId column : key.columns) {
    const auto pin = std::ranges::find(pins, column, &Pin::column);
    if (pin == pins.end()) return std::nullopt;
    parts.push_back(pin->part);
  }
  return join_key(parts);
}

}  // namespace

Outcome<Predicate> Predicate::compile(const Database& database, const Table& table, std::string_view text,
                                      const FilterDialect& dialect) {
  auto parsed = odata::parse_filter(text);
  if (!parsed) return refuse(400, dialect.error_code, parsed.error().message(), dialect.exception);
  auto root = Compiler(database, table, dialect).compile(**parsed);
  if (!root) return std::unexpected(root.error());
  Predicate predicate;
  predicate.database_ = &database;
  predicate.table_ = &table;
  predicate.root_ = std::make_shared<const Node>(std::move(*root));
  return predicate;
}

bool Predicate::test(const Row& row) const {
  return test_node(table_->schema(), *root_, row);
}

std::optional<std::vector<Hit>> Predicate::candidates() const {
  const TableSchema& schema = table_->schema();
  std::vector<Hit> hits;
  for (const Conjunction& pins : pins_of(schema, *root_)) {
    if (pins.empty()) return std::nullopt;
    if (const auto primary = pinned_key(pins, schema.primary)) {
      if (const Hit hit = table_->find(*primary)) hits.push_back(hit);
      continue;
    }
    bool is_pinned = false;
    for (std::size_t i = 0; i < schema.keys.size() && !is_pinned; ++i) {
      const auto alternate = pinned_key(pins, schema.keys[i]);
      if (!alternate) continue;
      is_pinned = true;
      if (const Hit hit = table_->find_by(i, *alternate)) hits.push_back(hit);
    }
    if (!is_pinned) return std::nullopt;
  }
  std::ranges::sort(hits, {}, [](const Hit& hit) -> const std::string& { return *hit.key; });
  const auto twice = std::ranges::unique(hits, {}, &Hit::record);
  hits.erase(twice.begin(), twice.end());
  return hits;
}

}  // namespace dualwrite::sandbox
