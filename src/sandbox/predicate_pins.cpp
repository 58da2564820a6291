// The rows that a $filter can be true for, where it names their keys.
#include <algorithm>
#include <iterator>

#include "sandbox/predicate_node.hpp"

namespace dualwrite::sandbox {
namespace {

using Node = Predicate::Node;
using Operator = Node::Operator;

// An OR of more conjunctions than this is not worth the index.
constexpr std::size_t conjunctions_max = 5000;

struct Pin {
  ColumnId column = 0;
  std::string part;
};
using Conjunction = std::vector<Pin>;
using Conjunctions = std::vector<Conjunction>;

/// nav/column eq 'x', where the far table has a key of that column alone, pins the lookup to that row.
std::optional<Pin> far_pin(const Node& node) {
  if (node.left.hops.size() != 1) return std::nullopt;
  const Source::Hop& hop = node.left.hops.front();
  const TableSchema& far = hop.table->schema();
  for (std::size_t i = 0; i < far.keys.size(); ++i) {
    if (far.keys[i].columns != std::vector<ColumnId>{hop.column}) continue;
    const Hit hit = hop.table->find_by(i, key_part(far.column(hop.column), node.text));
    return Pin{node.left.column, hit ? *hit.key : std::string()};  // no such row: no GUID is empty
  }
  return std::nullopt;
}

/// The filter as an OR of pinned columns; a conjunction without pins restricts nothing.
Conjunctions pins_of(const TableSchema& schema, const Node& node) {
  const Conjunctions anything{Conjunction{}};
  if (node.kind == Node::Kind::literal && node.op == Operator::eq) {
    if (node.left.hops.empty()) {
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
