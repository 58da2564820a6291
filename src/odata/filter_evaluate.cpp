#include <algorithm>
#include <array>
#include <cstddef>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/odata/filter.hpp"

namespace dualwrite::odata {
namespace {

using Lookup = std::function<Value(std::string_view path)>;

constexpr int sign(std::strong_ordering order) noexcept {
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

bool is_nothing(const Value& value) noexcept {
  return value.is_null() || value.is_absent();
}

// Digits of the integer part of a canonical number without its sign.
std::size_t integer_digits(std::string_view number) noexcept {
  return std::min(number.find('.'), number.size());
}

// Compares two canonical numbers as text: no digit is lost.
int compare_canonical(std::string_view a, std::string_view b) noexcept {
  const bool a_negative = a.starts_with('-');
  const bool b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  if (a_negative) {
    a.remove_prefix(1);
    b.remove_prefix(1);
    std::swap(a, b);
  }
  // More digits before the point is more; with as many, the texts compare like the numbers ("1" is a prefix of "1.5").
  if (integer_digits(a) != integer_digits(b)) return integer_digits(a) < integer_digits(b) ? -1 : 1;
  return sign(a <=> b);
}

// The digits of a fraction of a second that lie below a millisecond, without trailing zeros.
std::string_view below_millisecond(std::string_view text) noexcept {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return {};
  std::string_view digits = text.substr(point + 1);
  digits = digits.substr(0, std::min(digits.find_first_not_of("0123456789"), digits.size()));
  digits.remove_prefix(std::min<std::size_t>(3, digits.size()));
  while (digits.ends_with('0')) digits.remove_suffix(1);
  return digits;
}

// A date-time, or a date as its midnight.
std::optional<Instant> as_instant(std::string_view text) {
  if (text.size() == 10) return parse_instant(std::string(text) + "T00:00:00Z");
  return parse_instant(text);
}

std::optional<int> compare_times(std::string_view a, std::string_view b) {
  const auto x = as_instant(a);
  if (!x) return std::nullopt;
  const auto y = as_instant(b);
  if (!y) return std::nullopt;
  if (*x != *y) return *x < *y ? -1 : 1;
  return sign(below_millisecond(a) <=> below_millisecond(b));
}

int compare_texts(const std::string& a, const std::string& b) {
  // The first character of a time is a digit: most texts are not tried.
  if (!a.empty() && !b.empty() && a.front() <= '9' && b.front() <= '9') {
    if (const auto order = compare_times(a, b)) return *order;
  }
  return sign(ascii_lower(a) <=> ascii_lower(b));
}

Value truth(bool value) {
  return Value::boolean(value);
}

Value compare(std::string_view op, const Value& a, const Value& b) {
  const std::optional<int> order = compare_values(a, b);
  if (op == "eq") return truth(order == 0);
  if (op == "ne") return truth(order != 0);
  if (!order || is_nothing(a) || is_nothing(b)) return truth(false);
  if (op == "gt") return truth(*order > 0);
  if (op == "ge") return truth(*order >= 0);
  if (op == "lt") return truth(*order < 0);
  return truth(*order <= 0);
}

std::unexpected<Error> not_boolean(const Expr& expr) {
  return fail(Errc::invalid, "evaluating a filter: " + to_string(expr) + " is neither true nor false");
}

class Evaluator {
 public:
  explicit Evaluator(const Lookup& lookup) : lookup_(lookup) {}

  Result<Value> value_of(const Expr& expr) const {
    switch (expr.kind) {
      case Expr::Kind::literal:
        return expr.value;
      case Expr::Kind::path:
        return lookup_(expr.name);
      case Expr::Kind::compare:
        return comparison(expr);
      case Expr::Kind::logical_and:
        return joined(expr, false);
      case Expr::Kind::logical_or:
        return joined(expr, true);
      case Expr::Kind::logical_not:
        return negation(expr);
      case Expr::Kind::call:
        return call(expr);
      case Expr::Kind::lambda:
        return fail(Errc::invalid, "evaluating a filter: " + expr.name + " needs rows of another table");
    }
    return Value::null();
  }

 private:
  // true, false, or null where it is not known.
  Result<Value> condition(const Expr& expr) const {
    auto value = value_of(expr);
    if (value && !is_nothing(*value) && value->kind() != Value::Kind::boolean) return not_boolean(expr);
    return value;
  }

  Result<Value> comparison(const Expr& expr) const {
    auto left = value_of(*expr.operands.at(0));
    if (!left) return left;
    auto right = value_of(*expr.operands.at(1));
    if (!right) return right;
    return compare(expr.name, *left, *right);
  }

  // `and` is decided by a false operand, `or` by a true one; otherwise one that is not known leaves it not known.
  Result<Value> joined(const Expr& expr, bool decisive) const {
    bool known = true;
    for (const ExprPtr& operand : expr.operands) {
      auto value = condition(*operand);
      if (!value) return value;
      if (is_nothing(*value)) {
        known = false;
      } else if (value->is_true() == decisive) {
        return truth(decisive);
      }
    }
    return known ? truth(!decisive) : Value::null();
  }

  Result<Value> negation(const Expr& expr) const {
    auto value = condition(*expr.operands.at(0));
    if (!value || is_nothing(*value)) return value;
    return truth(!value->is_true());
  }

  Result<Value> call(const Expr& expr) const {
    static constexpr std::array<std::string_view, 3> known{"contains", "startswith", "endswith"};
    if (std::ranges::find(known, expr.name) == known.end()) {
      return fail(Errc::invalid, "evaluating a filter: the function " + expr.name + " is not supported",
                  "contains, startswith and endswith are");
    }
    if (expr.operands.size() != 2) {
      return fail(Errc::invalid, "evaluating a filter: " + expr.name + " takes two arguments");
    }
    auto whole = value_of(*expr.operands[0]);
    if (!whole) return whole;
    auto part = value_of(*expr.operands[1]);
    if (!part) return part;
    if (is_nothing(*whole) || is_nothing(*part)) return Value::null();
    const std::string text = ascii_lower(whole->text());
    const std::string wanted = ascii_lower(part->text());
    if (expr.name == "contains") return truth(text.find(wanted) != std::string::npos);
    return truth(expr.name == "startswith" ? text.starts_with(wanted) : text.ends_with(wanted));
  }

  const Lookup& lookup_;
};

}  // namespace

std::optional<int> compare_values(const Value& a, const Value& b) {
  if (is_nothing(a) && is_nothing(b)) return 0;
  if (is_nothing(a) || is_nothing(b)) return std::nullopt;
  const bool both_boolean = a.kind() == Value::Kind::boolean && b.kind() == Value::Kind::boolean;
  if (both_boolean) return static_cast<int>(a.is_true()) - static_cast<int>(b.is_true());
  if (a.kind() == Value::Kind::boolean || b.kind() == Value::Kind::boolean) return std::nullopt;
  if (a.kind() == Value::Kind::string && b.kind() == Value::Kind::string) return compare_texts(a.text(), b.text());
  // A number on one side at least. The other may be a text that is a number: decimals travel so on request.
  const std::string x = canonical_number(a.text());
  const std::string y = canonical_number(b.text());
  if (x.empty() || y.empty()) return std::nullopt;
  return compare_canonical(x, y);
}

Result<bool> evaluate(const Expr& expr, const Lookup& lookup) {
  auto value = Evaluator(lookup).value_of(expr);
  if (!value) return std::unexpected(std::move(value).error());
  if (!is_nothing(*value) && value->kind() != Value::Kind::boolean) return not_boolean(expr);
  return value->is_true();
}

}  // namespace dualwrite::odata
