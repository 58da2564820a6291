#include <algorithm>
#include <array>

#include "maps/transform/exact.hpp"
#include "maps/transform/steps.hpp"

namespace dualwrite::maps {
namespace {

constexpr int scale_max = 10;  // Dataverse keeps no more decimals

using NumberFunction = std::function<std::string(const std::string&)>;

std::function<Result<Value>(const Value&)> on_number(std::string op, NumberFunction function) {
  return [op = std::move(op), function = std::move(function)](const Value& value) -> Result<Value> {
    if (value.is_null() || value.is_absent()) return value;
    if (value.kind() != Value::Kind::number) return fail(Errc::invalid, op + ": " + to_string(value) + " is no number");
    std::string made = function(value.text());
    if (made.empty()) return fail(Errc::invalid, op + ": " + to_string(value) + " becomes a number that is too long");
    return Value::number(std::move(made));
  };
}

Step step(const std::string& op, NumberFunction apply, NumberFunction invert) {
  Step made;
  made.op = op;
  made.apply = on_number(op, std::move(apply));
  if (invert) made.invert = on_number(op, std::move(invert));
  return made;
}

/// value * factor / divisor + offset is the kind's base unit. All exact by definition (SI, and the international yard
/// and pound agreement of 1959).
struct Unit {
  std::string_view name;
  std::string_view kind;
  std::string_view factor;
  std::string_view divisor = "1";
  std::string_view offset = "0";
};

constexpr std::array units{
    Unit{"kg", "mass", "1"},
    Unit{"g", "mass", "0.001"},
    Unit{"mg", "mass", "0.000001"},
    Unit{"t", "mass", "1000"},
    Unit{"lb", "mass", "0.45359237"},
    Unit{"oz", "mass", "0.028349523125"},
    Unit{"m", "length", "1"},
    Unit{"km", "length", "1000"},
    Unit{"cm", "length", "0.01"},
    Unit{"mm", "length", "0.001"},
    Unit{"in", "length", "0.0254"},
    Unit{"ft", "length", "0.3048"},
    Unit{"yd", "length", "0.9144"},
    Unit{"mi", "length", "1609.344"},
    Unit{"m2", "area", "1"},
    Unit{"cm2", "area", "0.0001"},
    Unit{"ha", "area", "10000"},
    Unit{"ft2", "area", "0.09290304"},
    Unit{"ac", "area", "4046.8564224"},
    Unit{"m3", "volume", "1"},
    Unit{"l", "volume", "0.001"},
    Unit{"ml", "volume", "0.000001"},
    Unit{"ft3", "volume", "0.028316846592"},
    Unit{"gal-us", "volume", "0.003785411784"},
    Unit{"gal-uk", "volume", "0.00454609"},
    Unit{"fl-oz-us", "volume", "0.0000295735295625"},
    Unit{"s", "time", "1"},
    Unit{"min", "time", "60"},
    Unit{"h", "time", "3600"},
    Unit{"d", "time", "86400"},
    Unit{"K", "temperature", "1"},
    Unit{"C", "temperature", "1", "1", "273.15"},
    Unit{"F", "temperature", "5", "9", "255.372222222222222222"},
};

const Unit* find_unit(std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

std::string convert(const std::string& value, const Unit& from, const Unit& to) {
  const std::string top = exact::multiply(exact::multiply(value, from.factor), to.divisor);
  const std::string bottom = exact::multiply(from.divisor, to.factor);
  const std::string shift =
      exact::divide(exact::multiply(exact::subtract(from.offset, to.offset), to.divisor), to.factor, 2 * scale_max);
  return exact::round(exact::add(exact::divide(top, bottom, 2 * scale_max), shift), scale_max, exact::Mode::half_away);
}

}  // namespace

Step multiply_step(std::string by) {
  return step(
      "multiply", [by](const std::string& value) { return exact::multiply(value, by); },
      [by](const std::string& value) { return exact::divide(value, by, scale_max); });
}

Step divide_step(std::string by) {
  Step made = multiply_step(std::move(by));
  made.op = "divide";
  std::swap(made.apply, made.invert);
  return made;
}

Step add_step(std::string by) {
  return step(
      "add", [by](const std::string& value) { return exact::add(value, by); },
      [by](const std::string& value) { return exact::subtract(value, by); });
}

Step round_step(int scale, Rounding rounding) {
  constexpr std::array modes{exact::Mode::half_away, exact::Mode::half_even, exact::Mode::toward_zero,
                             exact::Mode::away_from_zero};
  const exact::Mode mode = modes[static_cast<std::size_t>(rounding)];
  return step("round", [scale, mode](const std::string& value) { return exact::round(value, scale, mode); }, {});
}

bool are_units(std::string_view from, std::string_view to) {
  const Unit* first = find_unit(from);
  const Unit* second = find_unit(to);
  return first != nullptr && second != nullptr && first->kind == second->kind;
}

Step unit_step(std::string_view from, std::string_view to) {
  const Unit& first = *find_unit(from);
  const Unit& second = *find_unit(to);
  return step(
      "unit", [&first, &second](const std::string& value) { return convert(value, first, second); },
      [&first, &second](const std::string& value) { return convert(value, second, first); });
}

std::vector<std::string_view> unit_names() {
  std::vector<std::string_view> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  return names;
}

}  // namespace dualwrite::maps
