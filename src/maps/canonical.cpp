// The canonical form of each type pair. F&O has no null for plain columns: blank, 0, "No" and 1900-01-01 stand for it.
#include <algorithm>

#include "dualwrite/base/text.hpp"
#include "dualwrite/base/time.hpp"
#include "dualwrite/maps/transform.hpp"
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

bool is_blank(const Value& wire) {
  return wire.is_null() || (wire.kind() == Value::Kind::string && wire.text().empty());
}

bool stands_for(const ValuePair& pair, Side side, const Value& wire) {
  if (side == Side::dataverse) return is_blank(wire) ? is_blank(pair.dataverse) : pair.dataverse == wire;
  return equal_ignoring_case(pair.finops, wire.is_null() ? std::string() : wire.text());
}

Result<Value> canonical_choice(const Column& column, Side side, const Value& wire) {
  const auto found =
      std::ranges::find_if(column.values, [&](const ValuePair& pair) { return stands_for(pair, side, wire); });
  if (found != column.values.end()) {
    const std::string& member = column.values[found->stands_in].finops;
    return member.empty() ? Value::null() : Value::string(member);
  }
  if (is_blank(wire)) return Value::null();
  return unfit(column, side, wire, "among the column's `values` in the map");
}

/// Null stands for the pair whose F&O text is blank, where there is one.
Result<Value> choice_to_wire(const Column& column, Side side, const Value& canonical) {
  const std::string& member = canonical.text();
  const auto found = std::ranges::find_if(column.values, [&](const ValuePair& pair) {
    return equal_ignoring_case(pair.finops, member);  // keys come in lower case
  });
  if (found == column.values.end()) {
    if (canonical.is_null()) return Value::null();  // an enumeration has no blank member to name
    return unfit(column, side, canonical, "among the column's `values` in the map");
  }
  const ValuePair& pair = column.values[found->stands_in];
  return side == Side::finops ? Value::string(pair.finops) : pair.dataverse;
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
    default:
      return Value::string("");
  }
}

/// The wire value in the column's type, before any transform.
Result<Value> typed(const Column& column, Side side, const Value& wire) {
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

/// What a transform made, in the column's type again.
Result<Value> retyped(const Column& column, Value value) {
  if (value.kind() != Value::Kind::number) return value;
  if (column.type == Type::decimal) return Value::number(round_number(value.text(), column.scale));
  if (column.type == Type::integer && value.text().find('.') != std::string::npos) {
    return fail(Errc::invalid,
                to_string(value) + " is no whole number: add the step \"round\" to the column in the map");
  }
  return value;
}

std::unexpected<Error> untransformed(const Column& column, Side side, const Value& value, const Error& why) {
  return fail(Errc::invalid,
              "column " + column.name() + ": the " + std::string(to_string(side)) + " value " + to_string(value) +
                  " cannot be transformed: " + why.message(),
              "correct the value there, or the column's \"transform\" in the map");
}

/// The side whose form is not the canonical one.
Side transformed_side(const Column& column) {
  return column.direction == Direction::to_dataverse ? Side::finops : Side::dataverse;
}

Result<Value> changed(const Column& column, Side side, bool forward, const Value& value) {
  auto made = forward ? apply(column.transform, value) : invert(column.transform, value);
  if (made) made = retyped(column, std::move(*made));
  if (!made) return untransformed(column, side, value, made.error());
  return made;
}

/// The canonical value as Dataverse has it, in a column that flows both ways. What would not come back is refused:
/// written, it would look like an edit made there.
Result<Value> sent_both_ways(const Column& column, const Value& canonical) {
  auto there = changed(column, Side::finops, true, canonical);
  if (!there) return there;
  const auto back = changed(column, Side::dataverse, false, *there);
  if (back && *back == canonical) return there;
  return fail(Errc::invalid,
              "column " + column.name() + ": the finops value " + to_string(canonical) + " becomes " +
                  to_string(*there) + " in Dataverse, which would come back as " +
                  (back ? to_string(*back) : std::string("an error")),
              "change the value, or give the column a direction in the map");
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
  auto value = typed(column, side, wire);
  if (!value || column.transform.empty() || side != transformed_side(column)) return value;
  return changed(column, side, column.direction != Direction::both, *value);
}

Result<Value> to_wire(const Column& column, Side side, const Value& given) {
  Value canonical = given;
  const bool one_way = column.direction != Direction::both;
  if (!column.transform.empty() && side == Side::dataverse && !one_way) {
    auto there = sent_both_ways(column, given);
    if (!there) return there;
    canonical = std::move(*there);
  }
  if (column.type == Type::choice) return choice_to_wire(column, side, canonical);
  if (canonical.is_null()) return side == Side::finops ? finops_blank(column.type) : Value::null();
  const bool is_time = column.type == Type::date || column.type == Type::datetime;
  if (side == Side::finops && is_time && !is_finops_day(canonical.text())) {
    return fail(Errc::invalid,
                "column " + column.name() + ": " + to_string(canonical) +
                    " is no date that F&O can hold: its dates go from 1900-01-01 to 2154-12-31",
                "correct the value in Dataverse, or make the column \"direction\": \"to-dataverse\" in the map");
  }
  if (side == Side::finops && column.type == Type::boolean) return Value::string(canonical.is_true() ? "Yes" : "No");
  if (side == Side::finops && column.type == Type::date) return Value::string(canonical.text() + "T12:00:00Z");
  if (column.type == Type::date && column.midnight) return Value::string(canonical.text() + "T00:00:00Z");
  return canonical;
}

}  // namespace dualwrite::maps
