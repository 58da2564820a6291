// The canonical form of each type pair. F&O has no null for plain columns: blank, 0, "No" and 1900-01-01 stand for it.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/maps/translate.hpp"

namespace dualwrite::maps {
namespace {

std::unexpected<Error> unfit(const Column& column, Side side, const Value& wire, const std::string& expected) {
  return fail(Errc::invalid,
              "column " + column.name() + ": the " + std::string(to_string(side)) + " value " + to_string(wire) +
                  " is not " + expected,
              "correct the value there, or the column's type in the map");
}

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Result<Value> canonical_string(const Column& column, Side side, const Value& wire) {
  if (wire.is_null()) return Value::null();
  if (wire.kind() == Value::Kind::boolean) return unfit(column, side, wire, "a text");
  const std::string_view text = trim_end(wire.text());
  if (text.empty()) return Value::null();
  return Value::string(std::string(text));
}

Result<Value> canonical_amount(const Column& column, Side side, const Value& wire) {
  if (wire.is_null()) return Value::number("0");
  const bool text = wire.kind() == Value::Kind::string || wire.kind() == Value::Kind::number;
  std::string number = text ? canonical_number(wire.text()) : std::string();
  if (number.empty()) return unfit(column, side, wire, "a number");
  if (column.type == Type::integer) {
    if (number.find('.') != std::string::npos) return unfit(column, side, wire, "a whole number");
    return Value::number(std::move(number));
  }
  return Value::number(round_number(number, column.scale));
}

Result<Value> canonical_boolean(const Column& column, Side side, const Value& wire) {
  if (wire.is_null()) return Value::boolean(false);
  if (wire.kind() == Value::Kind::boolean) return wire;
  if (wire.kind() == Value::Kind::string && equal_ignoring_case(wire.text(), "yes")) return Value::boolean(true);
  if (wire.kind() == Value::Kind::string && (wire.text().empty() || equal_ignoring_case(wire.text(), "no"))) {
    return Value::boolean(false);
  }
  return unfit(column, side, wire, "true, false, Yes or No");
}

/// A date by itself, or the date part of a date-time: F&O holds a date as noon UTC, Dataverse as midnight or as a date.
Result<Value> canonical_date(const Column& column, Side side, const Value& wire) {
  if (wire.is_null() || (wire.kind() == Value::Kind::string && wire.text().empty())) return Value::null();
  const std::string& text = wire.text();
  const std::string full = text.size() == 10 ? text + "T00:00:00Z" : text;
  if (wire.kind() != Value::Kind::string || !parse_instant(full)) return unfit(column, side, wire, "a date");
  const std::string date = text.substr(0, 10);
  if (date == "1900-01-01") return Value::null();
  return Value::string(date);
}

Result<Value> canonical_datetime(const Column& column, Side side, const Value& wire) {
  if (wire.is_null() || (wire.kind() == Value::Kind::string && wire.text().empty())) return Value::null();
  const auto at = wire.kind() == Value::Kind::string ? parse_instant(wire.text()) : std::nullopt;
  if (!at) return unfit(column, side, wire, "a date-time");
  const Instant seconds = std::chrono::floor<std::chrono::seconds>(*at);  // neither side keeps fractions
  const std::string text = format_instant(seconds);
  if (text == "1900-01-01T00:00:00Z") return Value::null();
  return Value::string(text);
}

Result<Value> canonical_choice(const Column& column, Side side, const Value& wire) {
  if (wire.is_null()) return Value::null();
  if (side == Side::finops) {
    if (wire.kind() == Value::Kind::string && wire.text().empty()) return Value::null();
    const auto found = std::ranges::find_if(
        column.values, [&](const ValuePair& pair) { return equal_ignoring_case(pair.finops, wire.text()); });
    if (found != column.values.end()) return Value::string(found->finops);
  } else {
    const auto found =
        std::ranges::find_if(column.values, [&](const ValuePair& pair) { return pair.dataverse == wire; });
    if (found != column.values.end()) return Value::string(found->finops);
  }
  return unfit(column, side, wire, "among the column's `values` in the map");
}

/// F&O's own range: what lies outside could come to rest there as another date, and come back as a change.
bool is_finops_day(std::string_view text) {
  const std::string_view day = text.substr(0, 10);
  return day >= "1900-01-01" && day <= "2154-12-31";
}

/// What F&O writes for "nothing" in a column of that type.
Value finops_blank(Type type) {
  switch (type) {
    case Type::date:
      return Value::string("1900-01-01T12:00:00Z");
    case Type::datetime:
      return Value::string("1900-01-01T00:00:00Z");
    case Type::choice:
      return Value::null();  // an enumeration has no blank member to name
    default:
      return Value::string("");
  }
}

}  // namespace

std::string_view to_string(Type type) noexcept {
  switch (type) {
    case Type::string:
      return "string";
    case Type::integer:
      return "integer";
    case Type::decimal:
      return "decimal";
    case Type::boolean:
      return "boolean";
    case Type::date:
      return "date";
    case Type::datetime:
      return "datetime";
    case Type::choice:
      return "choice";
  }
  return "string";
}

Result<Value> to_canonical(const Column& column, Side side, const Value& wire) {
  switch (column.type) {
    case Type::string:
      return canonical_string(column, side, wire);
    case Type::integer:
    case Type::decimal:
      return canonical_amount(column, side, wire);
    case Type::boolean:
      return canonical_boolean(column, side, wire);
    case Type::date:
      return canonical_date(column, side, wire);
    case Type::datetime:
      return canonical_datetime(column, side, wire);
    case Type::choice:
      return canonical_choice(column, side, wire);
  }
  return wire;
}

Result<Value> to_wire(const Column& column, Side side, const Value& canonical) {
  if (canonical.is_null()) return side == Side::finops ? finops_blank(column.type) : Value::null();
  const bool is_time = column.type == Type::date || column.type == Type::datetime;
  if (side == Side::finops && is_time && !is_finops_day(canonical.text())) {
    return fail(Errc::invalid,
                "column " + column.name() + ": " + to_string(canonical) +
                    " is no date that F&O can hold: its dates go from 1900-01-01 to 2154-12-31",
                "correct the value in Dataverse, or make the column \"direction\": \"to-dataverse\" in the map");
  }
  if (column.type == Type::choice) {
    const auto found = std::ranges::find(column.values, canonical.text(), &ValuePair::finops);
    if (found == column.values.end()) return unfit(column, side, canonical, "among the column's `values` in the map");
    return side == Side::finops ? Value::string(found->finops) : found->dataverse;
  }
  if (side == Side::finops && column.type == Type::boolean) return Value::string(canonical.is_true() ? "Yes" : "No");
  if (side == Side::finops && column.type == Type::date) return Value::string(canonical.text() + "T12:00:00Z");
  if (column.type == Type::date && column.midnight) return Value::string(canonical.text() + "T00:00:00Z");
  return canonical;
}

}  // namespace dualwrite::maps
