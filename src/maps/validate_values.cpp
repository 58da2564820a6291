// Whether what one side holds can be held by the other: types, choices, decimals, lengths.
#include <algorithm>
#include <cctype>
#include <set>

#include "dualwrite/base/text.hpp"
#include "maps/problem_list.hpp"

namespace dualwrite::maps {
namespace {

std::string bare(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '+') out += "plus";
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (plain) out += c;
  }
  return ascii_lower(out);
}

/// Which kinds of property a column of that type can read and write on a side.
bool fits(const Column& column, Side side, Kind kind) {
  const bool dataverse = side == Side::dataverse;
  switch (column.type) {
    case Type::string:
      return kind == Kind::text || kind == Kind::whole || kind == Kind::decimal || kind == Kind::guid ||
             (!dataverse && kind == Kind::choice);
    case Type::integer:
      return kind == Kind::whole || kind == Kind::decimal;
    case Type::decimal:
      return kind == Kind::decimal || kind == Kind::whole;
    case Type::boolean:
      return kind == Kind::boolean || (!dataverse && kind == Kind::choice);
    case Type::date:
    case Type::datetime:
      return kind == Kind::day || kind == Kind::moment;
    case Type::choice:
      return kind == Kind::choice || kind == Kind::boolean || kind == Kind::text || (dataverse && kind == Kind::whole);
  }
  return false;
}

std::string a(Kind kind) {
  return "a " + std::string(to_string(kind));
}

void check_type(const TableMap& map, std::size_t index, Side side, const PropertyFacts& facts, ProblemList& into) {
  const Column& column = map.columns[index];
  if (facts.kind == Kind::other || fits(column, side, facts.kind)) return;
  into.error(code::type_mismatch, side, map.lines.columns[index], "/columns/" + std::to_string(index) + "/type",
             facts.name,
             "is " + a(facts.kind) + " there, and the column's type is " + std::string(to_string(column.type)),
             facts.kind == Kind::choice ? "use \"type\": \"choice\" with \"values\""
                                        : "choose the type in docs/MAPS.md that both sides' values have");
}

void check_pairs(const TableMap& map, std::size_t index, const PropertyFacts& finops, const PropertyFacts& dataverse,
                 ProblemList& into) {
  const Column& column = map.columns[index];
  const std::size_t line = map.lines.columns[index];
  const std::string path = "/columns/" + std::to_string(index) + "/values";
  if (column.by_label) {
    if (pairs_by_name(finops, dataverse).empty()) {
      into.error(code::no_labels, Side::dataverse, line, path, column.name(),
                 "no member of the enumeration bears the name of an option",
                 "write the pairs: \"values\": {\"Member\": 806380000, …}");
    }
    return;
  }
  std::set<std::string> paired;
  for (const ValuePair& pair : column.values) {
    paired.insert(ascii_lower(pair.finops));
    const bool known = std::ranges::any_of(
        finops.options, [&](const Option& option) { return equal_ignoring_case(option.name, pair.finops); });
    if (!pair.finops.empty() && !finops.options.empty() && !known) {
      std::vector<std::string_view> names;
      for (const Option& option : finops.options) names.push_back(option.name);
      const std::string_view near = nearest(pair.finops, names);
      into.error(
          code::unknown_member, Side::finops, line, path, finops.name, "has no member \"" + pair.finops + "\"",
          near.empty() ? "members are element names, not labels" : "did you mean \"" + std::string(near) + "\"?");
    }
    const bool number = pair.dataverse.kind() == Value::Kind::number && dataverse.kind == Kind::choice;
    const bool there = std::ranges::any_of(
        dataverse.options, [&](const Option& option) { return std::to_string(option.value) == pair.dataverse.text(); });
    if (number && !dataverse.options.empty() && !there) {
      into.error(code::unknown_option, Side::dataverse, line, path, dataverse.name,
                 "has no option " + pair.dataverse.text(), "correct the number, or add the option in Dataverse");
    }
  }
  if (!flows_from(column.direction, Side::finops) || column.values.empty()) return;
  std::string missing;
  for (const Option& option : finops.options) {
    if (!paired.contains(ascii_lower(option.name))) missing += (missing.empty() ? "" : ", ") + option.name;
  }
  if (!missing.empty()) {
    into.warning(code::member_without_pair, Side::finops, line, path, finops.name, "no pair for " + missing,
                 "a row with such a value becomes a dead letter; add pairs for what occurs");
  }
}

}  // namespace

std::vector<ValuePair> pairs_by_name(const PropertyFacts& finops, const PropertyFacts& dataverse) {
  std::vector<ValuePair> pairs;
  std::set<std::int64_t> taken;
  for (const Option& member : finops.options) {
    const auto option = std::ranges::find(dataverse.options, bare(member.name),
                                          [](const Option& candidate) { return bare(candidate.name); });
    if (option == dataverse.options.end() || !taken.insert(option->value).second) continue;
    const bool yes_no = dataverse.kind == Kind::boolean;
    pairs.push_back(
        {member.name, yes_no ? Value::boolean(option->value != 0) : Value::number(std::to_string(option->value))});
  }
  unite(pairs);
  return pairs;
}

void validate_values(const TableMap& map, std::size_t index, const PropertyFacts& finops,
                     const PropertyFacts& dataverse, ProblemList& into) {
  const Column& column = map.columns[index];
  const std::size_t line = map.lines.columns[index];
  const std::string path = "/columns/" + std::to_string(index);
  if (column.parts[Side::finops].empty()) check_type(map, index, Side::finops, finops, into);
  if (column.parts[Side::dataverse].empty()) check_type(map, index, Side::dataverse, dataverse, into);
  if (column.type == Type::choice) check_pairs(map, index, finops, dataverse, into);
  const bool to_dataverse = flows_from(column.direction, Side::finops);
  if (column.type == Type::decimal && to_dataverse && dataverse.precision >= 0 && column.scale > dataverse.precision) {
    into.error(code::too_fine, Side::dataverse, line, path + "/scale", dataverse.name,
               "keeps " + std::to_string(dataverse.precision) + " decimals, and the map writes " +
                   std::to_string(column.scale),
               "write \"scale\": " + std::to_string(dataverse.precision) +
                   ", or the value comes back rounded and goes to and fro");
  }
  if (column.type == Type::integer && to_dataverse && finops.kind == Kind::decimal) {
    into.error(code::type_mismatch, Side::finops, line, path + "/type", finops.name,
               "has decimals, and the column's type is integer", "use \"type\": \"decimal\" with a \"scale\"");
  }
  const bool shorter = dataverse.length > 0 && finops.length > dataverse.length;
  if (column.type == Type::string && to_dataverse && shorter && column.transform.empty()) {
    into.warning(code::too_short, Side::dataverse, line, path, dataverse.name,
                 "holds " + std::to_string(dataverse.length) + " characters, and the property in F&O " +
                     std::to_string(finops.length),
                 "a longer text becomes a dead letter; a one-way column may be truncated");
  }
}

}  // namespace dualwrite::maps
