#include "maps/parts.hpp"

namespace dualwrite::maps {
namespace {

bool is_blank(const Value& value) {
  return value.is_null() || value.text().find_first_not_of(' ') == std::string::npos;
}

std::string without_blanks_at_end(const Value& value) {
  std::string text = value.text();
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

Result<Value> join_parts(const Column& column, Side side, const odata::Entity& row) {
  std::vector<std::string> texts;
  std::string whole;
  for (const std::string& name : column.parts[side]) {
    const Value* part = row.find(name);
    if (part == nullptr) return Value();
    texts.push_back(is_blank(*part) ? std::string() : without_blanks_at_end(*part));
    if (texts.back().empty()) continue;
    if (!whole.empty()) whole += column.join;
    whole += texts.back();
  }
  Value joined = whole.empty() ? Value::null() : Value::string(std::move(whole));
  if (column.direction != Direction::both) return joined;
  const std::vector<Value> back = split_parts(column, side, joined);
  for (std::size_t part = 0; part < texts.size(); ++part) {
    const bool same = texts[part].empty() ? is_blank(back[part]) : back[part].text() == texts[part];
    if (same) continue;
    return fail(Errc::invalid,
                "column " + column.name() + ": the " + std::string(to_string(side)) + " value " +
                    to_string(Value::string(texts[part])) + " of " + column.parts[side][part] + " would come back as " +
                    to_string(back[part]) + ": the parts are told apart by \"" + column.join + "\"",
                "correct the value there, or give the column a direction in the map");
  }
  return joined;
}

std::vector<Value> split_parts(const Column& column, Side side, const Value& whole) {
  const std::size_t count = column.parts[side].size();
  const Value blank = side == Side::finops ? Value::string("") : Value::null();
  std::vector<Value> parts;
  std::string_view rest = whole.is_null() ? std::string_view() : std::string_view(whole.text());
  while (parts.size() < count) {
    const bool last = parts.size() + 1 == count;
    const std::size_t cut = last ? std::string_view::npos : rest.find(column.join);
    const std::string_view part = rest.substr(0, cut);
    parts.push_back(part.empty() ? blank : Value::string(std::string(part)));
    rest = cut == std::string_view::npos ? std::string_view() : rest.substr(cut + column.join.size());
  }
  return parts;
}

}  // namespace dualwrite::maps
