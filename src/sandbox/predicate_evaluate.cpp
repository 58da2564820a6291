// Whether a row passes a $filter.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "sandbox/cell.hpp"
#include "sandbox/predicate_node.hpp"

namespace dualwrite::sandbox {
namespace {

using Node = Predicate::Node;
using Operator = Node::Operator;

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

/// '*' stands for any text; both sides are lower case.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<std::string_view> fetch(const TableSchema& schema, const Source& source, const Row& row) {
  auto text = cell_of(schema, row, source.column);
  for (const Source::Hop& hop : source.hops) {
    const Hit far = text ? hop.table->find(*text) : Hit{};
    if (!far) return std::nullopt;
    text = cell_of(hop.table->schema(), far.record->row, hop.column);
  }
  return text;
}

bool decides(const Node& node, const Row& member) {
  const bool passes = node.children.empty() || test_node(node.members->schema(), node.children.front(), member);
  return passes == (node.kind == Node::Kind::some_member);
}

bool test_members(const TableSchema& schema, const Node& node, const Row& row) {
  if (node.decided == nullptr) {
    auto found = std::make_shared<Node::Keys>();
    for (const auto& [key, member] : node.members->rows()) {
      const auto to = member.row.get(node.back);
      if (to && !found->contains(*to) && decides(node, member.row)) found->emplace(*to);
    }
    node.decided = std::move(found);
  }
  const auto own = row.get(schema.primary.columns.front());
  return (own && node.decided->contains(*own)) == (node.kind == Node::Kind::some_member);
}

}  // namespace

std::string lower_text(std::string_view text) {
  return ascii_lower(text);
}

const Column& column_of(const TableSchema& schema, const Source& source) {
  if (source.hops.empty()) return schema.column(source.column);
  return source.hops.back().table->schema().column(source.hops.back().column);
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
    case Node::Kind::some_member:
    case Node::Kind::every_member:
      return test_members(schema, node, row);
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
      return holds(node.op, compare_cells(column_of(schema, node.left).type, *left, node.text));
    case Node::Kind::columns: {
      const auto right = fetch(schema, node.right, row);
      if (!left || !right) return (node.op == Operator::eq) == (!left && !right) && node.op <= Operator::ne;
      return holds(node.op, compare_cells(column_of(schema, node.left).type, *left, *right));
    }
    case Node::Kind::wildcard:
      return matches(node.text, lower_text(left.value_or(""))) == (node.op == Operator::eq);
    case Node::Kind::contains:
      return left && lower_text(*left).find(node.text) != std::string::npos;
    case Node::Kind::starts:
      return left && lower_text(*left).starts_with(node.text);
    case Node::Kind::ends:
      return left && lower_text(*left).ends_with(node.text);
    default:
      return false;
  }
}

bool Predicate::test(const Row& row) const {
  return test_node(table_->schema(), *root_, row);
}

}  // namespace dualwrite::sandbox
