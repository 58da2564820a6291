#include "app/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "dualwrite/base/text.hpp"

namespace dualwrite::app {
namespace {

struct Unit {
  std::int64_t seconds;
  const char* name;
};

/// Each is used from twice its length on, so that "90 min" does not become "1 h".
constexpr std::array<Unit, 4> units{{{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}}};

std::string rough(std::int64_t seconds) {
  for (const Unit& unit : units) {
    if (unit.seconds == 1 || seconds >= 2 * unit.seconds) {
      return std::to_string(seconds / unit.seconds) + " " + unit.name;
    }
  }
  return {};
}

/// Characters, not bytes: every byte that does not continue one.
std::size_t width(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string relative(Instant at, Instant now) {
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now - at).count();
  if (seconds == 0) return "now";
  return seconds > 0 ? rough(seconds) + " ago" : "in " + rough(-seconds);
}

std::string absolute_and_relative(Instant at, Instant now) {
  return format_instant(at) + " (" + relative(at, now) + ")";
}

std::string duration_text(std::chrono::seconds duration) {
  const auto two_digits = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  const std::int64_t total = std::max<std::int64_t>(duration.count(), 0);
  const std::int64_t hours = total / 3600;
  const std::int64_t minutes = total / 60 % 60;
  const std::string seconds = two_digits(total % 60);
  if (hours == 0) return std::to_string(minutes) + ":" + seconds;
  return std::to_string(hours) + ":" + two_digits(minutes) + ":" + seconds;
}

std::string grouped(std::string_view number) {
  const bool is_integer = !number.empty() && std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_integer) return std::string(number);
  std::string out;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i > 0 && (number.size() - i) % 3 == 0) out += ',';
    out += number[i];
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 control characters are two bytes in UTF-8: C2 80 to C2 9F.
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    out += is_c1 || byte < 0x20 || byte == 0x7F ? ' ' : text[i];
  }
  return out;
}

void append_member(std::string& json, std::string_view name, std::string_view text) {
  if (json.back() != '{') json += ',';
  append_json_quoted(json, name);
  json += ':';
  if (text.empty()) {
    json += "null";
  } else {
    append_json_quoted(json, text);
  }
}

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {
  for (std::string& heading : headings_) {
    right_.push_back(heading.starts_with('>'));
    if (right_.back()) heading.erase(0, 1);
  }
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(headings_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    widths.push_back(width(headings_[i]));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], width(row[i]));
  }
  const auto print_row = [this, &widths, &out](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string gap(widths[i] - width(cells[i]), ' ');
      if (i > 0) line += "  ";
      line += right_[i] ? gap + cells[i] : cells[i] + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(headings_);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace dualwrite::app
