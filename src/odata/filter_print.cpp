#include <algorithm>
#include <array>

#include "dualwrite/odata/filter.hpp"
#include "dualwrite/odata/uri.hpp"

namespace dualwrite::odata {
namespace {

// How tightly an expression binds; brackets go around an operand that binds less than its place asks for.
enum class Binding : std::uint8_t { disjunction, conjunction, equality, order, sum, product, unary, primary };

constexpr std::array<std::string_view, 2> sums{"add", "sub"};
constexpr std::array<std::string_view, 4> products{"mul", "div", "divby", "mod"};

Binding binding(const Expr& expr) noexcept {
  switch (expr.kind) {
    case Expr::Kind::logical_or:
      return Binding::disjunction;
    case Expr::Kind::logical_and:
      return Binding::conjunction;
    case Expr::Kind::compare:
      return expr.name == "eq" || expr.name == "ne" ? Binding::equality : Binding::order;
    case Expr::Kind::logical_not:
      return Binding::unary;
    case Expr::Kind::call:
      if (std::ranges::find(sums, expr.name) != sums.end()) return Binding::sum;
      if (std::ranges::find(products, expr.name) != products.end()) return Binding::product;
      return Binding::primary;
    case Expr::Kind::literal:
    case Expr::Kind::path:
    case Expr::Kind::lambda:
      return Binding::primary;
  }
  return Binding::primary;
}

void print(std::string& out, const Expr& expr);

void print_operand(std::string& out, const Expr& operand, bool brackets) {
  if (brackets) out += '(';
  print(out, operand);
  if (brackets) out += ')';
}

// Operands joined by a word. The first may bind as tightly as the operator itself where that one groups to the left.
void print_joined(std::string& out, const Expr& expr, std::string_view word, bool groups_left) {
  const Binding own = binding(expr);
  bool first = true;
  for (const ExprPtr& operand : expr.operands) {
    if (!first) {
      out += ' ';
      out += word;
      out += ' ';
    }
    const Binding theirs = binding(*operand);
    print_operand(out, *operand, theirs < own || (theirs == own && !(first && groups_left)));
    first = false;
  }
}

void print_literal(std::string& out, const Expr& expr) {
  if (expr.is_string_literal || !expr.name.empty()) {
    out += expr.name;
    out += quote(expr.value.text());
  } else if (expr.value.is_null() || expr.value.is_absent()) {
    out += "null";
  } else {
    out += expr.value.text();
  }
}

void print_call(std::string& out, const Expr& expr) {
  out += expr.name;
  out += '(';
  if (expr.kind == Expr::Kind::lambda && !expr.operands.empty()) out += expr.value.text() + ":";
  bool first = true;
  for (const ExprPtr& argument : expr.operands) {
    if (!first) out += ',';
    first = false;
    print(out, *argument);
  }
  out += ')';
}

void print(std::string& out, const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::literal:
      print_literal(out, expr);
      return;
    case Expr::Kind::path:
      out += expr.name;
      return;
    case Expr::Kind::compare:
      print_joined(out, expr, expr.name, true);
      return;
    case Expr::Kind::logical_and:
      print_joined(out, expr, "and", false);
      return;
    case Expr::Kind::logical_or:
      print_joined(out, expr, "or", false);
      return;
    case Expr::Kind::logical_not:
      out += "not ";
      print_operand(out, *expr.operands.front(), binding(*expr.operands.front()) < Binding::unary);
      return;
    case Expr::Kind::lambda:
      print_call(out, expr);
      return;
    case Expr::Kind::call:
      if (binding(expr) == Binding::primary) {
        print_call(out, expr);
      } else {
        print_joined(out, expr, expr.name, true);
      }
      return;
  }
}

}  // namespace

std::string to_string(const Expr& expr) {
  std::string out;
  print(out, expr);
  return out;
}

}  // namespace dualwrite::odata
