#include "maps/read_transform.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "dualwrite/maps/translate.hpp"
#include "maps/map_keys.hpp"
#include "maps/transform/steps.hpp"
#include "maps/transform/utf.hpp"

namespace dualwrite::maps {
namespace {

constexpr std::size_t steps_max = 20;
constexpr std::int64_t length_max = 1'000'000;
constexpr std::int64_t parts_max = 100;
constexpr std::int64_t decimals_max = 10;

constexpr std::pair<std::string_view, End> ends[] = {{"start", End::start}, {"end", End::end}, {"both", End::both}};
constexpr std::pair<std::string_view, End> one_end[] = {{"start", End::start}, {"end", End::end}};
constexpr std::pair<std::string_view, Rounding> roundings[] = {
    {"half-up", Rounding::half_up}, {"half-even", Rounding::half_even}, {"down", Rounding::down}, {"up", Rounding::up}};

/// Which columns a step is for.
enum class Suits : std::uint8_t { texts, numbers, times, all };

std::size_t size_of(ObjectReader& reader, std::string_view key, std::int64_t min, std::int64_t max) {
  reader.required(key);
  return static_cast<std::size_t>(reader.integer_or(key, min, min, max));
}

/// A number with its exact text.
std::string number(ObjectReader& reader, std::string_view key, bool zero_allowed) {
  const JsonNode* node = reader.required(key);
  if (node == nullptr) return "1";
  std::string text = node->kind == JsonNode::Kind::number ? canonical_number(node->text) : std::string();
  if (text.empty()) reader.wrong(key, "must be a number");
  if (text == "0" && !zero_allowed) {
    reader.wrong(key, "must not be 0");
    text.clear();
  }
  return text.empty() ? "1" : text;
}

/// A value of the column's type, canonical.
Value value_of(ObjectReader& reader, std::string_view key, const Column& column) {
  const JsonNode* node = reader.required(key);
  if (node == nullptr) return Value::null();
  Value given;
  if (node->kind == JsonNode::Kind::boolean) given = Value::boolean(node->text == "true");
  if (node->kind == JsonNode::Kind::number) given = Value::number(node->text);
  if (node->kind == JsonNode::Kind::string) given = Value::string(node->text);
  if (given.is_absent()) {
    reader.wrong(key, "must be a value of the column's type " + std::string(to_string(column.type)));
    return Value::null();
  }
  Column plain;
  plain.finops = column.finops;
  plain.dataverse = column.dataverse;
  plain.type = column.type;
  plain.scale = column.scale;
  auto canonical = to_canonical(plain, Side::dataverse, given);
  if (!canonical || canonical->is_null()) {
    reader.wrong(key, "must be a value of the column's type " + std::string(to_string(column.type)));
    return Value::null();
  }
  return *canonical;
}

Step read_pad(ObjectReader& reader, const Column&) {
  const std::size_t length = size_of(reader, "length", 1, length_max);
  std::string fill = reader.text("with");
  if (!fill.empty() && character_bytes(fill, 0) != fill.size()) reader.wrong("with", "must be one character");
  return pad_step(length, std::move(fill), reader.word_or("side", End::start, one_end));
}

Step read_replace(ObjectReader& reader, const Column&) {
  std::string find = reader.text("find");
  const JsonNode* with = reader.required("with");
  if (with != nullptr && with->kind != JsonNode::Kind::string) reader.wrong("with", "must be a string");
  return replace_step(std::move(find), with == nullptr ? std::string() : with->text);
}

Step read_substring(ObjectReader& reader, const Column&) {
  const std::size_t start = size_of(reader, "start", 0, length_max);
  std::optional<std::size_t> length;
  if (reader.find("length") != nullptr) length = size_of(reader, "length", 1, length_max);
  return substring_step(start, length);
}

Step read_round(ObjectReader& reader, const Column&) {
  const auto scale = static_cast<int>(size_of(reader, "scale", 0, decimals_max));
  return round_step(scale, reader.word_or("mode", Rounding::half_up, roundings));
}

Step read_unit(ObjectReader& reader, const Column&) {
  const std::string from = reader.text("from");
  const std::string to = reader.text("to");
  if (are_units(from, to)) return unit_step(from, to);
  if (!from.empty() && !to.empty()) {
    reader.wrong("to", "\"" + from + "\" and \"" + to + "\" are no two units of one kind",
                 "known are " + either(unit_names()));
  }
  return unit_step("kg", "kg");
}

Step read_time_zone(ObjectReader& reader, const Column&) {
  std::string zones[2];
  constexpr std::string_view keys[] = {"from", "to"};
  for (std::size_t index = 0; index < 2; ++index) {
    zones[index] = reader.text(keys[index]);
    if (!zones[index].empty() && !is_time_zone(zones[index])) {
      reader.wrong(keys[index], "is no time zone",
                   "write its name in the tz database, such as \"Europe/Berlin\" or \"UTC\"");
    }
  }
  return time_zone_step(zones[0], zones[1]);
}

struct Op {
  std::string_view name;
  Suits suits;
  std::span<const std::string_view> keys;
  Step (*read)(ObjectReader& reader, const Column& column);
};

const std::array ops{
    Op{"trim", Suits::texts, keys::trim_step,
       [](ObjectReader& reader, const Column&) { return trim_step(reader.word_or("side", End::both, ends)); }},
    Op{"upper", Suits::texts, keys::plain_step, [](ObjectReader&, const Column&) { return upper_step(); }},
    Op{"lower", Suits::texts, keys::plain_step, [](ObjectReader&, const Column&) { return lower_step(); }},
    Op{"truncate", Suits::texts, keys::truncate_step,
       [](ObjectReader& reader, const Column&) { return truncate_step(size_of(reader, "length", 1, length_max)); }},
    Op{"pad", Suits::texts, keys::pad_step, read_pad},
    Op{"prefix", Suits::texts, keys::text_step,
       [](ObjectReader& reader, const Column&) { return prefix_step(reader.text("text")); }},
    Op{"suffix", Suits::texts, keys::text_step,
       [](ObjectReader& reader, const Column&) { return suffix_step(reader.text("text")); }},
    Op{"split", Suits::texts, keys::split_step,
       [](ObjectReader& reader, const Column&) {
         std::string separator = reader.text("separator");
         return split_step(std::move(separator), size_of(reader, "part", 0, parts_max));
       }},
    Op{"substring", Suits::texts, keys::substring_step, read_substring},
    Op{"replace", Suits::texts, keys::replace_step, read_replace},
    Op{"default", Suits::all, keys::value_step,
       [](ObjectReader& reader, const Column& column) { return default_step(value_of(reader, "value", column)); }},
    Op{"blank", Suits::all, keys::value_step,
       [](ObjectReader& reader, const Column& column) { return blank_step(value_of(reader, "value", column)); }},
    Op{"multiply", Suits::numbers, keys::by_step,
       [](ObjectReader& reader, const Column&) { return multiply_step(number(reader, "by", false)); }},
    Op{"divide", Suits::numbers, keys::by_step,
       [](ObjectReader& reader, const Column&) { return divide_step(number(reader, "by", false)); }},
    Op{"add", Suits::numbers, keys::by_step,
       [](ObjectReader& reader, const Column&) { return add_step(number(reader, "by", true)); }},
    Op{"round", Suits::numbers, keys::round_step, read_round},
    Op{"unit", Suits::numbers, keys::between_step, read_unit},
    Op{"time-zone", Suits::times, keys::between_step, read_time_zone},
};

bool suits(Suits what, Type type) {
  switch (what) {
    case Suits::texts:
      return type == Type::string;
    case Suits::numbers:
      return type == Type::integer || type == Type::decimal;
    case Suits::times:
      return type == Type::datetime;
    case Suits::all:
      return type != Type::choice && type != Type::boolean;
  }
  return false;
}

std::string_view types_for(Suits what) {
  switch (what) {
    case Suits::texts:
      return "string";
    case Suits::numbers:
      return "integer or decimal";
    case Suits::times:
      return "datetime";
    case Suits::all:
      return "string, integer, decimal, date or datetime";
  }
  return "";
}

std::optional<Step> read_step(const JsonNode& node, const std::string& path, const Column& column,
                              MistakeList& mistakes) {
  const JsonNode* name = node.kind == JsonNode::Kind::object ? node.find("op") : nullptr;
  if (name == nullptr || name->kind != JsonNode::Kind::string) {
    mistakes.add(node.line, path, "must be an object with \"op\", such as {\"op\": \"trim\"}");
    return std::nullopt;
  }
  const auto op = std::ranges::find(ops, name->text, &Op::name);
  if (op == ops.end()) {
    std::vector<std::string_view> names;
    for (const Op& known : ops) names.push_back(known.name);
    mistakes.add(name->line, pointer_to(path, "op"), "must be " + either(names));
    return std::nullopt;
  }
  if (!suits(op->suits, column.type)) {
    mistakes.add(name->line, pointer_to(path, "op"),
                 std::string(op->name) + " is for columns of type " + std::string(types_for(op->suits)) + ", not " +
                     std::string(to_string(column.type)));
    return std::nullopt;
  }
  ObjectReader reader(node, path, op->keys, mistakes);
  return op->read(reader, column);
}

}  // namespace

void read_transform(const JsonNode& node, const std::string& path, Column& column, MistakeList& mistakes) {
  if (node.kind != JsonNode::Kind::array || node.children.empty() || node.children.size() > steps_max) {
    mistakes.add(node.line, path, "must be a list of at most " + std::to_string(steps_max) + " steps",
                 "such as [{\"op\": \"trim\"}]");
    return;
  }
  for (std::size_t index = 0; index < node.children.size(); ++index) {
    auto step = read_step(node.children[index], pointer_to(path, std::to_string(index)), column, mistakes);
    if (!step) continue;
    if (column.direction == Direction::both && !step->invert) {
      mistakes.add(node.children[index].line, pointer_to(path, std::to_string(index)),
                   step->op + " has no way back, and the column flows both ways",
                   "give the column a direction, or leave the step out");
    }
    column.transform.push_back(std::move(*step));
  }
}

}  // namespace dualwrite::maps
