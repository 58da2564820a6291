#include "dualwrite/maps/invertibility.hpp"

#include <map>

#include "dualwrite/maps/translate.hpp"
#include "maps/problem_list.hpp"

namespace dualwrite::maps {
namespace {

/// Values at the edges of what a type holds, in canonical form.
std::vector<Value> samples_of(const Column& column) {
  std::vector<Value> samples;
  const auto add = [&](std::initializer_list<const char*> texts, bool numbers) {
    for (const char* text : texts) samples.push_back(numbers ? Value::number(text) : Value::string(text));
  };
  switch (column.type) {
    case Type::string:
      add({"a", "A", "0", "007", " a", "a b", "a b c", "a-b", "0a0", "Äß", "😀", "مرحبا", "100%", "O'Neil \"x\"",
           "a long text that is longer than most columns let it be, and goes on for some more words than that"},
          false);
      samples.push_back(Value::null());
      break;
    case Type::integer:
      add({"0", "1", "-1", "7", "1000", "-1000", "2147483647"}, true);
      break;
    case Type::decimal:
      // Only what the column's scale keeps: the rest is rounded before any step.
      if (column.scale >= 3) add({"0.001"}, true);
      if (column.scale >= 2) add({"0.01", "12345678.91"}, true);
      add({"0", "1", "-1", "7", "1000", "123456789"}, true);
      break;
    case Type::date:
      add({"1900-01-02", "2026-03-29", "2154-12-31"}, false);
      samples.push_back(Value::null());
      break;
    case Type::datetime:
      add({"2026-01-01T00:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z",
           "2026-10-25T01:30:00Z", "2026-12-31T23:59:59Z"},
          false);
      samples.push_back(Value::null());
      break;
    case Type::boolean:
    case Type::choice:
      break;  // one to one, or by the rule of those that stand for each other
  }
  return samples;
}

}  // namespace

std::vector<Problem> check_domain(const TableMap& map) {
  ProblemList problems(map);
  for (std::size_t index = 0; index < map.columns.size(); ++index) {
    const Column& column = map.columns[index];
    if (column.direction != Direction::both || column.transform.empty()) continue;
    for (const Value& sample : samples_of(column)) {
      const auto wire = to_wire(column, Side::dataverse, sample);
      if (wire) continue;
      problems.warning(code::lossy, Side::dataverse, map.lines.columns[index],
                       "/columns/" + std::to_string(index) + "/transform", column.name(), wire.error().message(),
                       "such a value becomes a dead letter; a direction lets it pass");
      break;
    }
  }
  return std::move(problems).take();
}

std::vector<Problem> check_rows(const TableMap& map, Side side, std::span<const odata::Entity> rows) {
  std::map<std::size_t, std::pair<std::size_t, std::string>> found;  // by column: how many, and the first
  for (const odata::Entity& row : rows) {
    for (std::size_t index = 0; index < map.columns.size(); ++index) {
      const Column& column = map.columns[index];
      if (!flows_from(column.direction, side)) continue;
      const Value* value = column.parts[side].empty() ? row.find(column.fields(side).front()) : nullptr;
      if (value == nullptr) continue;
      std::string why;
      const auto canonical = to_canonical(column, side, *value);
      if (!canonical) {
        why = canonical.error().message();
      } else if (const auto wire = to_wire(column, other(side), *canonical); !wire) {
        why = wire.error().message();
      }
      if (why.empty()) continue;
      auto& [count, example] = found[index];
      if (count++ == 0) example = why;
    }
  }
  ProblemList problems(map);
  for (const auto& [index, what] : found) {
    problems.warning(code::lossy, side, map.lines.columns[index], "/columns/" + std::to_string(index),
                     map.columns[index].name(),
                     std::to_string(what.first) + " of " + std::to_string(rows.size()) +
                         " rows hold what cannot be carried over: " + what.second,
                     "correct the rows, or widen the column's type, values or transform");
  }
  return std::move(problems).take();
}

}  // namespace dualwrite::maps
