#include "sandbox/dataverse/periods.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "sandbox/cell.hpp"
#include "sandbox/request.hpp"

namespace dualwrite::sandbox::dataverse {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_days;

// What lies further away is outside of every calendar here.
constexpr std::size_t units_max = 100000;
constexpr std::size_t years_max = 1000;

enum class Unit : std::uint8_t { minute, hour, day, week, month, year };

struct UnitName {
  std::string_view name;
  Unit unit;
};
constexpr UnitName units[]{{"Minutes", Unit::minute}, {"Hours", Unit::hour},   {"Days", Unit::day},
                           {"Weeks", Unit::week},     {"Months", Unit::month}, {"Years", Unit::year}};

/// `at` and so many units further; the day of the month is cut to what the month has.
Instant moved(Instant at, Unit unit, std::int64_t count) {
  switch (unit) {
    case Unit::minute:
      return at + std::chrono::minutes(count);
    case Unit::hour:
      return at + hours(count);
    case Unit::day:
      return at + days(count);
    case Unit::week:
      return at + days(count * 7);
    case Unit::month:
    case Unit::year:
      break;
  }
  const auto day = std::chrono::floor<days>(at);
  std::chrono::year_month_day date{day};
  date += std::chrono::months(unit == Unit::year ? count * 12 : count);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return sys_days(date) + (at - day);
}

Instant start_of(Instant at, Unit unit) {
  const auto day = std::chrono::floor<days>(at);
  if (unit == Unit::hour) return std::chrono::floor<hours>(at);
  if (unit == Unit::week) return day - (std::chrono::weekday{day} - std::chrono::Sunday);
  const std::chrono::year_month_day date{day};
  if (unit == Unit::month) return sys_days(date.year() / date.month() / 1);
  if (unit == Unit::year) return sys_days(date.year() / std::chrono::January / 1);
  return day;
}

std::optional<Period> relative_to_now(std::string_view function, Instant now) {
  const Instant today = start_of(now, Unit::day);
  if (function == "Today") return Period{today, today + days(1)};
  if (function == "Yesterday") return Period{today - days(1), today};
  if (function == "Tomorrow") return Period{today + days(1), today + days(2)};
  if (function == "Last7Days") return Period{today - days(7), now, true};
  if (function == "Next7Days") return Period{now, today + days(8)};
  for (const auto& [word, offset] : {std::pair{"Last", -1}, std::pair{"This", 0}, std::pair{"Next", 1}}) {
    for (const auto& [name, unit] :
         {std::pair{"Week", Unit::week}, std::pair{"Month", Unit::month}, std::pair{"Year", Unit::year}}) {
      if (function != std::string(word) + name) continue;
      const Instant from = moved(start_of(now, unit), unit, offset);
      return Period{from, moved(from, unit, 1)};
    }
  }
  return std::nullopt;
}

std::optional<Period> counted(std::string_view function, std::string_view value, Instant now) {
  const auto unit = std::ranges::find_if(units, [&](const UnitName& name) { return function.ends_with(name.name); });
  const auto count = parse_count(value);
  if (unit == std::end(units) || !count || *count == 0 || *count > units_max) return std::nullopt;
  if (unit->unit == Unit::month && *count > years_max * 12) return std::nullopt;
  if (unit->unit == Unit::year && *count > years_max) return std::nullopt;
  const auto number = static_cast<std::int64_t>(*count);
  function.remove_suffix(unit->name.size());
  const bool is_fine = unit->unit == Unit::minute || unit->unit == Unit::hour;
  if (function == "OlderThanX") return Period{std::nullopt, moved(now, unit->unit, -number)};
  if (unit->unit == Unit::minute) return std::nullopt;
  if (function == "LastX") {
    const Instant from = moved(now, unit->unit, -number);
    return Period{start_of(from, is_fine ? Unit::hour : Unit::day), now, true};
  }
  if (function == "NextX") {
    const Instant last = moved(now, unit->unit, number);
    return Period{now, moved(start_of(last, is_fine ? Unit::hour : Unit::day), is_fine ? Unit::hour : Unit::day, 1)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Period> period_of(std::string_view function, std::string_view value, Instant now) {
  if (auto found = relative_to_now(function, now)) return found;
  if (!function.starts_with("On")) return counted(function, value, now);
  if (!is_date(value.substr(0, 10))) return std::nullopt;
  const auto day = parse_instant(std::string(value.substr(0, 10)) + "T00:00:00Z");
  if (!day) return std::nullopt;
  if (function == "On") return Period{*day, *day + days(1)};
  if (function == "OnOrAfter") return Period{*day, std::nullopt};
  if (function == "OnOrBefore") return Period{std::nullopt, *day + days(1)};
  return std::nullopt;
}

}  // namespace dualwrite::sandbox::dataverse
